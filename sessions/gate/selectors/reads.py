"""Which rows the gate reads: all of them in one statement, as far as they are about one course and one session."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from kap_clinic.accounts.clinic_settings.selectors import values_read
from kap_clinic.reads import Read, ReadModels, compiled
from patients.consents import selectors as consents
from patients.course.models import Course
from patients.medicines.models import Medicine
from patients.outside.models import LabResult
from patients.outside.terms import LabKind
from patients.record.models import Patient, Weight
from patients.tasks.models import Task
from patients.tasks.terms import Severity
from screening import eligibility
from screening.models import ApprovalCondition, MeasureResponse, Review, Screening
from screening.policies import APPROVALS
from screening.terms import ScreeningState
from sessions.dosing.models import Alert, DosingSession, VitalSigns
from sessions.dosing.terms import Level, Phase
from sessions.events.models import AdverseEvent
from sessions.gate.models import CheckAnswer, GateOverride
from sessions.gate.rules import Numbers
from sessions.gate.rules.on_file import LIVER
from sessions.gate.terms import Check
from sessions.orders.models import DoseOrder, MedicineHold, OutsideDoses
from sessions.orders.rules import NUMBERS
from sessions.orders.setting_keys import ESKETAMINE, number_key
from sessions.visits.models import Appointment, AppointmentStaff
from sessions.visits.terms import VisitKind, VisitState

SUICIDE = ("asq", "c-ssrs-screener")
LOOK_BACK = timedelta(hours=24)  # of suicide screens: the dosing day
ORDER_NUMBERS = [number_key(name) for name in NUMBERS]
SETTINGS = [*Numbers.names(), *ORDER_NUMBERS, ESKETAMINE]
ORDER = (
    *("id", "route", "first_mg", "boosters", "booster_mg", "doses", "spacing_days", "valid_from", "valid_until"),
    *("state", "signed_at", "seconded_at", "signed_name", "weight_id", "weight__value", "weight__unit"),
)
VITALS = (
    *("ref", "happened_at", "entered_by__name", "rested_minutes"),
    *("systolic", "diastolic", "heart_rate", "spo2", "temperature_c"),
)
CONDITION = ("id", "place", "kind", "mg", "route", "medicine", "disposition", "hours_before", "words")


def reads(course: Course, dosing: DosingSession | None, now: datetime) -> dict[str, Read]:
    """What `facts_of` needs, to be read together with other things."""
    patient = course.patient
    here, visit = (dosing.pk, dosing.appointment_id) if dosing else (0, 0)
    return {
        **consents.reads(patient),
        **eligibility.reads(patient),
        **_of_course(course),
        **_screening(patient),
        **_of_the_day(patient, course, here, visit),
        **_measured(patient, here, now - LOOK_BACK),
        **_visits(patient, course, here, visit),
        **_orders(patient, course),
        **_open(patient),
        "gate_settings": values_read(SETTINGS, course.clinic_id),
    }


@compiled
def _of_course(course: Any) -> dict[str, Read]:
    return {
        "gate_course": Read(
            Course.objects.filter(pk=course),
            ("stage", "number", "planned_preparations", "planned_doses", "trauma_history", "live_visit_on"),
        ),
        "gate_in_person": Read(
            Course.objects.filter(pk=course, live_visit_by_video=False, live_visit_on__isnull=False),
            ("live_visit_on",),
        ),
    }


@compiled
def _screening(patient: Patient) -> dict[str, Read]:
    submitted = Screening.objects.filter(patient=patient).exclude(state=ScreeningState.DRAFT)
    newest = submitted.order_by("-version")[:1]
    approval = Review.objects.filter(screening__in=newest.values("pk"), decision__in=APPROVALS).order_by("-id")[:1]
    conditions = ApprovalCondition.objects.filter(review__in=approval.values("pk")).order_by("place")
    return {
        "gate_answers": Read(newest, ("answers",)),
        "gate_conditions": ReadModels(conditions, CONDITION),
    }


@compiled
def _of_the_day(patient: Patient, course: Course, dosing: int, visit: int) -> dict[str, Read]:
    newest = CheckAnswer.objects.filter(dosing=dosing).order_by("code", "-id").distinct("code")
    waived = CheckAnswer.objects.filter(dosing__course=course, code=Check.WAIVER).exclude(dosing=dosing)
    spoke = Q(data__topics__pregnancy="yes") | Q(data__topics__pregnancy="unsure")
    possible = CheckAnswer.objects.filter(spoke, patient=patient, code=Check.CHANGES).order_by("-id")
    staff = AppointmentStaff.objects.filter(appointment=visit, left_at=None)
    return {
        "gate_checks": Read(newest, ("code", "answered_at", "answered_by__name", "role", "data")),
        "gate_overrides": Read(
            GateOverride.objects.filter(dosing=dosing), ("item", "name", "role", "made_at", "reason", "fact")
        ),
        "gate_said_of_pregnancy": Read(possible[:1], ("answered_at", "data")),
        "gate_waived": Read(waived.order_by("id")[:1], ("id",)),
        "gate_staff": Read(staff.order_by("id"), ("user_id", "user__name", "role")),
    }


@compiled
def _measured(patient: Patient, dosing: int, since: datetime) -> dict[str, Read]:
    standing = MeasureResponse.objects.standing().filter(patient=patient)
    asked = standing.filter(instrument__in=SUICIDE, answered_at__gt=since)
    baseline = VitalSigns.objects.filter(dosing=dosing, phase=Phase.BASELINE, correction=None)
    baseline = baseline.order_by("-happened_at", "-id")
    labs = LabResult.objects.filter(patient=patient, voided_at=None, corrected_by_row=None)
    liver = labs.filter(kind__in=list(LIVER)).order_by("kind", "-taken_on", "-id").distinct("kind")
    tests = labs.filter(kind=LabKind.PREGNANCY).order_by("-taken_on", "-id")
    scales = standing.filter(instrument="phq-9", complete=True).order_by("-answered_at", "-id")
    return {
        "gate_suicide": Read(
            asked.order_by("-answered_at", "-id"), ("ref", "instrument", "answered_at", "band", "complete")
        ),
        "gate_assessed": Read(Task.objects.filter(source_ref__in=asked.values("ref")), ("source_ref", "outcome")),
        "gate_vitals": Read(baseline[:1], VITALS),
        "gate_weight": Read(
            Weight.objects.filter(patient=patient).order_by("-measured_at", "-id")[:1],
            ("kg", "value", "unit", "measured_at"),
        ),
        "gate_liver": Read(liver, ("kind", "taken_on")),
        "gate_pregnancy": Read(tests[:1], ("finding", "taken_on")),
        "gate_scales": Read(scales[:1], ("answered_at",)),
    }


@compiled
def _visits(patient: Patient, course: Course, dosing: int, visit: int) -> dict[str, Read]:
    done = Appointment.objects.filter(patient=patient, state=VisitState.COMPLETED, finished_at__isnull=False)
    given = DosingSession.objects.dosed().filter(patient=patient).exclude(pk=dosing)
    preparations = done.filter(kind=VisitKind.PREPARATION, course=course).order_by("finished_at")
    integrations = done.filter(kind=VisitKind.INTEGRATION).order_by("finished_at")
    last = done.exclude(pk=visit).order_by("-finished_at")
    return {
        "gate_preparations": Read(preparations, ("finished_at",)),
        "gate_integrations": Read(integrations, ("follows_id", "finished_at")),
        "gate_last_visit": Read(last[:1], ("finished_at",)),
        "gate_given": Read(given.order_by("t0"), ("t0", "course_id", "appointment_id", "order_id", "order__route")),
    }


@compiled
def _orders(patient: Patient, course: Course) -> dict[str, Read]:
    holds = MedicineHold.objects.filter(course=course, ended_at=None).order_by("id")
    return {
        "gate_order": ReadModels(DoseOrder.objects.in_force().filter(course=course), ORDER),
        "gate_holds": Read(
            holds, ("ref", "name", "disposition", "hours_before", "words", "set_at", "medicine_id", "medicine__text")
        ),
        "gate_medicines": Read(
            Medicine.objects.filter(patient=patient).order_by("id"),
            ("id", "ref", "text", "last_taken", "added_at", "ended_at"),
        ),
    }


@compiled
def _open(patient: Patient) -> dict[str, Read]:
    """What is still open. A boundary concern is the safety officer's alone and is never named here (permissions 12)."""
    events = AdverseEvent.objects.filter(patient=patient, serious=True, signed_at=None, is_boundary_concern=False)
    alerts = Alert.objects.filter(patient=patient, level__gte=Level.RED, closed_at=None)
    critical = Task.objects.open().critical().filter(patient=patient).order_by("due_at", "id")
    high = Task.objects.open().filter(patient=patient, severity=Severity.HIGH).order_by("due_at", "id")
    elsewhere = OutsideDoses.objects.filter(patient=patient, voided_at=None).order_by("id")
    return {
        "gate_events": Read(events.order_by("id"), ("code", "onset_at")),
        "gate_alerts": Read(alerts.order_by("id"), ("words",)),
        "gate_critical": Read(critical, ("title",)),
        "gate_high": Read(high, ("title",)),
        "gate_elsewhere": Read(elsewhere, ("sessions", "first_on", "last_on", "mg", "route")),
    }
