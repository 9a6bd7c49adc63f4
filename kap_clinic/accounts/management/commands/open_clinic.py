"""`manage.py open_clinic`: a new clinic and the invitation of its first admin."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from kap_clinic.accounts.actions import open_clinic
from kap_clinic.accounts.invitations.actions import invite
from kap_clinic.accounts.terms import Role


class Command(BaseCommand):
    help = "Open a clinic and invite its first admin; the link is printed and mailed. Exit code 1: nothing was made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the clinic's name")
        parser.add_argument("--zone", required=True, help="its time zone, like America/New_York")
        parser.add_argument("--email", required=True, help="the first admin's e-mail")
        parser.add_argument("--person", required=True, help="the first admin's name")

    def handle(self, *args: Any, **options: Any) -> None:
        self._check(**options)
        with transaction.atomic():
            clinic = open_clinic(name=options["name"].strip(), zone=options["zone"])
            admin = options["person"].strip()
            _, link = invite(clinic=clinic, email=options["email"], name=admin, roles=[Role.ADMIN], by=None)
        self.stdout.write(f"{clinic} is open. {admin} joins it here, within seven days:\n{settings.BASE_URL}{link}")

    def _check(self, **options: Any) -> None:
        if options["zone"] not in available_timezones():
            raise CommandError(f"{options['zone']!r} is no time zone. Give one like America/New_York.")
        if not options["name"].strip() or not options["person"].strip():
            raise CommandError("The clinic and its first admin need a name.")
        try:
            validate_email(options["email"].strip())
        except ValidationError as error:
            raise CommandError(f"{options['email']!r} is no e-mail address.") from error
