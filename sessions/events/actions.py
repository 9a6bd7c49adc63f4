"""What is done with adverse events: reported, changed while unsigned, signed, added to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import NotReady
from patients.record.models import CareTeamMember, Patient
from patients.tasks.actions import close_task, open_task
from patients.tasks.models import Task
from patients.tasks.terms import Outcome as TaskOutcome
from patients.tasks.terms import Severity, TaskKind
from sessions.dosing.actions.common import neighbour
from sessions.dosing.models import DosingSession
from sessions.events import rules, selectors
from sessions.events.models import AdverseEvent, EventAddition
from sessions.events.terms import Event
from sessions.orders.terms import Route

SIGNERS = {Role.PRESCRIBER, Role.MEDICAL_DIRECTOR}
SIGN, MEDWATCH, REMS = "event-sign", "event-medwatch", "event-rems"  # flags of the tasks an event opens
REMS_DAYS = 7  # Spravato (S9, S54)
AHEAD = timedelta(minutes=2)  # a clock may run so far ahead (REL-19)
HIDDEN = "A boundary concern goes to the safety officer, who is not on the care team."
PAUSED = "The safety officer has asked for a pause. Call them before the next dose."


@transaction.atomic
def report(
    *,
    patient: Patient,
    code: str,
    words: str,
    onset_at: datetime,
    by: User,
    role: str,
    dosing: DosingSession | None = None,
    grade: int | None = None,
    pause: bool = False,
    **more: Any,
) -> AdverseEvent:
    """Write down what went wrong. A serious event holds the course and asks a prescriber to sign, in one transaction.

    `more`: ended_at, details (codes of the term), relation, action, outcome, dose_off_percent, patient_words, plan.
    `pause`: the safety officer asks that no dose is given, without saying why.
    """
    patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    now = timezone.now()
    event = AdverseEvent(
        clinic_id=patient.clinic_id,
        patient=patient,
        dosing=dosing,
        code=code,
        is_boundary_concern=code == rules.BOUNDARY,
        grade=grade,
        onset_at=onset_at,
        route=dosing.order.route if dosing and dosing.order else "",
        words=words.strip(),
        reported_at=now,
        reported_by=by,
        role=role,
        **more,
    )
    _refuse([*_against_role(event, by, role), *_against(event, now)])
    _judge(event)
    event.save()
    _record(Event.EVENT_REPORTED, event, by=by, role=role, code=code, grade=grade, serious=event.serious)
    _follow(event, by=by, now=now)
    if pause and event.is_boundary_concern:
        _hold(patient, by, PAUSED)
    return event


@transaction.atomic
def change(*, event: AdverseEvent, version: int, by: User, role: str, **values: Any) -> AdverseEvent:
    """It says something else now; what it said is kept. Refused once signed, or when it was changed meanwhile.

    `values`: of selectors.SAID. `version`: the one the person read.
    """
    event = _locked(event)
    now = timezone.now()
    unknown = set(values) - set(selectors.SAID)
    assert not unknown, f"Not said of an event: {unknown}"
    was, before = selectors.said(event), event.version
    for name, value in values.items():
        setattr(event, name, value.strip() if isinstance(value, str) else value)
    _refuse([*_against_change(event, was, version), *_against_role(event, by, role), *_against(event, now)])
    if selectors.said(event) == was:
        return event
    _add(event, was=was, by=by, role=role, now=now)
    _judge(event)
    event.version = before + 1
    event.save(update_fields=[*selectors.SAID, "serious", "serious_why", "version"])
    _record(Event.EVENT_CHANGED, event, by=by, role=role, version=event.version, serious=event.serious)
    _follow(event, by=by, now=now)
    return event


@transaction.atomic
def sign(*, event: AdverseEvent, by: User, role: str, plan: str = "") -> AdverseEvent:
    """A prescriber's signature, of a boundary concern the safety officer's. From here it is sealed; the gate's item 18
    is met again, and the course stays on hold until a prescriber resumes it."""
    event = _locked(event)
    now = timezone.now()
    given = plan.strip() or event.plan
    _refuse(
        [
            *_against_role(event, by, role, signs=True),
            *rules.reasons_against_signing(
                selectors.happened(event), is_signed=event.signed_at is not None, plan=given
            ),
        ]
    )
    event.plan = given
    event.signed_at, event.signed_by, event.signed_name, event.signed_role = now, by, by.name, role
    event.sha256 = selectors.digest(event)
    event.save(update_fields=["plan", "signed_at", "signed_by", "signed_name", "signed_role", "sha256"])
    _record(Event.EVENT_SIGNED, event, by=by, role=role, sha256=event.sha256)
    for task in Task.objects.filter(source_ref=event.ref, flag=SIGN, closed_at=None):
        close_task(task=task, outcome=TaskOutcome.DONE, words="The event is signed.", by=by, role=role)
    return event


@transaction.atomic
def amend(*, event: AdverseEvent, words: str, by: User, role: str) -> EventAddition:
    """What became known after signing: an addition with its own signature; what was signed stays."""
    event = _locked(event)
    _refuse(_against_role(event, by, role, signs=True))
    _refuse(_against_amending(event, words))
    addition = _add(event, words=words.strip(), by=by, role=role, now=timezone.now())
    _record(Event.EVENT_AMENDED, event, by=by, role=role, sha256=addition.sha256)
    return addition


# What keeps an event back


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        raise NotReady(list(reasons))


def _against_role(event: AdverseEvent, by: User, role: str, *, signs: bool = False) -> list[str]:
    """Rule 12: of a boundary concern the safety officer alone, not on the team; of the rest prescribers sign."""
    if event.is_boundary_concern:
        treats = CareTeamMember.objects.filter(patient_id=event.patient_id, user=by, left_at=None).exists()
        return [HIDDEN] if role not in rules.HEARS_CONCERNS or treats else []
    return ["A prescriber signs an adverse event."] if signs and role not in SIGNERS else []


def _against(event: AdverseEvent, now: datetime) -> list[str]:
    found = rules.reasons_against_event(selectors.happened(event), words=event.words)
    if event.onset_at > now + AHEAD:
        found.append("The onset is still to come.")
    if event.ended_at is not None and event.ended_at < event.onset_at:
        found.append("It does not end before it begins.")
    elif event.ended_at is not None and event.ended_at > now + AHEAD:
        found.append("Its end is still to come.")
    if event.dosing is not None and event.dosing.patient_id != event.patient_id:
        found.append("That session is another patient's.")
    return found


def _against_change(event: AdverseEvent, was: dict[str, Any], version: int) -> list[str]:
    if event.signed_at is not None:
        return ["This event is signed. Add to it instead."]
    if event.version != version:
        return ["Somebody changed this event meanwhile. Open it again and compare."]
    if rules.BOUNDARY in {event.code, was["code"]} and event.code != was["code"]:
        return ["A boundary concern is reported by itself."]
    return []


def _against_amending(event: AdverseEvent, words: str) -> list[str]:
    if event.signed_at is None:
        return ["This event is not signed. Change it instead."]
    return [] if words.strip() else ["Write what is to be added."]


# What an event brings about


def _locked(event: AdverseEvent) -> AdverseEvent:
    Patient.objects.select_for_update(of=("self",)).get(pk=event.patient_id)
    rows = AdverseEvent.objects.select_for_update(of=("self",)).select_related("patient", "dosing")
    return rows.get(pk=event.pk)


def _judge(event: AdverseEvent) -> None:
    event.serious_why = rules.is_serious(selectors.happened(event))
    event.serious = bool(event.serious_why)


def _add(event: AdverseEvent, *, by: User, role: str, now: datetime, **fields: Any) -> EventAddition:
    addition = EventAddition(
        clinic_id=event.clinic_id,
        patient_id=event.patient_id,
        event=event,
        is_boundary_concern=event.is_boundary_concern,
        added_at=now,
        added_by=by,
        name=by.name,
        role=role,
        **fields,
    )
    if addition.words:
        addition.sha256 = selectors.digest_of_addition(addition)
    addition.save()
    return addition


def _record(what: Event, event: AdverseEvent, *, by: User, role: str, **facts: Any) -> None:
    record(what, by=by, on=selectors.named_in_the_trail(event), role=role, **facts)


def _follow(event: AdverseEvent, *, by: User, now: datetime) -> None:
    """A serious event holds the course (protocol 5) and is owed a signature and a thought about MedWatch."""
    if not event.serious or event.is_boundary_concern:
        return
    settings = values_of(["event_sign_hours", "medwatch_days"], event.clinic_id)
    term = selectors.term_of(event).term
    why = ", ".join(event.serious_why)
    _hold(event.patient, by, f"Serious adverse event: {term.lower()} ({why})")
    _owe(
        event,
        SIGN,
        f"Serious adverse event to sign: {term.lower()}",
        f"{why}. Write what follows and sign it; no dose is given until then.",
        now + timedelta(hours=settings["event_sign_hours"]),
        by,
    )
    _owe(
        event,
        MEDWATCH,
        "Consider a MedWatch report to the FDA",
        f"Serious adverse event: {term.lower()}. Write down whether it was reported, and when.",
        now + timedelta(days=settings["medwatch_days"]),
        by,
    )
    if event.route == Route.ESK:
        _owe(event, REMS, "REMS adverse event form", "Spravato: within 7 days.", now + timedelta(days=REMS_DAYS), by)


def _owe(event: AdverseEvent, flag: str, title: str, action: str, due: datetime, by: User) -> None:
    open_task(
        patient=event.patient,
        kind=TaskKind.REVIEW if flag == SIGN else TaskKind.FOLLOW_UP,
        severity=Severity.HIGH if flag == SIGN else Severity.MEDIUM,
        title=title,
        action=action,
        flag=flag,
        source_ref=event.ref,
        owner_role=Role.PRESCRIBER,
        due_at=due,
        by=by,
    )


def _hold(patient: Patient, by: User, why: str) -> None:
    hold_for = neighbour("sessions.course.hold_for")
    if hold_for is not None:
        hold_for(patient=patient, by=by, why=why)
