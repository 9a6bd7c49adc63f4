"""Who is in a visit belongs to the care team until the visit is closed (permissions.md, rule 11)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.models import User
from patients.course.actions import NotReady
from patients.record import actions as record_actions
from patients.record.models import CareTeamMember, Patient
from sessions.visits.models import LIVE, AppointmentStaff

COVER = "Booked on a visit"
COVER_OVER = "The visits they were booked on are over"


def join(patient: Patient, people: tuple[User, ...], *, by: User) -> None:
    """Put whoever is booked on the care team. Nobody gets onto a team by booking oneself."""
    there = set(patient.care_team.filter(left_at=None).values_list("user_id", flat=True))
    for person in people:
        if person.pk in there:
            continue
        try:
            record_actions.join_team(patient=patient, user=person, by=by, why=COVER)
        except record_actions.NeedsSecondPerson:
            words = "You are not on this patient's care team. Ask somebody else to book you, or to add you to the team"
            raise NotReady([words]) from None
        except record_actions.NotPossible as no:
            raise NotReady([str(no)]) from None


def leave(patient: Patient, people: tuple[User, ...], *, by: User) -> None:
    """Whoever is on the team only for visits leaves with the last of them, where none took place."""
    for place in patient.care_team.filter(left_at=None, why=COVER, user__in=people):
        if (
            not AppointmentStaff.objects.filter(appointment__patient=patient, user=place.user, left_at=None)
            .exclude(appointment__state__in=("cancelled", "no_show"))
            .exists()
        ):
            record_actions.leave_team(member=place, by=by, why=COVER_OVER)


@transaction.atomic
def end_cover(*, clinic_id: int) -> int:
    """End the places on teams of those who were there for visits that are over by the clinic's days of cover; how many.

    Until then whoever was in the visit can still write, sign and close what belongs to it. Nobody sends them away: it
    is written down as their own leaving.
    """
    since = timezone.now() - timedelta(days=value_of("days_of_cover", clinic_id))
    ended = 0
    for place in CareTeamMember.objects.filter(left_at=None, why=COVER).select_related("patient", "user"):
        mine = AppointmentStaff.objects.filter(appointment__patient=place.patient, user=place.user, left_at=None)
        if not (mine.filter(appointment__state__in=LIVE) | mine.filter(ends_at__gt=since)).exists():
            record_actions.leave_team(member=place, by=place.user, why=COVER_OVER)
            ended += 1
    return ended
