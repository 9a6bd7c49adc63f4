"""Taking a consent back, and copies of it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.consents import rules
from patients.consents.actions.common import PATIENT, NotPossible, ask_for_paper, locked
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, Event, State, Way
from patients.course import actions as courses
from patients.course.models import Course
from patients.course.rules import SYSTEM
from patients.course.terms import Stage
from patients.tasks.actions import open_task
from patients.tasks.terms import TaskKind

ON_HOLD_FROM = {Stage.DOSING_SERIES, Stage.MAINTENANCE}
TALK_WITHIN = timedelta(days=2)  # PD: the talk about ending that protocol 5 offers


@transaction.atomic
def withdraw(*, consent: Consent, by: User | None, way: Way, reason: str = "") -> Consent:
    """The patient takes it back: it counts from now on, needs no reason and deletes nothing.

    `by` is None when they do it on their own device, else who writes it down. A treatment consent taken back holds the
    course and offers a talk about ending; a touch consent taken back sets level 0 (protocol 5).
    """
    consent = locked(consent)
    if reasons := rules.reasons_against_withdrawing(consent.state):
        raise NotPossible(reasons)
    if (by is None) != (way == Way.LINK):
        raise NotPossible(["Choose how the patient told you."])
    consent.state, consent.revoked_at, consent.revoked_by = State.REVOKED, timezone.now(), by
    consent.revoked_way, consent.revoked_why = way, reason.strip()
    consent.save(update_fields=["state", "revoked_at", "revoked_by", "revoked_way", "revoked_why"])
    record(Event.CONSENT_REVOKED, by=by or PATIENT, on=consent, kind=consent.kind, way=str(way))
    if consent.kind == ConsentKind.TREATMENT:
        _hold_course(consent, by=by)
    ask_for_paper(consent, by=by)
    return consent


def _hold_course(consent: Consent, *, by: User | None) -> None:
    course: Course | None = consent.course
    if course is None or not course.is_live:
        return
    if course.stage in ON_HOLD_FROM:
        courses.move(
            course=course,
            to=Stage.ON_HOLD,
            by=None,
            role=SYSTEM,
            evidence={},
            reason="The patient took back the treatment consent.",
        )
    open_task(
        patient=consent.patient,
        kind=TaskKind.FOLLOW_UP,
        title="Offer a talk about ending",
        action="The patient took back the treatment consent. Offer a talk about ending, or about a new consent.",
        due_at=timezone.now() + TALK_WITHIN,
        owner_role="therapist",
        by=by,
        source_ref=consent.ref,
        flag="treatment-consent-revoked",
    )


@transaction.atomic
def print_copy(*, consent: Consent, by: User) -> None:
    """A paper of the consent as it stands; DRAFT across it while it is not signed by all."""
    consent = locked(consent)
    ask_for_paper(consent, by=by)
    record(Event.CONSENT_PRINTED, by=by, on=consent)


def note_copy(*, consent: Consent, way: str, by: User | None) -> None:
    """That the patient was given a copy, and how: "download", "paper", "mail"."""
    record(Event.CONSENT_COPIED, by=by or PATIENT, on=consent, way=way)
