"""What waits for whom, as the left rail counts it. Counts fall the moment the work is done."""

from collections.abc import Callable

from django.http import HttpRequest

from kap_clinic.accounts.access import may
from kap_clinic.accounts.permissions import Permission
from screening.models import Screening

PLACES: dict[str, Permission] = {
    "today": Permission.TODAY_VIEW,
    "patients": Permission.PATIENT_FIND,
    "reviews": Permission.SCREENING_DECIDE,
    "settings": Permission.SETTINGS_VIEW,
}


def counts(request: HttpRequest) -> dict[str, int | None]:
    """Each place this person may open, with the number of things that wait there."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    waiting: dict[str, Callable[[int], int]] = {"reviews": reviews_waiting}
    return {
        place: waiting[place](member.user_id) if place in waiting else None
        for place, permission in PLACES.items()
        if may(member, permission)
    }


def reviews_waiting(user_id: int) -> int:
    return Screening.objects.waiting().for_prescriber(user_id).count()
