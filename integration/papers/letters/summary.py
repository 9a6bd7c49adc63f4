"""The course summary for whoever referred the patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from integration.papers.selectors.summary import DoseDay, Happened, Summary
from integration.papers.selectors.summary import summary as read
from integration.tracking.rules import Outcome
from kap_clinic.documents.models import StoredDocument
from patients.course.models import Course
from patients.record import letterhead
from patients.record import selectors as records
from patients.record.days import day_in
from patients.record.letterhead import Letter, moment
from patients.record.rules import in_words
from patients.record.terms import Reader


@dataclass(frozen=True)
class Line:
    """One dosing session as the paper's table has it."""

    number: int
    on: str
    given: str
    boosters: str
    pressure: str
    events: list[str]
    left: str


@dataclass(frozen=True)
class SummaryLetter(Letter):
    found: Summary
    period: str
    indication: str
    tried: str
    decision: list[str]
    conditions: list[str]
    prepared: str
    doses: list[Line]
    between: list[str]
    held: str
    ended: str
    outcomes: list[tuple[Outcome, str]]  # with the change in words
    plan_of: str  # the day of the continuing plan


def course_of(document: StoredDocument) -> Course:
    return Course.objects.select_related("patient__clinic").get(ref=document.subject_ref)


def standing(found: Summary) -> str:
    """What the foot says of a summary: final, or as things stood."""
    if found.is_final:
        return "a record is not signed" if found.is_draft else "final"
    return f"as things stand, {found.stage.label.lower()}"


def to_referrer(document: StoredDocument) -> str:
    """The HTML of the summary this paper prints, as the course stood when it was asked for."""
    course = course_of(document)
    letter = letter_of(document, read(course, document.asked_at))
    return letterhead.page("letters/summary.html", letter, document.clinic_id)


def letter_of(document: StoredDocument, found: Summary) -> SummaryLetter:
    course, patient, zone = found.course, found.course.patient, found.zone
    facts = [records.allergies(patient, zone).in_words]
    return SummaryLetter(
        **letterhead.letter(
            document, patient, Reader.REFERRER, status=standing(found), draft=found.is_draft, facts=facts
        ),
        found=found,
        period=_period(found),
        indication=course.indication,
        tried=course.tried_before,
        decision=_decision(found),
        conditions=found.decided.conditions_in_words if found.decided else [],
        prepared=_days(found.prepared),
        doses=[_line(dose) for dose in found.doses],
        between=[_event(one, dated=True) for one in found.between],
        held=", ".join(f"{in_words(on)}{f' (after dose {number})' if number else ''}" for on, number in found.held),
        ended=_ended(found),
        outcomes=[(one, _changed(one)) for one in found.outcomes],
        plan_of=in_words(day_in(found.plan.written_at, zone)) if found.plan else "",
    )


def _period(found: Summary) -> str:
    until = in_words(day_in(found.ended.moved_at, found.zone)) if found.ended else "today"
    return f"{in_words(day_in(found.course.opened_at, found.zone))} to {until}"


def _ended(found: Summary) -> str:
    if found.ended is None:
        return f"The course is not over: {found.stage.label.lower()}."
    how = f": {found.course.get_ending_display().lower()}" if found.course.ending else ""
    return f"{found.stage.label}{how}."


def _decision(found: Summary) -> list[str]:
    row = found.decided
    if row is None:
        return ["No decision on the screening is on file."]
    by = f"{row.decided_by}, {row.role_used.replace('_', ' ')}, {moment(row.decided_at, found.zone)}"
    until = f"; holds until {in_words(row.expires_on)}" if row.expires_on else ""
    return [f"{row.get_decision_display()}, signed by {by}{until}."]


def _days(days: Iterable[date]) -> str:
    return ", ".join(in_words(day) for day in days)


def _changed(one: Outcome) -> str:
    """ "-10 (55.6 % down)"; without percent where the baseline allows none."""
    if one.percent is None:
        return f"{one.change:+g}"
    return f"{one.change:+g} ({abs(one.percent):g} % {'down' if one.percent >= 0 else 'up'})"


def _line(dose: DoseDay) -> Line:
    return Line(
        number=dose.number,
        on=in_words(dose.on),
        given=f"{dose.mg.normalize():f} mg {dose.route.lower()}, {dose.mg_per_kg} mg/kg",
        boosters=", ".join(f"{mg.normalize():f} mg" for mg in dose.boosters),
        pressure=dose.pressure,
        events=[_event(one) for one in dose.events],
        left=dose.left,
    )


def _event(one: Happened, *, dated: bool = False) -> str:
    serious = ", serious" if one.serious else ""
    on = f", {in_words(one.on)}" if dated else ""
    return f"{one.name} ({one.grade}{serious}){on}, {one.outcome}"
