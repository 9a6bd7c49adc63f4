"""An intake: start, save a section, submit."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from kap_clinic import wiring
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from patients.course.actions import open_course
from patients.course.terms import Stage
from patients.medicines.actions import take_over_medicines
from patients.record.actions import measure_weight
from patients.record.days import day_in, today_in
from patients.record.models import Patient
from patients.record.rules import is_usable_weight, kilograms
from patients.record.terms import WeightUnit
from screening import policies, rules, selectors
from screening.actions.course import move_if_at
from screening.actions.refusals import ChangedMeanwhile, NotPossible
from screening.models import Finding, Override, Screening
from screening.terms import Event, ScreeningState


@transaction.atomic
def start(*, patient: Patient, by: User, on: date) -> Screening:
    """The patient's open draft, or a new version. A correction copies the last answers to be confirmed."""
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    open_course(patient=patient, by=by, role=Role.THERAPIST)
    if draft := patient.screenings.filter(state=ScreeningState.DRAFT).first():
        return draft
    last = patient.screenings.order_by("-version").first()
    screening = Screening.objects.create(
        clinic=patient.clinic,
        patient=patient,
        version=last.version + 1 if last else 1,
        assessment_date=on,
        answers=policies.answers_to_carry(last.answers) if last else {},
        medications=last.medications if last else [],
        started_by=by,
    )
    record(Event.SCREENING_STARTED, by=by, on=screening, version=screening.version)
    return screening


@transaction.atomic
def save_section(*, screening: Screening, section: str, values: Mapping[str, Any], seen: str, by: User) -> Screening:
    """Keep one section of a draft. `seen` is the digest of what the form showed when it was opened."""
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    if screening.state != ScreeningState.DRAFT:
        raise NotPossible(["This screening is submitted and frozen. Start a new version to correct it."])
    stored = policies.section_values(screening, section)
    if stored == dict(values):
        return screening
    if policies.digest(stored) != seen:
        raise ChangedMeanwhile(stored)
    policies.put_section(screening, section, values)
    screening.save(update_fields=["answers", "medications", "vitals", "assessment_date"])
    record(Event.SCREENING_SAVED, by=by, on=screening, section=section)
    return screening


@transaction.atomic
def submit(*, screening: Screening, by: User) -> Screening:
    """Freeze a complete screening with what the rules found and put it before the prescribers."""
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    if screening.state != ScreeningState.DRAFT:
        raise NotPossible(["This screening was already submitted."])
    derived = selectors.derived(screening.patient, screening.assessment_date)
    screening.answers = {**screening.answers, **{key: fact.value for key, fact in derived.items()}}
    screening.derived = {key: fact.source for key, fact in derived.items()}
    take_over_medicines(patient=screening.patient, entries=screening.medications, by=by)
    selectors.add_known_medicines(screening)
    result = rules.evaluate(policies.intake(screening))
    if result.missing:
        raise NotPossible([policies.missing_in_words(name) for name in result.missing])
    if screening.patient.courses.live().filter(stage=Stage.INQUIRY).exists():
        raise NotPossible(["Begin the intake on the course page first: privacy consent signed, identity checked."])
    screening.patient.screenings.exclude(pk=screening.pk).exclude(state=ScreeningState.DRAFT).update(
        state=ScreeningState.SUPERSEDED
    )
    screening.version = _next_version(screening)
    _lapse_overrides(screening, why="The screening was done again", by=by)
    _freeze(screening, result, by=by)
    _keep_weight(screening, by=by)
    move_if_at(
        Stage.INTAKE,
        patient=screening.patient,
        to=Stage.SCREENING_REVIEW,
        by=by,
        role=Role.THERAPIST,
        on=screening.assessment_date,
    )
    record(Event.SCREENING_SUBMITTED, by=by, on=screening, overall=str(result.overall), rules=rules.VERSION)
    return screening


def _keep_weight(screening: Screening, *, by: User) -> None:
    """The weight of an intake is a weight of the patient too: doses are reckoned with it. Once for a day."""
    said = screening.vitals.get("weight") or {}
    if said.get("value") is None or said.get("unit") not in WeightUnit.values:
        return
    value, zone, now = Decimal(str(said["value"])), screening.patient.clinic.zone, timezone.now()
    if not is_usable_weight(kilograms(value, said["unit"])):
        return
    on = screening.assessment_date
    at = now if on == today_in(zone) else datetime.combine(on, time(12), ZoneInfo(zone))
    last = screening.patient.weights.order_by("-measured_at", "-id").first()
    if last is not None:
        newer = day_in(last.measured_at, zone) > on
        same = day_in(last.measured_at, zone) == on and (last.value, last.unit) == (value, said["unit"])
        if newer or same:
            return
    measure_weight(patient=screening.patient, by=by, value=value, unit=said["unit"], measured_at=at)


def _next_version(screening: Screening) -> int:
    """Its own number, or the next one when the rules ran again since it was begun: the newest submitted one counts."""
    others = screening.patient.screenings.exclude(pk=screening.pk)
    return max(screening.version, (others.aggregate(last=Max("version"))["last"] or 0) + 1)


def _freeze(screening: Screening, result: rules.Result, *, by: User | None) -> None:
    screening.overall, screening.missing, screening.rules_version = result.overall, list(result.missing), rules.VERSION
    screening.state, screening.submitted_at, screening.submitted_by = ScreeningState.SUBMITTED, timezone.now(), by
    screening.save()
    Finding.objects.bulk_create(
        Finding(
            clinic_id=screening.clinic_id,
            screening=screening,
            place=place,
            rule=found.rule,
            severity=found.severity,
            reason=found.reason,
            evidence=[dict(item) if isinstance(item, Mapping) else asdict(item) for item in found.evidence],
        )
        for place, found in enumerate(result.findings)
    )


@transaction.atomic
def rerun(*, patient: Patient, by: User | None, why: str, answers: Mapping[str, Any] | None = None) -> Screening | None:
    """Ask the rules again when a fact of the patient changed; something new or worse closes the approval by itself.

    Takes the facts as they are now: the medicine list, measures, weight. A worse result, or something not known any
    more, becomes a new version that waits for the prescriber with what changed; the old one is superseded and its
    overrides lapse. Better facts change nothing by themselves: closing needs a person (protocol 5). `answers`: what
    was answered anew, as on a dosing day.
    """
    frozen = {ScreeningState.SUBMITTED, ScreeningState.DECIDED, ScreeningState.MORE_ASKED}
    last = patient.screenings.select_for_update(of=("self",)).filter(state__in=frozen).order_by("-version").first()
    if last is None:
        return None
    today = today_in(patient.clinic.zone)
    facts = selectors.facts_now(last, today)
    facts["answers"] = {**facts["answers"], **(answers or {})}
    result = rules.evaluate(facts)
    before = dict(last.findings.values_list("rule", "severity"))
    risen = policies.worse(before, {found.rule: str(found.severity) for found in result.findings})
    risen += [name for name in result.missing if name not in last.missing]
    if not risen:
        return None
    newest = patient.screenings.order_by("-version").first() or last
    screening = Screening(
        clinic_id=last.clinic_id,
        patient=patient,
        version=newest.version + 1,
        assessment_date=today,
        answers=facts["answers"],
        medications=facts["medications"],
        vitals=facts["vitals"],
        derived=last.derived,
        cause=why[:200],
        started_by=by or last.started_by,
    )
    Screening.objects.filter(pk=last.pk).update(state=ScreeningState.SUPERSEDED)
    _lapse_overrides(screening, why=f"The rules ran again: {why}"[:200], by=by)
    _freeze(screening, result, by=by)
    record(Event.RULES_RERAN, by=by or "system", on=screening, why=why, risen=risen)
    if result.overall.rank < rules.Overall(last.overall).rank:
        wiring.tell("screening.worse", patient=patient, by=by, why=why)
    return screening


def _lapse_overrides(screening: Screening, *, why: str, by: User | None) -> None:
    """An override belongs to one version: it lapses when the screening is redone (screening-rules 1.3)."""
    for override in Override.objects.filter(finding__screening__patient=screening.patient, lapsed_at=None):
        override.lapsed_at, override.lapsed_why = timezone.now(), why
        override.save(update_fields=["lapsed_at", "lapsed_why"])
        record(Event.OVERRIDE_LAPSED, by=by or "system", on=override, patient=screening.patient, why=why)
