"""What is done before a dose: ask and write down, measure, and set an item aside. Everything is a new row."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import Membership, User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.consents.selectors import touch_limits
from patients.consents.terms import TouchLevel
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.medicines.actions import add_medicine, stop_medicine
from patients.medicines.models import Medicine
from patients.medicines.selectors import CURRENT, NEVER
from patients.outside.selectors import latest_lab
from patients.outside.terms import LabKind, PregnancyFinding
from patients.record.models import Patient
from patients.tasks.actions import open_task
from patients.tasks.rules import due_at
from patients.tasks.terms import Severity, TaskKind
from screening.actions import NotPossible, record_measure, rerun
from screening.models import Screening
from screening.terms import MeasureEntry, ScreeningState
from sessions.course import PRESCRIBERS, hold_for
from sessions.dosing.models import DosingSession, VitalSigns
from sessions.dosing.terms import DosingState, Phase
from sessions.gate import rules, selectors
from sessions.gate.models import CheckAnswer, GateOverride
from sessions.gate.rules import AnswerNotUsable
from sessions.gate.terms import Check, Event, GateItem, Topic

OPEN_STATES = {DosingState.PLANNED, DosingState.GATE_CHECK, DosingState.READY}
CLINICIANS = (Role.NURSE, Role.PRESCRIBER, Role.MEDICAL_DIRECTOR)  # airway and blood pressure, S14, S15
TOO_LATE = "This session is past its check. What was asked before the dose does not change any more."
Data = dict[str, Any]


@transaction.atomic
def answer(*, dosing: DosingSession, code: Check | str, data: Mapping[str, Any], by: User, role: str) -> CheckAnswer:
    """Write down what was asked; the newest answer of a code holds, for an hour (PD).

    Of the ASQ `data` holds its answers by link id, which become a response; new medicines and changes run the rules of
    the screening again. NotReady: the answer cannot be used, or the session is past its check.
    """
    dosing, code = _locked(dosing), Check(code)
    try:
        given = BEFORE.get(code, _as_given)(dosing, dict(data), by, role)
        kept = rules.cleaned(code, given)
        _refuse_future(kept)
    except (AnswerNotUsable, NotPossible) as wrong:
        raise NotReady(wrong.reasons) from wrong
    kept |= AFTER.get(code, _nothing)(dosing, kept, by)
    row = CheckAnswer.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        code=code,
        data=kept,
        answered_by=by,
        role=role,
    )
    record(Event.CHECK_ANSWERED, by=by, on=row, role=role, check=str(code))
    return row


@transaction.atomic
def override(*, dosing: DosingSession, item: GateItem | str, reason: str, by: User, role: str) -> GateOverride:
    """A prescriber sets one item aside for this dose, in writing. NotReady: nobody may, or somebody has."""
    dosing, now = _locked(dosing), timezone.now()
    result = next(one for one in selectors.gate_of(dosing, now).items if one.code == GateItem(item))
    if reasons := rules.reasons_against_override(result, reason=reason, role=role):
        raise NotReady(reasons)
    row = GateOverride.objects.create(
        clinic_id=dosing.clinic_id,
        patient_id=dosing.patient_id,
        dosing=dosing,
        item=result.code,
        reason=reason.strip(),
        fact=result.fact[:300],
        name=by.name,
        role=role,
        made_by=by,
    )
    record(Event.GATE_OVERRIDDEN, by=by, on=row, role=role, reason=reason.strip(), item=str(result.code))
    return row


def _refuse_future(kept: Data) -> None:
    latest = rules.latest_moment(kept)
    if latest is not None and latest > timezone.now():
        raise AnswerNotUsable(["A time is in the future. Enter when it was."])


def _locked(dosing: DosingSession) -> DosingSession:
    """The session as it is now, held until the end; locked in the order patient, course, session (REL-11)."""
    Patient.objects.select_for_update(of=("self",)).get(pk=dosing.patient_id)
    Course.objects.select_for_update(of=("self",)).get(pk=dosing.course_id)
    rows = DosingSession.objects.select_for_update(of=("self",)).select_related("patient__clinic", "course__clinic")
    now = rows.get(pk=dosing.pk)
    if now.state not in OPEN_STATES:
        raise NotReady([TOO_LATE])
    return now


# Before an answer is kept: what must be looked up or written elsewhere first


def _as_given(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    return data


def _ask_asq(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    """The ASQ is a measure like any other: with its score, its flags and their tasks."""
    response = record_measure(
        patient=dosing.patient,
        instrument="asq",
        answers={key: value for key, value in data.items() if key.startswith("asq.")},
        entry=MeasureEntry.STAFF,
        by=by,
        course=dosing.course,
    )
    return {"response": str(response.ref)}


def _name_staff(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    """Who is in the room and on site, by their place in the clinic now."""
    held = dict(
        Membership.objects.filter(clinic_id=dosing.clinic_id, ended_at=None, user__is_active=True)
        .filter(user_id__in=[one for one in (data.get("therapist"), data.get("clinician")) if one])
        .values_list("user_id", "roles")
    )
    names = dict(User.objects.filter(pk__in=held).values_list("pk", "name"))
    found: Data = {}
    for key, wanted in (("therapist", {Role.THERAPIST}), ("clinician", set(CLINICIANS))):
        if data.get(key) and not wanted.intersection(held.get(data[key], [])):
            raise NotReady([f"Choose a {key} who works here."])
        if data.get(key):
            found |= {key: data[key], f"{key}_name": names[data[key]]}
    return found


def _see_vitals(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    """Acknowledged by the prescriber by name, of the newest reading."""
    if role not in PRESCRIBERS:
        raise NotReady(["The prescriber acknowledges these vital signs."])
    newest = VitalSigns.objects.filter(dosing=dosing, phase=Phase.BASELINE, correction=None)
    ref = newest.order_by("-happened_at", "-id").values_list("ref", flat=True).first()
    if data.get("vitals") != str(ref):
        raise NotReady(["There is a newer reading. Look at that one."])
    return data


def _waive(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    if role != Role.THERAPIST:
        raise NotReady(["The therapist waives an integration."])
    if CheckAnswer.objects.filter(dosing__course=dosing.course, code=Check.WAIVER).exclude(dosing=dosing).exists():
        raise NotReady(["An integration was waived in this course already; once is the most."])
    return data


def _within_signed(dosing: DosingSession, data: Data, by: User, role: str) -> Data:
    """Before the dose the touch level goes up to the signed one, never beyond (consent-elements 3)."""
    signed = touch_limits(dosing.patient, _today(dosing)).level
    level = data.get("touch_level")
    if isinstance(level, int) and level > signed:
        raise NotReady([f"The patient agreed to level {TouchLevel(signed).label} at most."])
    return data


BEFORE: Mapping[Check, Callable[[DosingSession, Data, User, str], Data]] = {
    Check.ASQ: _ask_asq,
    Check.STAFF: _name_staff,
    Check.VITALS_SEEN: _see_vitals,
    Check.WAIVER: _waive,
    Check.CONSENT_TODAY: _within_signed,
}


# What follows an answer


def _nothing(dosing: DosingSession, kept: Data, by: User) -> Data:
    return {}


def _evaluate_changes(dosing: DosingSession, kept: Data, by: User) -> Data:
    """Run the screening's rules with what is new. Something worse waits for the prescriber (protocol 5)."""
    patient, before = dosing.patient, _version(dosing.patient)
    if kept["topics"].get(Topic.MEDICINE) in {"yes", "unsure"}:
        for one in kept.get("medicines", []):
            add_medicine(patient=patient, by=by, text=one["text"], last_taken=one.get("last_taken") or "")
    if answers := {**rules.screening_answers(kept), **_pregnancy_test(dosing, kept)}:
        rerun(patient=patient, by=by, why="Asked on the day of a dose", answers=answers)
    if kept["topics"].get(Topic.MIND) == "yes":
        hold_for(patient=patient, by=by, why="Signs of mania, psychosis or paranoia on the day of a dose")
    full_again = rules.asks_for_full_screening(kept)
    if full_again:
        _ask_for_screening(dosing, kept, by)
    return {"risen": _version(patient) != before, "full_again": full_again}


def _version(patient: Patient) -> int:
    rows = Screening.objects.filter(patient=patient).exclude(state=ScreeningState.DRAFT).order_by("-version")
    return rows.values_list("version", flat=True).first() or 0


def _pregnancy_test(dosing: DosingSession, kept: Data) -> Data:
    """What the rules need beside a status that is not "not possible": the newest test, else that none was done."""
    if kept["topics"].get(Topic.PREGNANCY) == "no":
        return {}
    lab = latest_lab(dosing.patient, LabKind.PREGNANCY)
    if lab is None or lab.finding == PregnancyFinding.UNCLEAR:
        return {"pregnancy_test": "not_done"}
    return {"pregnancy_test": lab.finding, "pregnancy_test_date": lab.taken_on.isoformat()}


def _ask_for_screening(dosing: DosingSession, kept: Data, by: User) -> None:
    now = timezone.now()
    open_task(
        patient=dosing.patient,
        kind=TaskKind.FOLLOW_UP,
        severity=Severity.HIGH,
        title="Screen in full again",
        action=f"New since the last visit: {kept.get('words', '')}",
        flag="screen-again",
        source_ref=dosing.ref,
        owner_role=Role.THERAPIST,
        due_at=due_at(Severity.MEDIUM, now, now),
        by=by,
    )


def _note_last_taken(dosing: DosingSession, kept: Data, by: User) -> Data:
    """A medicine taken later than the list says is written anew, which runs the rules of the screening again."""
    taken = dict(kept.get("taken", {}))
    for row in Medicine.objects.filter(patient=dosing.patient, ended_at=None, ref__in=_refs(taken)):
        on = _day_of(taken[str(row.ref)], dosing)
        if on is not None and _is_later(on, row.last_taken):
            stop_medicine(medicine=row, by=by, why="Taken again, see the newer entry")
            newer = add_medicine(patient=dosing.patient, by=by, text=row.text, last_taken=on.isoformat())
            taken[str(newer.ref)] = taken.pop(str(row.ref))
    return {"taken": taken}


def _refs(taken: Mapping[str, str]) -> list[str]:
    """References of medicines, not those of conditions of the approval."""
    return [ref for ref in taken if len(ref) == len("00000000-0000-0000-0000-000000000000") and ref.count("-") == 4]


def _is_later(on: date, last_taken: str) -> bool:
    """Taking it now, or nobody knows when, counts as taken today already."""
    if last_taken in {CURRENT, ""}:
        return False
    return last_taken == NEVER or on > date.fromisoformat(last_taken)


def _day_of(text: str, dosing: DosingSession) -> date | None:
    if text == "none":
        return None
    if len(text) == len("2026-11-24"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(ZoneInfo(dosing.course.clinic.zone)).date()


def _today(dosing: DosingSession) -> date:
    return timezone.now().astimezone(ZoneInfo(dosing.course.clinic.zone)).date()


AFTER: Mapping[Check, Callable[[DosingSession, Data, User], Data]] = {
    Check.CHANGES: _evaluate_changes,
    Check.MEDICINES: _note_last_taken,
}
