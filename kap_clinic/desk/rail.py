"""What waits for whom, as the left rail counts it. Counts fall the moment the work is done."""

from collections.abc import Callable

from django.http import HttpRequest

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.desk.tasks.selectors import how_many
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
    waiting: dict[str, Callable[[Member], int]] = {"reviews": reviews_waiting, "today": tasks_waiting}
    return {
        place: waiting[place](member) if place in waiting else None
        for place, permission in PLACES.items()
        if may(member, permission)
    }


def reviews_waiting(member: Member) -> int:
    return Screening.objects.waiting().for_prescriber(member.user_id).count()


def tasks_waiting(member: Member) -> int:
    return how_many(member) if may(member, Permission.TASK_VIEW) else 0
