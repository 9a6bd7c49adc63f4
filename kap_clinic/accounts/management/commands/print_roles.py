"""`manage.py print_roles`: write the handbook page of rights."""

from django.conf import settings
from django.core.management.base import BaseCommand

from kap_clinic.accounts import handbook

PAGE = settings.BASE_DIR / "docs" / "roles.md"


class Command(BaseCommand):
    help = "Write docs/roles.md from the tables of rights."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, **options: object) -> None:
        PAGE.write_text(handbook.page())
        self.stdout.write(f"Written: {PAGE.relative_to(settings.BASE_DIR)}")
