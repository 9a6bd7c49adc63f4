"""One set of copies written, table by table, along the states their guards let them go."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Model

from integration.continuing.models import Continuation, ContinuingPlan
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook
from kap_clinic.dev.bulk import seals
from kap_clinic.dev.bulk.copying import SEAL, Press
from kap_clinic.dev.bulk.rows import first_doses, walk
from patients.consents.models import Consent, ConsentAnswer, ConsentSignature, ConsentTalk
from patients.course.models import Course, CourseMove, Goal
from patients.medicines.models import Medicine
from patients.notes.models import Note, NoteAddendum, NoteRevision
from patients.outside.models import LabResult
from patients.record.models import AllergyReview, CareTeamMember, Condition, Contact, Patient, Weight
from patients.tasks.models import Task
from screening.models import (
    ApprovalCondition,
    Finding,
    FindingJudgement,
    MeasureResponse,
    Override,
    Review,
    Screening,
)
from sessions.discharge.models import Discharge, DischargeTick
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession, Entry, VitalSigns
from sessions.gate.models import CheckAnswer, GateOverride
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.visits.models import Appointment, AppointmentMove, AppointmentStaff, Preparation

RECORD: tuple[type[Model], ...] = (CareTeamMember, Contact, AllergyReview, Weight, Condition, Medicine, LabResult)
SCREENING: tuple[type[Model], ...] = (
    *(Screening, Finding, Override, Review, ApprovalCondition, FindingJudgement, MeasureResponse),
    *(MedicineHold, OutsideDoses),
)
AFTER: tuple[type[Model], ...] = (
    DischargeTick,
    IntegrationSession,
    Practice,
    PracticeLook,
    NextDayCall,
    Continuation,
    ContinuingPlan,
    Task,
)
COURSE = (Course, CourseMove, Goal, Consent, ConsentAnswer, ConsentSignature, ConsentTalk, DoseOrder)
DAYS = (
    *(Appointment, AppointmentMove, AppointmentStaff, Preparation, DosingSession, DosingMove, CheckAnswer),
    *(GateOverride, VitalSigns, Entry, Dose, Alert, Discharge),
)
NOTES = (Note, NoteAddendum, NoteRevision)
KNOWN = {Patient, *RECORD, *COURSE, *SCREENING, *DAYS, *AFTER, *NOTES}
PATIENT = {
    **{name: f"c.{name}" for name in ("record_number", "family_name", "given_name", "family_key", "given_key")},
    **{name: f"c.{name}" for name in ("birth_date", "phone", "phone_tail")},
    **{"preferred_name": "''", "preferred_key": "''", "address": "c.mark"},
    "email": "case when p.email = '' then '' else 'k' || c.record_number || '@example.org' end",
}
NO_SIGNATURE = {
    **dict.fromkeys(("zone", "printed_name", "meaning", "words", "drawing", "role_used", "identity"), "''"),
    **dict.fromkeys(("address", "device", "session_hash", "sha256"), "''"),
    **{"signed_at": "null", "link_ref": "null", "electronic": "false"},
}
SIGNED = ("zone", "meaning", "words", "drawing", "role_used", "identity", "device", "electronic", "signed_at")
NOTE_SIGNED = ("signed_at", "signed_by_id", "signed_role", "signed_zone", "signed_identity")
WALL = "to_char((p.{0} + c.shift) at time zone p.zone, 'YYYY-MM-DD\"T\"HH24:MI')"


def write(press: Press) -> None:
    """All rows of these copies but the questionnaires, in one transaction of the caller's."""
    if unknown := press.block.kinds.keys() - KNOWN:
        raise RuntimeError(f"Nobody has said how copies are written of {', '.join(m.__name__ for m in unknown)}.")
    press.insert(Patient, PATIENT)
    for model in RECORD:
        press.insert(model)
    _course(press)
    for model in SCREENING:
        press.insert(model)
    _consents(press)
    _orders(press)
    write_days(press)
    _notes(press)


def write_days(press: Press) -> None:
    """Dose days and what followed them, for a course that is there."""
    _visits(press)
    _dose_days(press)
    for model in AFTER:
        press.insert(model)


def _course(press: Press) -> None:
    press.insert(Course, {"stage": "'inquiry'", "ending": "''"})
    walk(press, Course, CourseMove, parent="course", state="stage")
    press.insert(Goal)


def move_on(press: Press, moves: Iterable[tuple[str, str, str]], ending: str) -> None:
    """Moves the original did not make: (before, after, role), half a day apart, on the word of this load."""
    for number, (before, after, role) in enumerate(moves, start=1):
        who = "prescriber" if role == "prescriber" else "therapist"
        columns = "ref, clinic_id, patient_id, course_id, before, after, reason, evidence, role, moved_at, moved_by_id"
        statement = f"""
            insert into patients_coursemove ({columns})
            select md5(t.ref::text || %(after)s)::uuid, t.clinic_id, t.patient_id, t.id, %(before)s, %(after)s,
                'Invented, as the whole course is', '{{"invented": true}}', %(role)s,
                c.ended_at + %(number)s * interval '12 hours', c.{who}
            from {press.copies.source} join patients_course t on t.id = %(base)s + c.k
        """  # noqa: S608  # constants and our own columns
        said = {"before": before, "after": after, "role": role, "number": number}
        _run(statement, press, said)
        _run(
            f"update patients_course t set stage = %(after)s, ending = %(ending)s from {press.copies.source}"  # noqa: S608  # constants
            " where t.id = %(base)s + c.k",
            press,
            {**said, "ending": ending},
        )


def _run(statement: str, press: Press, said: dict[str, Any]) -> None:
    base = press.block.kinds[Course].base
    with connection.cursor() as cursor:
        cursor.execute(statement, {**said, **press.copies.values, "base": base})


def _consents(press: Press) -> None:
    rows = list(Consent.objects.filter(pk__in=press.block.ids(Consent)).values_list("pk", "state"))
    given = [key for key, state in rows if state != "draft"]
    written = {name: _handed_over(press, name) for name in ("details", "sections")}
    not_yet = dict.fromkeys(("presented_at", "presented_by_id", "completed_at"), "null")
    press.insert(Consent, {"state": "'draft'", "sha256": "''", **not_yet, **written})
    press.insert(ConsentSignature, NO_SIGNATURE)
    contents = seals.consents(press, given)
    given_out = {"state": "'presented'", "sha256": SEAL}
    press.update(Consent, ("presented_at", "presented_by_id"), given_out, only=given, seals=contents)
    press.insert(ConsentTalk)
    press.insert(ConsentAnswer)
    _signatures(press, contents)
    done = [key for key, state in rows if state == "signed"]
    press.update(Consent, ("completed_at",), {"state": "'signed'"}, only=done)


def _signatures(press: Press, contents: seals.Seals) -> None:
    rows = ConsentSignature.objects.filter(pk__in=press.block.ids(ConsentSignature), signed_at__isnull=False)
    signed = list(rows.values_list("pk", flat=True))
    name = "case when p.user_id is null then c.given_name || ' ' || c.family_name else "
    press.update(
        ConsentSignature,
        SIGNED,
        {"printed_name": f"{name} {press.name_of('user_id', 'printed_name')} end", "sha256": SEAL},
        only=signed,
        seals=seals.signatures(press, contents, signed),
    )


def _handed_over(press: Press, column: str) -> str:
    """A consent that names people of the clinic names those of the copy."""
    text = f"p.{column}::text"
    for user, who in press.block.people.items():
        for end in (",", "}"):
            text = f"""replace({text}, '"user": {user}{end}', '"user": ' || c.{who} || '{end}')"""
    for who in press.block.people.values():
        text = f"replace({text}, c.{who}_was, c.{who}_name)"
    return f"case when p.kind in {seals.HANDED_OVER} then ({text})::jsonb else p.{column} end"


def _orders(press: Press) -> None:
    signed = list(
        DoseOrder.objects.filter(pk__in=press.block.ids(DoseOrder), state="signed").values_list("pk", flat=True)
    )
    press.insert(DoseOrder, {"state": "'draft'", "signed_at": "null", "signed_by_id": "null", "sha256": "''"})
    sealed = seals.orders(press, signed)
    under = {"state": "'signed'", "sha256": SEAL}
    press.update(DoseOrder, ("signed_at", "signed_by_id"), under, only=signed, seals=sealed)


def _visits(press: Press) -> None:
    later = ("arrived_at", "started_at", "finished_at")
    wall = {"wall_start": WALL.format("starts_at"), "wall_end": WALL.format("ends_at")}
    press.insert(Appointment, {"state": "'planned'", **dict.fromkeys(later, "null"), **wall})
    press.insert(AppointmentStaff)
    walk(press, Appointment, AppointmentMove, parent="appointment", state="state")
    past = Appointment.objects.filter(pk__in=press.block.ids(Appointment)).exclude(state="planned")
    press.update(Appointment, later, only=list(past.values_list("pk", flat=True)))
    press.insert(Preparation)


def _dose_days(press: Press) -> None:
    none = ("order_id", "number", "ready_at", "ready_by_id", "t0", "infusion_ended_at")
    signing = ("signed_at", "signed_by_id", "cosigned_at", "cosigned_by_id")
    empty = dict.fromkeys((*none, *signing), "null")
    press.insert(DosingSession, {"state": "'planned'", "record_sha256": "''", **empty})
    for model in (CheckAnswer, GateOverride, VitalSigns, Entry):
        press.insert(model)
    walk(
        press,
        DosingSession,
        DosingMove,
        parent="dosing",
        state="state",
        steps={"ready": ("ready_at", "ready_by_id"), "dosed": ("t0", "number", "order_id")},
        before=first_doses(press),
    )
    press.insert(Alert)
    press.insert(Discharge, {"sha256": SEAL}, seals=seals.discharges(press))
    rows = DosingSession.objects.filter(pk__in=press.block.ids(DosingSession), signed_at__isnull=False)
    signed = list(rows.values_list("pk", flat=True))
    press.update(DosingSession, signing, {"record_sha256": SEAL}, only=signed, seals=seals.records(press, signed))


def _notes(press: Press) -> None:
    rows = list(Note.objects.filter(pk__in=press.block.ids(Note)).values_list("pk", "version", "signed_at"))
    unsigned = dict.fromkeys(("signed_name", "signed_role", "signed_zone", "signed_identity", "signed_sha256"), "''")
    press.insert(Note, {"version": "1", "signed_at": "null", "signed_by_id": "null", **unsigned})
    for version in range(2, max((one[1] for one in rows), default=1) + 1):
        press.update(Note, (), {"version": str(version)}, only=[key for key, newest, _ in rows if newest >= version])
    press.insert(NoteRevision)
    signed = [key for key, _, at in rows if at]
    name = press.name_of("signed_by_id", "signed_name")
    sealed = seals.notes(press, signed)
    press.update(Note, NOTE_SIGNED, {"signed_name": name, "signed_sha256": SEAL}, only=signed, seals=sealed)
    press.insert(NoteAddendum)
