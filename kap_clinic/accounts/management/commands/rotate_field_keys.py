"""`manage.py rotate_field_keys`: seal what is sealed under an older key with the newest one (SEC-49)."""

from typing import Any

from django.core.management.base import BaseCommand

from kap_clinic.accounts.rotation import rotate


class Command(BaseCommand):
    help = "Put the new key first in FIELD_KEYS, keep the old one behind it, run this, then take the old one out."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in rotate().items():
            self.stdout.write(f"{name}: {count} sealed anew")
