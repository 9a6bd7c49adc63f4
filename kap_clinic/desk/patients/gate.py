"""The next gate of a course: every check before the next step, the fact and its date, who clears what is open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.desk.course.checks import Check, Known
from kap_clinic.desk.course.selectors import ELSEWHERE, NEEDED, next_move
from kap_clinic.reads import Rows
from patients.consents import selectors as consents
from patients.consents.selectors import Standing
from patients.consents.terms import ConsentKind
from patients.course.models import Course
from patients.course.terms import Stage
from patients.record import selectors as records
from patients.record.days import day_in
from patients.record.rules import in_words
from patients.record.selectors import Reachable
from patients.record.terms import ContactKind
from screening import eligibility, measures, trajectories
from screening.actions.course import evidence_of
from screening.models import MeasureResponse
from sessions import course as courses
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.gate.selectors import gate_card
from sessions.gate.terms import ItemState

AHEAD = {  # the step a course is on its way to
    Stage.INQUIRY: Stage.INTAKE,
    Stage.INTAKE: Stage.SCREENING_REVIEW,
    Stage.SCREENING_REVIEW: Stage.ENROLLED,
    Stage.ENROLLED: Stage.PREPARATION,
    Stage.PREPARATION: Stage.DOSING_SERIES,
    Stage.DOSING_SERIES: Stage.CLOSING,
    Stage.ON_HOLD: Stage.DOSING_SERIES,
    Stage.CLOSING: Stage.COMPLETED,
    Stage.MAINTENANCE: Stage.CLOSING,
}
TITLE = {
    Stage.INTAKE: "Before intake",
    Stage.SCREENING_REVIEW: "Before the review",
    Stage.ENROLLED: "Before enrolment",
    Stage.PREPARATION: "Before preparation",
    Stage.DOSING_SERIES: "Before the dosing series",
    Stage.CLOSING: "Before closing",
    Stage.COMPLETED: "Before the course is complete",
}

LEADS = {Stage.CLOSING: "Closing", Stage.COMPLETED: "Go on with the closing"}
DOSING = (Stage.DOSING_SERIES, Stage.MAINTENANCE)
AHEAD_OF_DOSE = (DosingState.PLANNED, DosingState.GATE_CHECK, DosingState.READY)
CARD_STATE = {ItemState.PASS: "met", ItemState.FAIL: "stop", ItemState.NOT_CHECKED: "open"}

# Open checks of which the record says more than that they are open
EXPLAINED = {"privacy_signed", "financial_talk", "treatment_valid", "touch_valid", "eligible", "baseline_done"}


@dataclass(frozen=True)
class Gate:
    """The card. `act` is the address that makes the move, "" where it happens by itself or on the course page."""

    title: str
    checks: list[Check]
    words: str
    why: str
    url: str
    act: str
    may_act: bool
    always: bool = False  # the button leads on with checks still open

    @property
    def open_checks(self) -> int:
        return sum(check.state != "met" for check in self.checks)

    @property
    def met_in_words(self) -> str:
        return f"{len(self.checks) - self.open_checks} of {len(self.checks)} met"


def next_gate(course: Course, on: date, member: Member, rows: Rows) -> Gate | None:
    """What is open before the next step; None: the course is closed, or this person sees its stage only.

    `rows` are those of `screening.actions.course.evidence_reads`. Who only sees stages sees the checks of the moves
    they make themselves, met or open, without what the record says.
    """
    to = AHEAD.get(Stage(course.stage))
    if to is None:
        return None
    clinical = may(member, Permission.SCREENING_VIEW, course)
    if not clinical and not may(member, NEEDED[to], course):
        return None
    if course.stage in DOSING and may(member, Permission.DOSE_VIEW, course) and not _is_over(course):
        return _next_dose(course, timezone.now())
    if to in ELSEWHERE:
        return _to_closing(course, to, member)
    return _gate(course, to, _known(course, on, member, rows, clinical))


def _is_over(course: Course) -> bool:
    """The planned number is given: what comes next is the closing."""
    return bool(courses.series(course, timezone.now()).met["series_over"])


def _next_dose(course: Course, now: datetime) -> Gate:
    """In a series the next gate is the dose's: what can be put right before the day, then the check of the day."""
    card = gate_card(course, now)
    ahead = DosingSession.objects.filter(course=course, state__in=AHEAD_OF_DOSE).order_by("appointment__starts_at")
    ref = ahead.values_list("ref", flat=True).first()
    checks = [Check(CARD_STATE[one.state], one.code.label, one.fact) for one in card.standing]
    return Gate(
        title="Before the next dose",
        checks=sorted(checks, key=lambda check: check.state == "met"),
        words="Pre-dose check" if ref else "",
        why="" if ref else "No dosing visit is booked. What is asked on the day is asked then.",
        url=reverse("gate:check", args=[ref]) if ref else "",
        act="",
        may_act=ref is not None,
        always=True,
    )


def _gate(course: Course, to: Stage, known: Known) -> Gate:
    move = next_move(course, to, known)
    open_ = sum(check.state != "met" for check in move.checks)
    by_itself = to == Stage.SCREENING_REVIEW
    at_once = move.may and not (move.needs_reason or move.needs_offer or move.needs_ending)
    return Gate(
        title=TITLE[to],
        checks=sorted(move.checks, key=lambda check: check.state == "met"),
        words="" if by_itself else move.words,
        why=_why(open_, move.who, by_itself=by_itself, may_move=move.may),
        url=reverse("desk:course", args=[course.ref]),
        act=reverse("desk:move_course", args=[course.ref, to]) if at_once else "",
        may_act=move.may,
    )


def _to_closing(course: Course, to: Stage, member: Member) -> Gate | None:
    """What an ending still needs is asked on the closing page; the card leads there."""
    if not may(member, NEEDED[to], course):
        return None
    url = reverse("continuing:closing", args=[course.ref])
    return Gate(
        TITLE[to], checks=[], words=LEADS[to], why="What is open, and who does it.", url=url, act="", may_act=True
    )


def _why(open_: int, who: str, *, by_itself: bool, may_move: bool) -> str:
    """The sentence beside the button."""
    if by_itself:
        return "Happens by itself when the screening is submitted and the checks are met."
    if open_:
        return f"Opens when {'the open check is' if open_ == 1 else f'all {open_} open checks are'} met."
    return "" if may_move else f"All checks are met. Made by the {who}."


def _known(course: Course, on: date, member: Member, rows: Rows, clinical: bool) -> Known:
    series = courses.series(course, timezone.now())
    met = {**evidence_of(course, on, member.zone, rows), **series.met}
    newest = next((str(ref) for ref, *_ in rows["newest_screening"]), "")
    said = _said(course, on, member.zone, rows) if clinical else []
    words_of = {need: words for need, words in said if met[need] or need in EXPLAINED}
    return Known(course, member, met, words_of | (series.said if clinical else {}), newest)


def _said(course: Course, on: date, zone: str, rows: Rows) -> Iterator[tuple[str, str]]:
    """What the record says of each need: the fact behind a met check, or why it is open."""
    yield from _consents_said(consents.standing(course.patient, on, zone=zone, read=rows))
    yield "eligible", _eligibility_said(eligibility.standing(course.patient, on, read=rows))
    yield from _people_said(rows, zone)
    yield from _noted(course)
    if submitted := [at for _, at in rows["newest_screening"] if at]:
        yield "screening_complete", f"Submitted {in_words(day_in(submitted[0], zone))}"
    yield "baseline_done", _baseline_said(rows["responses"], zone)


def _consents_said(held: Mapping[ConsentKind, Standing]) -> Iterator[tuple[str, str]]:
    names = {
        "privacy_signed": ConsentKind.PRIVACY,
        "financial_talk": ConsentKind.FINANCIAL,
        "treatment_valid": ConsentKind.TREATMENT,
        "touch_valid": ConsentKind.TOUCH,
    }
    for need, kind in names.items():
        one = held[kind]
        if one.valid and one.since:
            yield need, f"Version {one.version}, signed {in_words(one.since)}"
        elif one.reasons:
            yield need, one.reasons[0]


def _eligibility_said(standing: eligibility.Standing) -> str:
    if standing.reasons:
        more = len(standing.reasons) - 1
        return f"{standing.reasons[0]}{f' And {more} more.' if more else ''}"
    return f"Approved until {in_words(standing.until)}" if standing.until else "Approved"


def _baseline_said(responses: Sequence[MeasureResponse], zone: str) -> str:
    if missing := trajectories.baseline_open_of(responses):
        return f"Still to answer: {', '.join(measures.instrument(name).short_title for name in missing)}"
    return f"Last answered {in_words(day_in(responses[-1].answered_at, zone))}"


def _people_said(rows: Rows, zone: str) -> Iterator[tuple[str, str]]:
    yield "therapist_assigned", records.first_with(records.team_of(rows["team"], zone), Role.THERAPIST)
    contacts = records.contacts_of(rows["contacts"], zone)
    yield "emergency_contact", _first(contacts, ContactKind.EMERGENCY)
    yield "escort", _first(contacts, ContactKind.ESCORT)


def _first(contacts: list[Reachable], kind: ContactKind) -> str:
    return next((contact.in_words for contact in contacts if contact.kind == kind), "")


def _noted(course: Course) -> Iterator[tuple[str, str]]:
    if course.identity_checked_on:
        yield "identity_checked", f"Checked {in_words(course.identity_checked_on)}"
    if course.live_visit_on:
        how = {True: ", by video", False: ", in person", None: ""}[course.live_visit_by_video]
        yield "live_visit_done", f"{in_words(course.live_visit_on)}{how}"
    if course.monitoring_checked_on:
        yield "monitoring_checked", f"Checked {in_words(course.monitoring_checked_on)}"
    if course.indication:
        yield "indication_noted", course.indication
