"""What is read of integration: how each dose was followed, what a visit begins from, practices and how they went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum

from integration.visits import rules
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook
from integration.visits.rules import Window
from integration.visits.terms import Reached, Standing
from kap_clinic.accounts.access import visible
from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.course.models import Course
from patients.course.rules import CLOSED
from patients.notes.models import Note
from patients.record.models import Patient
from sessions.dosing.models import UNDER_DRUG, Dose, DosingSession, Entry
from sessions.dosing.terms import DosingState, EntryKind
from sessions.visits.models import Appointment, Preparation
from sessions.visits.terms import VisitKind, VisitState

PAGE = 50  # rows of a worklist, ux 16
WINDOW = ("integration_from_hours", "integration_until_hours", "next_day_call_hours")
WAITING = (Standing.DUE, Standing.OVERDUE)
CHIP = {Standing.TO_COME: "plain", Standing.DUE: "warn", Standing.OVERDUE: "danger", Standing.DONE: "ok"}


def window(clinic_id: int) -> Window:
    """The hours this clinic set."""
    held = values_of(WINDOW, clinic_id)
    return Window(*(held[name] for name in WINDOW))


# How a dose was followed


@dataclass(frozen=True)
class After:
    """One dose and what followed it. `by`: until when integration is not overdue; `call_by`: until when the call is."""

    dosing: DosingSession
    t0: datetime
    integration: Standing
    by: datetime
    visit: Appointment | None  # the one that took place, else the one that is booked
    call: Standing
    call_by: datetime
    tries: int

    @property
    def patient(self) -> Patient:
        return self.dosing.patient

    @property
    def number(self) -> int | None:
        return self.dosing.number

    @property
    def is_booked(self) -> bool:
        return self.visit is not None and self.integration != Standing.DONE

    @property
    def chip(self) -> str:
        return CHIP[self.integration]

    @property
    def integration_words(self) -> str:
        return f"Integration {self.integration.label.lower()}"

    @property
    def call_chip(self) -> str:
        return CHIP[self.call]

    @property
    def call_words(self) -> str:
        tried = f", tried {self.tries} time{'s' * (self.tries != 1)}" if self.tries else ""
        return {Standing.OVERDUE: "Call missing"}.get(self.call, f"Call {self.call.label.lower()}") + tried

    @property
    def integration_waits(self) -> bool:
        return self.integration in WAITING

    @property
    def call_waits(self) -> bool:
        return self.call in WAITING


def after_doses(dosings: Sequence[DosingSession], now: datetime, hours: Window) -> list[After]:
    """How each of these doses was followed; of the same clinic, with their patients. Two queries."""
    courses = {dosing.course_id for dosing in dosings}
    visits = Appointment.objects.filter(course__in=courses, kind=VisitKind.INTEGRATION).order_by("starts_at")
    calls = NextDayCall.objects.filter(dosing__in=dosings).values_list("dosing_id", "reached")
    return followed(dosings, visits, calls, now, hours)


def followed(
    dosings: Iterable[DosingSession],
    visits: Iterable[Appointment],
    calls: Iterable[tuple[int, str]],
    now: datetime,
    hours: Window,
) -> list[After]:
    """The same from integration visits in their order and calls (dosing, who was reached) that a page has read."""
    linked: dict[int, list[Appointment]] = {}
    by_course: dict[int | None, list[Appointment]] = {}
    for visit in visits:
        if visit.follows_id is not None:
            linked.setdefault(visit.follows_id, []).append(visit)
        else:
            by_course.setdefault(visit.course_id, []).append(visit)
    by_dosing: dict[int, list[str]] = {}
    for dosing_id, reached in calls:
        by_dosing.setdefault(dosing_id, []).append(reached)
    return [
        _after(dosing, _belonging(dosing, linked, by_course), by_dosing.get(dosing.pk, []), now, hours)
        for dosing in dosings
        if dosing.t0 is not None
    ]


def _after(
    dosing: DosingSession, mine: Sequence[Appointment], calls: Sequence[str], now: datetime, hours: Window
) -> After:
    t0 = dosing.t0
    assert t0 is not None, "only a dose that was given is followed"
    done = next((visit for visit in mine if visit.state == VisitState.COMPLETED and _ended(visit) > t0), None)
    booked = next((visit for visit in mine if visit.is_live), None)
    return After(
        dosing=dosing,
        t0=t0,
        integration=rules.integration_standing(t0, now, done_at=done.finished_at if done else None, window=hours),
        by=t0 + timedelta(hours=hours.closes),
        visit=done or booked,
        call=rules.call_standing(
            t0,
            now,
            spoke=Reached.SPOKE in calls or dosing.state == DosingState.CLOSED,
            in_the_house=dosing.state in UNDER_DRUG,
            window=hours,
        ),
        call_by=t0 + timedelta(hours=hours.call),
        tries=sum(reached != Reached.SPOKE for reached in calls),
    )


def _belonging(
    dosing: DosingSession,
    linked: Mapping[int, Sequence[Appointment]],
    by_course: Mapping[int | None, Sequence[Appointment]],
) -> list[Appointment]:
    """An integration belongs to the dosing visit it follows; one that follows none, to the doses before it."""
    others = [v for v in by_course.get(dosing.course_id, ()) if dosing.t0 is not None and v.starts_at > dosing.t0]
    return sorted([*linked.get(dosing.appointment_id, ()), *others], key=lambda visit: visit.starts_at)


def _ended(visit: Appointment) -> datetime:
    return visit.finished_at or visit.ends_at


def of_course(course: Course, now: datetime) -> list[After]:
    """How each dose of a course was followed, in order."""
    rows = DosingSession.objects.dosed().filter(course=course).select_related("patient").order_by("t0")
    return after_doses(list(rows), now, window(course.clinic_id))


def last_doses(member: Member, permission: Permission) -> QuerySet[DosingSession]:
    """The last dose of every course that is not closed, of the patients this person may see so."""
    rows = DosingSession.objects.dosed().filter(clinic_id=member.clinic_id).exclude(course__stage__in=CLOSED)
    newest = rows.order_by("course_id", "-t0").distinct("course_id").values("pk")
    found = DosingSession.objects.filter(pk__in=newest).select_related("patient").order_by("t0")
    return visible(member, permission, found)


def due_list(member: Member, now: datetime, permission: Permission = Permission.NOTE_VIEW) -> list[After]:
    """Whose integration is due or overdue, or who is still to be called; overdue first, then the oldest dose."""
    rows = after_doses(list(last_doses(member, permission)), now, window(member.clinic_id))
    waiting = [row for row in rows if row.integration_waits or row.call_waits]
    return sorted(waiting, key=lambda row: (row.integration != Standing.OVERDUE, row.t0))


def next_day_calls_due(member: Member, now: datetime) -> list[After]:
    """Who is still to be called, by who may log it; the oldest dose first."""
    rows = after_doses(list(last_doses(member, Permission.DOSING_RECORD)), now, window(member.clinic_id))
    return [row for row in rows if row.call_waits]


def calls_of(dosing: DosingSession) -> list[NextDayCall]:
    return list(NextDayCall.objects.filter(dosing=dosing).select_related("called_by"))


# What a visit begins from


def dose_before(visit: Appointment) -> DosingSession | None:
    """The dose an integration visit belongs to: of the visit it follows, else the last one before it."""
    rows = DosingSession.objects.dosed().filter(course=visit.course_id)
    if visit.follows_id is not None and (found := rows.filter(appointment=visit.follows_id).first()):
        return found
    return rows.filter(t0__lte=visit.started_at or visit.ends_at).order_by("-t0").first()


def newest(visit: Appointment) -> IntegrationSession | None:
    """What holds of what a visit wrote down."""
    return visit.integration_sessions.select_related("written_by").order_by("-id").first()


def versions(visit: Appointment) -> int:
    return visit.integration_sessions.count()


def notes_of(visit: Appointment, member: Member) -> list[Note]:
    """The notes of a visit this person may read: signed ones, and their own drafts."""
    return list(visible(member, Permission.NOTE_VIEW, Note.objects.filter(about_ref=visit.ref)))


@dataclass(frozen=True)
class DoseFacts:
    """What the dose day left for the integration: which dose, when, how much, and the patient's words during it."""

    number: int | None
    t0: datetime
    mg: Decimal
    words: list[str]


def dose_facts(dosing: DosingSession) -> DoseFacts:
    assert dosing.t0 is not None, "only a dose that was given has facts"
    mg = Dose.objects.filter(dosing=dosing, correction=None).aggregate(mg=Sum("mg"))["mg"] or Decimal(0)
    said = Entry.objects.filter(dosing=dosing, kind=EntryKind.WORDS, correction=None, struck_why="")
    return DoseFacts(dosing.number, dosing.t0, mg, [words for words in said.values_list("words", flat=True) if words])


def intentions(visit: Appointment) -> list[str]:
    """What insights are tied to: the intention of the preparation, then the next intentions of earlier integrations."""
    prepared = Preparation.objects.filter(course=visit.course_id).exclude(intention="").order_by("-id")
    lines = (prepared.values_list("intention", flat=True).first() or "").splitlines()
    named = _newest_of_each(visit).values()
    earlier = [row.next_intention for row in named if row.appointment_id != visit.pk and row.next_intention]
    kept: dict[str, str] = {}
    for line in (*lines, *earlier[-2:]):
        if text := line.strip():
            kept.setdefault(text.casefold(), text[:300])
    return list(kept.values())


def earlier(visit: Appointment) -> list[IntegrationSession]:
    """What the other integration visits of the course wrote down, the newest visit first."""
    rows = [row for row in _newest_of_each(visit).values() if row.appointment_id != visit.pk]
    return sorted(rows, key=lambda row: row.appointment.starts_at, reverse=True)


def _newest_of_each(visit: Appointment) -> Mapping[int, IntegrationSession]:
    rows = IntegrationSession.objects.filter(course=visit.course_id).select_related(
        "appointment", "dosing", "written_by"
    )
    return {row.appointment_id: row for row in rows.order_by("appointment__starts_at", "id")}


# Practices


@dataclass(frozen=True)
class Kept:
    """One practice and how it went so far, the newest look last."""

    practice: Practice
    looks: list[PracticeLook]

    @property
    def last(self) -> PracticeLook | None:
        return self.looks[-1] if self.looks else None

    def is_over(self, on: date) -> bool:
        """Ended by somebody, or past its last day and looked at since."""
        if self.practice.ended_at is not None:
            return True
        until = self.practice.until_on
        return until is not None and until < on and self.last is not None and self.last.looked_at.date() > until


def practices(course: Course) -> list[Kept]:
    """Every practice of a course with its looks, oldest first. Two queries."""
    rows = (
        Practice.objects.filter(course=course).select_related("set_by", "dosing").prefetch_related("looks__looked_by")
    )
    return [Kept(row, list(row.looks.all())) for row in rows]
