"""Breaking the glass, closing it, and the review afterwards. Each alerts by its event in the audit trail."""

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.breakglass import rules
from patients.breakglass.models import BreakGlass
from patients.breakglass.terms import Event, Verdict
from patients.record.models import Patient


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@transaction.atomic
def break_glass(*, patient: Patient, reason: str, by: User, role: str) -> BreakGlass:
    """Open a record for an hour. One that stands already is the answer; an unreviewed one blocks the next."""
    now = timezone.now()
    User.objects.select_for_update().get(pk=by.pk)  # one person's uses are counted one after the other
    if standing := patient.break_glasses.open_for(by.pk, now).first():
        return standing
    unreviewed = BreakGlass.objects.filter(opened_by=by).unreviewed().count()
    if reasons := list(rules.reasons_against_opening(reason=reason, unreviewed=unreviewed)):
        raise NotPossible(reasons)
    glass = BreakGlass.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        reason=" ".join(reason.split()),
        role_used=role,
        opened_at=now,
        opened_by=by,
    )
    record(Event.BREAK_GLASS_OPENED, by=by, on=glass, role=role, reason=glass.reason)
    return glass


@transaction.atomic
def close(*, patient: Patient, by: User) -> None:
    """The emergency is over: what stands ends now."""
    now = timezone.now()
    for glass in patient.break_glasses.open_for(by.pk, now).select_for_update():
        glass.closed_at = now
        glass.save(update_fields=["closed_at"])
        record(Event.BREAK_GLASS_CLOSED, by=by, on=glass)


@transaction.atomic
def review(*, glass: BreakGlass, verdict: Verdict, words: str, by: User, role: str) -> BreakGlass:
    """Somebody else says whether it was in order. An access that still stands ends with it."""
    glass = BreakGlass.objects.select_for_update(of=("self",)).get(pk=glass.pk)
    if reasons := list(
        rules.reasons_against_review(
            opened_by_self=glass.opened_by_id == by.pk, reviewed=glass.reviewed_at is not None, words=words
        )
    ):
        raise NotPossible(reasons)
    glass.reviewed_at, glass.reviewed_by, glass.verdict, glass.review_words = timezone.now(), by, verdict, words.strip()
    glass.closed_at = glass.closed_at or glass.reviewed_at
    glass.save(update_fields=["reviewed_at", "reviewed_by", "verdict", "review_words", "closed_at"])
    record(Event.BREAK_GLASS_REVIEWED, by=by, on=glass, role=role, reason=glass.review_words, verdict=verdict)
    return glass
