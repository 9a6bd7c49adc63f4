"""Fill an empty clinic with a believable one."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kap_clinic import bell, wall
from kap_clinic.accounts.models import Clinic
from kap_clinic.dev.demo import cases, consents, moments, post, staff, stories
from kap_clinic.dev.demo.cast import assemble

OPEN_SINCE = timedelta(days=80)  # the clinic works, and the texts of its consents are approved, so long


class Command(BaseCommand):
    help = "Makes the demo clinic with its staff and invented patients, where there is none yet. Prints the sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", action="store_true", help="also load the 48 worked intakes")
        parser.add_argument(
            "--patients", type=int, help="fill it with invented patients, in bulk, up to so many in all"
        )
        parser.add_argument("--print-sign-ins", action="store_true", help="only print who can sign in, and how")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo clinic is made only where DEMO=1 is set; a real clinic has no demo sign-ins.")
        if not options["print_sign_ins"]:
            with bell.quiet(), moments.whole_or_not():
                self._fill(with_cases=options["cases"])
            if options["patients"]:
                self._fill_up(options["patients"])
        self.stdout.write(staff.sign_ins())

    def _fill(self, *, with_cases: bool) -> None:
        clinic = Clinic.objects.filter(is_demo=True).first()
        if clinic is None:
            clinic = self._open()
        wall.set_clinic(clinic.pk)
        if with_cases:
            self._load_cases(clinic)

    def _open(self) -> Clinic:
        """The clinic opened some weeks ago, and everything that has happened in it since."""
        now = timezone.now()
        with moments.at(now - OPEN_SINCE):
            clinic, users = staff.open_demo_clinic()
            consents.ready(clinic, admin=users["admin"], director=users["director"])
            cast = assemble(clinic, users, now)
        moments.play(stories.all_of_them(cast), until=now, each_hour=post.send_due)
        return clinic

    def _fill_up(self, patients: int) -> None:
        from kap_clinic.dev.bulk import load

        clinic = Clinic.objects.get(is_demo=True)
        try:
            with bell.quiet():
                told = load.fill(clinic, staff.users(), patients, out=self.stderr)
        except load.NotNow as no:
            raise CommandError(str(no)) from no
        self.stdout.write(told.in_words)

    def _load_cases(self, clinic: Clinic) -> None:
        users = staff.users()
        if clinic_has_cases():
            self.stdout.write("The worked intakes are loaded already.")
            return
        made = list(
            cases.load(clinic, therapist=users["therapist"], prescriber=users["prescriber"], admin=users["admin"])
        )
        self.stdout.write(f"{len(made)} worked intakes loaded.")


def clinic_has_cases() -> bool:
    from patients.models import Patient

    return Patient.objects.filter(family_name__startswith="Case ", given_name="Worked").exists()
