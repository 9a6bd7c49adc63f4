"""What the matrix of rights needs to know of each address: the permission, by hand, and how to build what it is about.

A new address fails `test_matrix.py` until it stands in PAGES. `kwargs` says what fills the address: `ref=patient` takes
the reference of the thing of that name (see THINGS), `topic='rooms'` is a word. A new kind of thing is a function under
`@thing("name")`; it makes one row of the patient it is given, or of the clinic, by the people of `place`. Nothing is
made by the person who asks, so that who wrote it gives no right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.invitations.actions import invite
from kap_clinic.accounts.models import Clinic, ClinicSetting, Membership, Room, User
from kap_clinic.accounts.proposals.actions import propose_mfa_reset
from kap_clinic.accounts.terms import Role
from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import DocumentState
from kap_clinic.outbox import actions as outbox
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import Channel, MessageState
from kap_clinic.wall import as_clinic
from patients.breakglass.actions import break_glass
from patients.consents.models import ConsentText
from patients.consents.terms import ConsentKind
from patients.course.actions import set_goal
from patients.medicines.actions import add_medicine
from patients.models import Patient
from patients.notes.terms import NoteKind
from patients.outside import actions as outside
from patients.outside.files.intake import CleanFile
from patients.outside.rules import Result
from patients.outside.terms import LabKind
from patients.record import actions as record
from patients.tasks.models import Task
from patients.tasks.terms import TaskKind
from screening.models import Finding, Override, Review
from screening.terms import OverrideKind
from sessions.dosing.actions import open_dosing
from sessions.dosing.models import Alert
from sessions.events import actions as events
from sessions.orders.actions import declare_outside, set_hold
from sessions.visits.terms import VisitKind
from tests import factories
from tests.integration import days as after_dose
from tests.patients import consents, links, notes
from tests.screening.recorded import case, submitted
from tests.screening.recorded import record as recorded
from tests.sessions import days, orders


@dataclass(frozen=True)
class Page:
    """One address. `needs`: a permission, or several of which one is enough ("a | b")."""

    needs: str
    kwargs: str = ""
    methods: str = "GET"
    also: str = ""  # needed besides, of the same row
    also_first: bool = False  # and asked before the row is looked for
    beyond: str = ""  # refused to who is bound by this condition of the table
    to_post: str = ""  # needed besides, for POST
    may_miss: bool = False  # answers 404 also to who may: the row is the person's own, and there is none
    is_secret: bool = False  # a row that is not theirs is not there for them: 404, never 403


ACCOUNT, ACCOUNT_EDIT = "own_account.view", "own_account.edit"
PRINTED = (
    "consent.view | screening.view | measure.view | note.view | order.view | dose.view | dosing.view | receipt.view"
)
PAGES: dict[str, Page] = {
    # One's own account
    "account": Page(ACCOUNT, methods="GET POST"),
    "change_look": Page(ACCOUNT_EDIT, methods="POST", may_miss=True),
    "change_password": Page(ACCOUNT_EDIT, methods="GET POST"),
    "choose_clinic": Page(ACCOUNT_EDIT, methods="POST", may_miss=True),
    "end_other_sessions": Page(ACCOUNT_EDIT, methods="POST"),
    "end_session": Page(ACCOUNT_EDIT, "key='0'", "POST", may_miss=True),
    "second_factor": Page(ACCOUNT, methods="GET POST"),
    "add_app": Page(ACCOUNT_EDIT, methods="GET POST"),
    "add_passkey": Page(ACCOUNT_EDIT, methods="GET POST"),
    "recovery_codes": Page(ACCOUNT, methods="GET POST"),
    "new_recovery_codes": Page(ACCOUNT_EDIT, methods="POST"),
    "remove_factor": Page(ACCOUNT_EDIT, "pk='0'", "POST", may_miss=True),
    "confirm": Page(ACCOUNT, methods="GET POST"),
    "lock": Page(ACCOUNT, methods="POST"),
    "unlock": Page(ACCOUNT, methods="POST"),
    "passkey_question": Page(ACCOUNT),
    "here": Page(ACCOUNT, methods="POST"),
    "held": Page(ACCOUNT, "ref=nothing", "GET", may_miss=True),
    "drop_held": Page(ACCOUNT, "ref=nothing", "POST", may_miss=True),
    "draft": Page(ACCOUNT_EDIT, "form='note'", "GET POST"),
    # Two persons, emergency access, settings
    "proposals:list": Page("proposal.view"),
    "proposals:new": Page("proposal.view", "kind='mfa_reset'", "GET POST", also="staff.reset_mfa"),
    "proposals:one": Page("proposal.view", "ref=proposal"),
    "proposals:second": Page("proposal.view", "ref=proposal", "POST", also="staff.second"),
    "proposals:refuse": Page("proposal.view", "ref=proposal", "POST", also="staff.second"),
    "breakglass:waiting": Page("break_glass.review | team.view"),
    "breakglass:open": Page("break_glass.open", "ref=patient", "GET POST"),
    "breakglass:close": Page("break_glass.open", "ref=patient", "POST"),
    "breakglass:review": Page("break_glass.review", "ref=glass", "GET POST"),
    "settings:index": Page("settings.view"),
    "settings:rooms": Page("settings.view", methods="GET POST", to_post="settings.edit", beyond="opening_hours"),
    "settings:room": Page("settings.edit", "ref=room", "GET POST"),
    "settings:room_closure": Page("settings.edit", "ref=room", "POST"),
    "settings:staff": Page("staff.view", methods="GET POST", to_post="staff.invite"),
    "settings:revoke_invitation": Page("staff.invite", "ref=invitation", "POST"),
    "settings:topic": Page("settings.view", "topic='hours'"),
    "settings:setting": Page("settings.view", "topic='hours' key='hours'", "GET POST", to_post="settings.edit"),
    "settings:restore": Page(
        "settings.edit | clinical_settings.edit",
        "topic='clinic' key='clinic_phone' ref=setting",
        "POST",
        also="settings.edit",
        also_first=True,
    ),
    # The desk
    "desk:today": Page("today.view"),
    "desk:patients": Page("patient.find", methods="GET POST"),
    "desk:chart": Page("patient.view", "ref=patient"),
    "desk:own_trail": Page("audit.view"),
    "desk:clinic_trail": Page("audit.view", also="audit.view in the whole clinic"),
    "desk:clinic_trail_export": Page("audit.export", methods="POST"),
    "desk:history": Page("audit.view", "ref=patient"),
    "desk:history_export": Page("audit.export", "ref=patient", "POST"),
    "desk:reviews": Page("screening.decide"),
    "desk:review": Page("screening.decide", "ref=submitted"),
    "desk:take_review": Page("screening.decide", "ref=submitted", "POST"),
    "desk:decide": Page("screening.decide", "ref=submitted", "POST"),
    "desk:override": Page("screening.decide", "ref=submitted finding_ref=finding", "POST"),
    "desk:second_override": Page("override.second", "ref=submitted override_ref=override", "GET POST"),
    "desk:safety": Page("task.view"),
    "desk:system": Page("system.view"),
    "tracking:tracking": Page("measure.view", "ref=patient"),
    "reports:index": Page("deidentified.view"),
    "reports:outcomes": Page("deidentified.view"),
    "reports:export_outcomes": Page("report.export | deidentified.export", "", "POST"),
    "reports:operations": Page("report.view"),
    "desk:messages": Page("message.retry"),
    "desk:message_again": Page("message.retry", "ref=message", "POST"),
    "desk:let_message_go": Page("message.retry", "ref=message", "POST"),
    "desk:settle_message": Page("message.retry", "ref=message", "POST"),
    "desk:patient_messages": Page("message.view", "ref=patient"),
    "desk:task": Page("task.view", "ref=task", "GET POST", to_post="task.work"),
    "desk:take_task": Page("task.work", "ref=task", "POST"),
    "desk:papers": Page("consent.view", "ref=patient"),
    "desk:paper": Page(PRINTED, "ref=paper", also="consent.view"),
    "desk:paper_again": Page(PRINTED, "ref=paper", "POST", also="consent.view"),
    "desk:course": Page("course.view", "ref=course"),
    "desk:plan_course": Page("screening.record", "ref=course", "POST"),
    "desk:set_goal": Page("screening.record", "ref=course", "POST"),
    "desk:close_goal": Page("screening.record", "ref=course goal_ref=goal", "POST"),
    "desk:move_course": Page("course.view", "ref=course to='declined'", "POST", also="course.decline"),
    "desk:open_course": Page("course.open", "ref=patient", "POST"),
    "desk:links": Page("link.view", "ref=patient"),
    "desk:new_link": Page("link.make", "ref=patient", "GET POST"),
    "desk:link": Page("link.make", "ref=patient link=link"),
    "desk:send_link": Page("link.make", "ref=patient link=link", "POST"),
    "desk:revoke_link": Page("link.revoke", "ref=patient link=link", "POST"),
    # Consents
    "consent_texts:all": Page("settings.view", beyond="opening_hours"),
    "consent_texts:write": Page("consent_template.make", "kind='financial'", "GET POST"),
    "consent_texts:one": Page("settings.view", "ref=text", beyond="opening_hours"),
    "consent_texts:approve": Page("consent_template.second", "ref=text", "POST"),
    "consents:overview": Page("consent.view | consent.status", "ref=patient"),
    "consents:draft": Page("consent.make", "ref=patient kind='financial'", "GET POST"),
    "consents:one": Page("consent.view", "ref=patient consent_ref=consent"),
    "consents:change": Page("consent.make", "ref=patient consent_ref=consent", "GET POST", also="consent.view"),
    "consents:present": Page("consent.make", "ref=patient consent_ref=consent", "POST", also="consent.view"),
    "consents:talk": Page("consent.sign", "ref=patient consent_ref=consent", "POST"),
    "consents:countersign": Page("consent.sign", "ref=patient consent_ref=consent place_ref=place", "POST"),
    "consents:withdraw": Page("consent.revoke", "ref=patient consent_ref=consent", "GET POST"),
    "consents:print": Page("consent.export", "ref=patient consent_ref=consent", "POST"),
    # The record
    "patients:register": Page("patient.register", methods="GET POST"),
    "patients:change": Page("patient.edit", "ref=patient", "GET POST"),
    "patients:add_contact": Page("patient.edit", "ref=patient", "GET POST"),
    "patients:end_contact": Page("patient.edit", "ref=patient contact=contact", "GET POST"),
    "patients:join_team": Page("team.add", "ref=patient", "GET POST"),
    "patients:leave_team": Page("team.edit", "ref=patient carer=carer", "GET POST"),
    "patients:ask_allergies": Page("medicine.record", "ref=patient", "GET POST"),
    "patients:measure_weight": Page("vitals.record", "ref=patient", "GET POST"),
    "patients:add_condition": Page("medicine.edit", "ref=patient", "GET POST"),
    "patients:end_condition": Page("medicine.edit", "ref=patient condition=condition", "GET POST"),
    "patients:add_medicine": Page("medicine.record", "ref=patient", "GET POST"),
    "patients:made_of": Page("medicine.record", "ref=patient", "POST"),
    "patients:stop_medicine": Page("medicine.record", "ref=patient medicine=medicine", "GET POST"),
    # What comes from outside
    "outside:list": Page("vitals.view", "ref=patient"),
    "outside:choose_lab": Page("vitals.record", "ref=patient"),
    "outside:record_lab": Page("vitals.record", "ref=patient kind='alt'", "GET POST"),
    "outside:correct_lab": Page("vitals.amend", "ref=patient lab_ref=lab", "GET POST"),
    "outside:strike_out_lab": Page("vitals.amend", "ref=patient lab_ref=lab", "GET POST"),
    "outside:add_document": Page("vitals.record", "ref=patient", "GET POST"),
    "outside:document": Page("vitals.view", "ref=patient document_ref=outside_paper"),
    "outside:strike_out_document": Page("vitals.amend", "ref=patient document_ref=outside_paper", "GET POST"),
    # Notes
    "notes:all": Page("note.view | note.status", "ref=patient"),
    "notes:new": Page("note.write", "ref=patient", "GET POST"),
    "notes:one": Page("note.view", "ref=patient note_ref=note"),
    "notes:save": Page("note.edit", "ref=patient note_ref=draft_note", "POST"),
    "notes:sign": Page("note.sign", "ref=patient note_ref=draft_note", "GET POST"),
    "notes:cosign": Page("note.cosign", "ref=patient note_ref=note", "POST", also="note.view"),
    "notes:add": Page("note.amend", "ref=patient note_ref=note", "POST"),
    "notes:strike_out": Page("note.amend", "ref=patient note_ref=note", "GET POST"),
    "notes:print": Page("note.view", "ref=patient note_ref=note", "POST"),
    "process_notes:new": Page("process_note.write", "ref=patient", "GET POST"),
    "process_notes:one": Page("process_note.view", "ref=patient note_ref=private_note", is_secret=True),
    "process_notes:save": Page("process_note.edit", "ref=patient note_ref=private_note", "POST", is_secret=True),
    "process_notes:sign": Page("process_note.sign", "ref=patient note_ref=private_note", "GET POST", is_secret=True),
    "process_notes:add": Page("process_note.amend", "ref=patient note_ref=private_note", "POST", is_secret=True),
    # The pre-dose check
    "gate:check": Page("dose.view", "ref=dosing"),
    "gate:answer": Page("dosing.record", "ref=dosing code='substances'", "POST"),
    "gate:baseline": Page("vitals.record", "ref=dosing", "POST"),
    "gate:override": Page("gate.sign", "ref=dosing item='fasting-ok'", "GET POST"),
    "gate:ready": Page("gate.sign", "ref=dosing", "POST"),
    "gate:failed": Page("dosing.record", "ref=dosing", "POST"),
    "gate:day_sheet": Page("dose.view", "ref=dosing"),
    # Dose orders
    "orders:list": Page("order.view", "ref=patient"),
    "orders:new": Page("order.draft", "ref=patient", "GET POST"),
    "orders:read": Page("order.draft", "ref=patient", "POST"),
    "orders:one": Page("order.view", "ref=patient order_ref=order"),
    "orders:change": Page("order.edit", "ref=patient order_ref=order", "GET POST"),
    "orders:sign": Page("order.sign", "ref=patient order_ref=order", "GET POST"),
    "orders:second": Page("order.sign | override.second", "ref=patient order_ref=order", "GET POST"),
    "orders:end": Page("order.sign", "ref=patient order_ref=order", "GET POST"),
    "orders:hold": Page("medicine.decide", "ref=patient medicine_ref=medicine", "GET POST"),
    "orders:end_hold": Page("medicine.decide", "ref=patient hold_ref=hold", "POST"),
    "orders:declare_outside": Page("medicine.record", "ref=patient", "GET POST"),
    "orders:strike_outside": Page("medicine.amend", "ref=patient outside_ref=outside_doses", "GET POST"),
    # The schedule
    "desk:book_for_whom": Page("schedule.book", methods="GET POST"),
    "visits:schedule": Page("schedule.view"),
    "visits:book": Page("schedule.book", "ref=patient", "GET POST", also="patient.view"),
    "visits:book_series": Page("schedule.book", "ref=patient", "GET POST", also="patient.view"),
    "visits:visit": Page("schedule.view", "ref=visit"),
    "visits:move": Page("schedule.edit", "ref=visit", "GET POST"),
    "visits:cancel": Page("schedule.edit", "ref=visit", "GET POST"),
    "visits:miss": Page("schedule.edit", "ref=visit", "GET POST"),
    "visits:arrive": Page("schedule.edit | note.write | dosing.record", "ref=visit", "POST"),
    "visits:start": Page("note.write", "ref=visit", "POST"),
    "visits:complete": Page("note.write", "ref=visit", "POST"),
    "visits:preparation": Page("note.write", "ref=visit", "GET POST"),
    # Integration
    "papers:summary": Page("measure.export", "ref=course reader='referrer'", "POST"),
    "papers:end_letter": Page("course.end", "ref=course reader='patient'", "POST"),
    "papers:receipts": Page("receipt.view", "ref=patient", "GET POST", to_post="receipt.make"),
    "integration:due": Page("note.view | note.status | dosing.record"),
    "integration:call": Page("dosing.record", "ref=dose_day", "GET POST"),
    "integration:visit": Page("note.view", "ref=integration", "GET POST", to_post="note.write"),
    "integration:start": Page("note.write", "ref=integration", "POST"),
    "integration:note": Page("note.write", "ref=integration", "POST"),
    # Adverse events
    "events:list": Page("event.view", "ref=patient"),
    "events:choose": Page("event.record", "ref=patient"),
    "events:new": Page("event.record", "ref=patient code='nausea'", "GET POST"),
    "events:one": Page("event.view", "ref=patient event_ref=event"),
    "events:change": Page("event.edit", "ref=patient event_ref=event", "GET POST"),
    "events:sign": Page("event.sign", "ref=patient event_ref=event", "GET POST"),
    "events:add": Page("event.amend", "ref=patient event_ref=event", "POST"),
    # Leaving
    "discharge:page": Page("dose.view", "ref=dose_day"),
    "discharge:begin": Page("dosing.record", "ref=dose_day", "POST"),
    "discharge:item": Page("dosing.record", "ref=dose_day item='walks'", "POST"),
    "discharge:score": Page("dosing.record", "ref=dose_day name='padss'", "POST"),
    "discharge:back": Page("dosing.record", "ref=dose_day", "POST"),
    "discharge:sign": Page("discharge.sign", "ref=dose_day", "POST"),
    "discharge:left": Page("dosing.record", "ref=dose_day", "GET POST"),
    "discharge:hand_over": Page("dosing.record", "ref=dose_day", "GET POST"),
    "discharge:advice": Page("dose.view", "ref=dose_day"),
    "discharge:print_advice": Page("dosing.record", "ref=dose_day", "POST"),
    "continuing:review": Page("course.end", "ref=course", "GET POST", to_post="course.dose"),
    "continuing:closing": Page("course.end", "ref=course"),
    "continuing:plan": Page("course.end", "ref=course", "POST"),
    "continuing:close": Page("course.end", "ref=course to='completed'", "POST"),
    # The dose day
    "dosing:session": Page("dosing.view", "ref=dosing"),
    "dosing:close": Page("dosing.close", "ref=dosing", "POST"),
    "dosing:move": Page("dosing.record", "ref=dosing to='recovery'", "GET POST"),
    "dosing:live": Page("dosing.view", "ref=dosing"),
    "dosing:now": Page("dosing.view", "ref=dosing"),
    "dosing:tap": Page("dosing.record", "ref=dosing", "POST"),
    "dosing:note": Page("dosing.record", "ref=dosing", "POST"),
    "dosing:add_to": Page("dosing.edit", "ref=dosing entry_ref=log_entry", "POST", also="dosing.view"),
    "dosing:strike": Page("dosing.edit", "ref=dosing entry_ref=log_entry", "GET POST", also="dosing.view"),
    "dosing:vitals": Page("vitals.record", "ref=dosing", "GET POST"),
    "dosing:correct_vitals": Page("vitals.amend", "ref=dosing vitals_ref=reading", "GET POST", also="dosing.view"),
    "dosing:kap_dr": Page("dosing.record", "ref=dosing", "GET POST"),
    "dosing:observe": Page("dosing.record", "ref=dosing", "GET POST"),
    "dosing:touch": Page("dosing.record", "ref=dosing", "GET POST"),
    "dosing:explain": Page("dosing.record", "ref=dosing", "GET POST"),
    "dosing:help": Page("dosing.record", "ref=dosing", "GET POST"),
    "dosing:dose": Page("dose.give", "ref=dosing", "GET POST"),
    "dosing:seen": Page("dose.give", "ref=dosing"),
    "dosing:witness": Page("dose.witness", "ref=dosing entry_ref=log_entry", "POST", also="dosing.view"),
    "dosing:acknowledge": Page("event.acknowledge", "ref=dosing alert_ref=alert", "POST", also="dosing.view"),
    "dosing:close_alert": Page("event.acknowledge", "ref=dosing alert_ref=alert", "POST", also="dosing.view"),
    "board:board": Page("dosing.view | dosing.status"),
    "board:now": Page("dosing.view | dosing.status"),
    "record:page": Page("dosing.view", "ref=dose_day"),
    "record:sign": Page("dosing.record", "ref=dose_day", "POST"),
    "record:cosign": Page("note.cosign", "ref=dose_day", "POST"),
    "record:print": Page("dosing.record", "ref=dose_day", "POST"),
    # Screening and measures
    "screening:start": Page("screening.record", "patient_ref=patient", "POST"),
    "screening:check": Page("screening.view", "ref=draft"),
    "screening:submit": Page("screening.record", "ref=draft", "POST"),
    "screening:print": Page("screening.record", "ref=draft", "POST"),
    "screening:letter": Page("screening.record", "ref=decision reader='referrer'", "POST"),
    "screening:section": Page("screening.record", "ref=draft name='vitals'", "GET POST"),
    "screening:measures": Page("measure.view", "ref=patient"),
    "screening:measure": Page("measure.view", "ref=patient instrument='phq-9'"),
    "screening:record_measure": Page("measure.record", "ref=patient instrument='phq-9'", "GET POST"),
}

# Words that stand in the patient's record and nowhere else: who may see them, by permission.
CANARIES = {
    "Canaryfamily": "patient.find | break_glass.review | consent.view",
    "Canarycontact": "patient.view",
    "Canarymedicine": "medicine.view",
    "Canaryallergen": "medicine.view",
    "Canarycondition": "medicine.view",
    "Canarylab": "vitals.view",
    "Canarypaper": "vitals.view",
    "Canaryevent": "event.view",
    "Canaryfinding": "screening.view | override.second",
    "Canarynote": "note.view",
    "Canarydraft": "process_note.share",  # nobody but who wrote it
    "Canaryprivate": "process_note.share",
}


@dataclass
class Place:
    """A clinic with its people, and one patient: where the things of a relation are."""

    clinic: Clinic
    maker: User  # a therapist who is not the one who asks
    patient: Patient | None = None
    made: dict[str, Any] = field(default_factory=dict)

    def thing(self, name: str) -> Any:
        if name not in self.made:
            with as_clinic(self.clinic.pk):
                self.made[name] = THINGS[name](self)
        return self.made[name]


THINGS: dict[str, Callable[[Place], Any]] = {}
ABOUT_A_PATIENT: set[str] = set()


def thing(name: str, *, of_a_patient: bool = True) -> Callable[[Callable], Callable]:
    def keep(build: Callable) -> Callable:
        THINGS[name] = build
        if of_a_patient:
            ABOUT_A_PATIENT.add(name)
        return build

    return keep


def register(place: Place, *team: User) -> Patient:
    """A patient with a canary in each corner of the record, a prescriber on the team, and whoever else."""
    prescriber = factories.member(place.clinic, Role.PRESCRIBER, name="Dr P. Lace")
    patient = factories.patient(
        place.clinic, by=place.maker, team=(place.maker, prescriber), family_name="Canaryfamily", given_name="Kim"
    )
    for person in team:
        with as_clinic(place.clinic.pk):
            record.cover(patient=patient, by=person, why="Tests")
    with as_clinic(place.clinic.pk):
        record.record_allergies(
            patient=patient, by=place.maker, none_known=False, allergies=[{"to": "Canaryallergen", "reaction": ""}]
        )
    place.patient = patient
    for name in ("contact", "condition", "medicine"):
        place.thing(name)
    return patient


@thing("patient")
def a_patient(place: Place) -> Any:
    return place.patient


@thing("contact")
def a_contact(place: Place) -> Any:
    return record.add_contact(
        patient=place.patient, by=place.maker, kind="escort", name="Canarycontact", phone="+12125550101"
    )


@thing("condition")
def a_condition(place: Place) -> Any:
    return record.add_condition(patient=place.patient, by=place.maker, text="Canarycondition")


@thing("medicine")
def a_medicine(place: Place) -> Any:
    return add_medicine(patient=place.patient, by=place.maker, text="Canarymedicine 10 mg", last_taken="current")


@thing("lab")
def a_lab(place: Place) -> Any:
    result = Result(LabKind.OTHER, finding="5.6 mmol/L", name="Canarylab")
    day = timezone.localdate() - timedelta(days=2)
    return outside.record_lab(patient=place.patient, by=place.maker, result=result, taken_on=day, source="report")


@thing("outside_paper")
def an_outside_paper(place: Place) -> Any:
    file = CleanFile("text/plain", b"Canarypaper", 1)
    return outside.add_document(
        patient=place.patient, by=place.maker, kind="referral", title="Canarypaper", dated=None, file=file
    )


@thing("message")
def a_message(place: Place) -> Any:
    message = outbox.write(
        clinic_id=place.clinic.pk,
        key=f"visit:{place.patient.ref}",
        kind="visit_reminder",
        channel=Channel.EMAIL,
        to="canarymail@example.org",
        zone="America/New_York",
        facts={"first_name": "Canarymessage", "day": "Friday", "time": "09:00", "clinic": "Harbour"},
        due_at=timezone.now(),
        patient_ref=place.patient.ref,
    )
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)
    return message


@thing("carer")
def a_carer(place: Place) -> Any:
    nurse = factories.member(place.clinic, Role.NURSE, name="Jo Carer")
    return factories.join_team(place.patient, nurse, by=place.maker)


@thing("note")
def a_signed_note(place: Place) -> Any:
    return notes.signed(place.patient, NoteKind.INTEGRATION, by=place.maker, themes="Canarynote", needs_cosign=True)


@thing("draft_note")
def a_draft_of_a_note(place: Place) -> Any:
    return notes.draft(place.patient, NoteKind.CALL, by=place.maker, said="Canarydraft")


@thing("private_note")
def a_private_note(place: Place) -> Any:
    return notes.private(place.patient, by=place.maker, text="Canaryprivate")


@thing("integration")
def an_integration_visit(place: Place) -> Any:
    return after_dose.planned(place.patient, VisitKind.INTEGRATION, by=place.maker)


@thing("dose_day")
def a_dose_day(place: Place) -> Any:
    visit = after_dose.planned(place.patient, VisitKind.DOSING, by=place.maker)
    return open_dosing(appointment=visit, by=place.maker, role="therapist")


@thing("glass")
def a_glass(place: Place) -> Any:
    on_call = factories.member(place.clinic, Role.PRESCRIBER, name="Dr O. Call")
    return break_glass(patient=place.patient, reason="On call, patient phoned", by=on_call, role="prescriber")


@thing("decision")
def a_decision(place: Place) -> Any:
    screening = place.thing("submitted")
    return Review.objects.create(
        clinic=place.clinic,
        screening=screening,
        decision="decline",
        reason="Not now",
        role_used="prescriber",
        decided_by=place.maker,
    )


@thing("draft")
def a_draft(place: Place) -> Any:
    place.thing("submitted")
    return recorded(place.patient, case("clear"), by=place.maker)


@thing("submitted")
def a_submitted_screening(place: Place) -> Any:
    row = submitted(place.patient, case("clear"), by=place.maker)
    Finding.objects.create(
        clinic=place.clinic,
        screening=row,
        place=99,
        rule="seed-maoi",
        severity="contraindicated",
        reason="Canaryfinding",
    )
    return row


@thing("finding")
def a_finding(place: Place) -> Any:
    return place.thing("submitted").findings.get(place=99)


@thing("override")
def an_override(place: Place) -> Any:
    return Override.objects.create(
        clinic=place.clinic,
        finding=place.thing("finding"),
        kind=OverrideKind.DUAL,
        reason="Discussed with the cardiologist at length",
        risk_plan="Watched",
        expires_on=timezone.localdate() + timedelta(days=30),
        made_by=place.maker,
    )


@thing("task")
def a_task(place: Place) -> Any:
    return Task.objects.create(
        clinic=place.clinic,
        patient=place.patient,
        kind=TaskKind.SAFETY,
        title="Call the patient",
        owner_role=Role.THERAPIST,
        opened_by=place.maker,
        due_at=timezone.now() + timedelta(hours=4),
    )


@thing("course")
def a_course(place: Place) -> Any:
    return consents.course_of(place.patient, place.maker)


@thing("order")
def an_order(place: Place) -> Any:
    if not place.patient.weights.exists():
        orders.weigh(place.patient, "70", by=place.maker)
    return orders.row(place.thing("course"), by=place.maker)


@thing("hold")
def a_hold(place: Place) -> Any:
    return set_hold(
        patient=place.patient,
        course=place.thing("course"),
        medicine=place.thing("medicine"),
        disposition="continue",
        by=place.maker,
        role="prescriber",
    )


@thing("outside_doses")
def outside_doses(place: Place) -> Any:
    day = timezone.localdate() - timedelta(days=90)
    return declare_outside(
        patient=place.patient, sessions=2, first_on=day, last_on=day, source="The patient", by=place.maker
    )


@thing("visit")
def a_visit(place: Place) -> Any:
    """A preparation, the patient's course moved on for it."""
    room = factories.room(place.clinic, f"Room of {place.maker.name}")
    return factories.booked(place.patient, by=place.maker, room=room)


@thing("event")
def an_event(place: Place) -> Any:
    return events.report(
        patient=place.patient,
        code="nausea",
        words="Canaryevent",
        grade=1,
        onset_at=timezone.now(),
        by=place.maker,
        role="therapist",
    )


@thing("dosing")
def a_dosing_session(place: Place) -> Any:
    """A dose day whose check has begun."""
    return days.checking(place.patient, by=place.maker, room=f"Dose room of {place.maker.name}")


@thing("log_entry")
def an_entry_of_the_log(place: Place) -> Any:
    return days.entry(place.thing("dosing"), "note", by=place.maker, words="Calm")


@thing("reading")
def a_reading(place: Place) -> Any:
    return days.vitals(place.thing("dosing"), by=place.maker)


@thing("alert")
def an_alert(place: Place) -> Any:
    now = timezone.now()
    row = place.thing("reading")
    said = {"sign": "heart-rate", "level": 1, "words": "Pulse 125", "opened_at": now, "due_at": now}
    return Alert.objects.create(
        clinic=place.clinic, patient=place.patient, dosing=place.thing("dosing"), vitals=row, **said
    )


@thing("goal")
def a_goal(place: Place) -> Any:
    return set_goal(course=place.thing("course"), text="Sleep through the night", by=place.maker)


@thing("link")
def a_link(place: Place) -> Any:
    made, _address = links.link(place.patient, by=place.maker)
    return made


@thing("text", of_a_patient=False)
def a_text(place: Place) -> Any:
    admin = factories.member(place.clinic, Role.ADMIN, name="Ada Text")
    return consents.written_text(place.clinic, ConsentKind.TOUCH, by=admin)


@thing("consent")
def a_consent(place: Place) -> Any:
    if not ConsentText.objects.filter(kind=ConsentKind.TREATMENT).exists():
        admin = factories.member(place.clinic, Role.ADMIN, name="Ada Text")
        director = factories.member(place.clinic, Role.MEDICAL_DIRECTOR, name="Dr D. Text")
        factories.member(place.clinic, Role.SAFETY_OFFICER, name="Kofi Text")
        consents.ready(place.clinic, admin=admin, director=director)
    prescriber = place.patient.care_team.get(user__name="Dr P. Lace").user
    return consents.presented(place.patient, ConsentKind.TREATMENT, prescriber=prescriber, therapist=place.maker)


@thing("place")
def a_place_to_sign(place: Place) -> Any:
    return place.thing("consent").signatures.get(user=place.maker)


@thing("paper")
def a_paper(place: Place) -> Any:
    return StoredDocument.objects.create(
        clinic=place.clinic,
        kind="consent",
        title="Consent",
        subject_ref=place.patient.ref,
        patient_ref=place.patient.ref,
        permission="consent.view",
        state=DocumentState.STORED,
        content=b"%PDF-1.7",
        pages=1,
        stored_at=timezone.now(),
        asked_by=place.maker,
    )


@thing("proposal", of_a_patient=False)
def a_proposal(place: Place) -> Any:
    admin = factories.member(place.clinic, Role.ADMIN, name="Per Holm")
    about = Membership.objects.get(user=place.maker)
    return propose_mfa_reset(membership=about, reason="New phone", by=admin)


@thing("room", of_a_patient=False)
def a_room(place: Place) -> Any:
    return Room.objects.create(clinic=place.clinic, name="Room 7")


@thing("invitation", of_a_patient=False)
def an_invitation(place: Place) -> Any:
    row, _link = invite(
        clinic=place.clinic, email="new@example.org", name="New Person", roles=[Role.NURSE], by=place.maker
    )
    return row


@thing("setting", of_a_patient=False)
def a_setting(place: Place) -> Any:
    change_setting(clinic=place.clinic, key="clinic_phone", value="212 555 0100", by=place.maker)
    return ClinicSetting.objects.order_by("id").last()
