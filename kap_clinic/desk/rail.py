"""What waits for whom, as the left rail counts it. Counts fall the moment the work is done."""

from collections.abc import Iterator, Sequence

from django.http import HttpRequest

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.desk.tasks.selectors import count_read
from kap_clinic.reads import Count, Read, compiled, together
from screening.models import Screening

PLACES: dict[str, Permission] = {
    "today": Permission.TODAY_VIEW,
    "patients": Permission.PATIENT_FIND,
    "reviews": Permission.SCREENING_DECIDE,
    "schedule": Permission.SCHEDULE_VIEW,
    "reports": Permission.DEIDENTIFIED_VIEW,
    "settings": Permission.SETTINGS_VIEW,
}


def counts(request: HttpRequest) -> dict[str, int | None]:
    """Each place this person may open, with the number of things that wait there."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    places = [place for place, permission in PLACES.items() if may(member, permission)]
    waiting = {place: rows[0][0] for place, rows in together(dict(_reads(member, places))).items()}
    return {place: waiting.get(place) for place in places}


def _reads(member: Member, places: Sequence[str]) -> Iterator[tuple[str, Read]]:
    if "reviews" in places:
        yield "reviews", _reviews_waiting(member.user_id)
    if "today" in places and may(member, Permission.TASK_VIEW):
        yield "today", count_read(member)


@compiled
def _reviews_waiting(user: int) -> Count:
    return Count(Screening.objects.waiting().for_prescriber(user))
