"""`manage.py reset_second_factor`: for the only admin of a clinic, whom no second person can help."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from kap_clinic.accounts.membership import all_live
from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.signin.resets import reset_second_factors
from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic


class Command(BaseCommand):
    help = "Remove all second factors of a clinic's only admin. Everybody else is helped by two persons of the clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="why, and how it was made sure who asks; kept in the trail")

    @transaction.atomic
    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        if len(reason.strip()) < 15:
            raise CommandError("Give a reason of at least 15 characters: who asked, and how you made sure who it was.")
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        alone = [place for place in all_live(user) if _is_only_admin(place.clinic_id, user)]
        if not alone:
            raise CommandError(f"{user} is not the only admin of a clinic: two persons reset it under Settings, Staff.")
        with as_clinic(alone[0].clinic_id):
            reset_second_factors(user=user, by="operator", reason=reason.strip())
        self.stdout.write(f"{user} sets up a new second factor at the next sign-in, and is signed out everywhere.")


def _is_only_admin(clinic_id: int, user: User) -> bool:
    with as_clinic(clinic_id):
        admins = Membership.objects.filter(clinic_id=clinic_id, ended_at=None, roles__contains=[Role.ADMIN])
        return set(admins.values_list("user_id", flat=True)) == {user.pk}
