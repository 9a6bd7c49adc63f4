"""`manage.py recognise TEXT`: what does the matcher make of a medicine text?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from patients.medicines.matcher import recognise


class Command(BaseCommand):
    help = (
        "Read a medicine text as a patient types it and print a JSON list of its pieces in reading order, "
        '[{"text", "as", "class", "match"}]; match is exact, fuzzy, ignored or unrecognised. Touches no data.'
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help='as typed, like "xanx 1mg, Vyvance"')

    def handle(self, *args: Any, text: str, **options: Any) -> None:
        self.stdout.write(json.dumps(recognise(text)))
