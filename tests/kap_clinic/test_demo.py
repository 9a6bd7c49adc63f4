"""The demo clinic, filled once through the real actions: every point of the way is there, counted; the worked intakes
show in it what the command says."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from integration.continuing.models import Continuation
from integration.continuing.selectors import facts_of
from integration.continuing.terms import Benefit
from integration.visits.models import IntegrationSession, NextDayCall, Practice
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.dev.demo import clock_changes, staff
from kap_clinic.dev.demo.cases import cases
from kap_clinic.dev.demo.diary import Diary
from kap_clinic.dev.demo.moments import Days
from kap_clinic.documents.models import StoredDocument
from kap_clinic.outbox.models import Message
from kap_clinic.wall import as_clinic
from patients.course.terms import Stage
from patients.models import Course, Patient
from patients.notes.models import Note, NoteAddendum
from patients.record.days import day_in, today_in
from patients.tasks.models import Task
from screening import policies, rules, selectors
from screening.models import Finding, Override, Review, Screening
from screening.rules import Severity
from screening.terms import Decision
from sessions.dosing.models import DosingMove, DosingSession
from sessions.dosing.terms import DosingState
from sessions.events.models import AdverseEvent
from sessions.gate.models import GateOverride
from sessions.orders.models import DoseOrder
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from tests.people import signed_in

pytestmark = pytest.mark.django_db
FIRST_HOUR, LAST_HOUR = 8, 18  # visits begin within
IN_THE_HOUSE = {"gate_check", "ready", "monitoring", "recovery", "stopped_early", "discharge_check"}
NEW_YORK = ZoneInfo("America/New_York")
WEDNESDAY = datetime(2026, 11, 25, 9, 40, tzinfo=NEW_YORK)
EVERY_WEEKDAY = (
    datetime(2026, 11, 2, 8, 0, tzinfo=NEW_YORK),  # the clocks went back the day before
    datetime(2027, 1, 5, 0, 5, tzinfo=NEW_YORK),
    datetime(2026, 11, 25, 2, 30, tzinfo=NEW_YORK),  # the last dose of a course 32 days after its intake
    datetime(2026, 12, 31, 23, 55, tzinfo=NEW_YORK),
    datetime(2027, 3, 12, 12, 0, tzinfo=NEW_YORK),  # two days before they go forward
    datetime(2028, 2, 26, 17, 30, tzinfo=NEW_YORK),
    datetime(2027, 8, 1, 10, 15, tzinfo=NEW_YORK),
)

# What there must be at least one of: where it is counted, and the values.
THERE: dict[str, tuple[Callable[[], Iterable], Iterable]] = {
    "stages of a course": (lambda: Course.objects.values_list("stage", flat=True), Stage.values),
    "states of a dosing session that last": (
        lambda: DosingSession.objects.values_list("state", flat=True),
        set(DosingState.values) - {DosingState.DOSED},  # left again in the same transaction
    ),
    "side exits": (
        lambda: DosingMove.objects.values_list("before", "after"),
        [
            ("planned", "aborted_before_dose"),
            ("ready", "aborted_before_dose"),
            ("gate_check", "gate_failed"),
            ("ready", "gate_check"),
            ("monitoring", "stopped_early"),
            ("monitoring", "transferred"),
            ("recovery", "left_against_advice"),
        ],
    ),
    "what became of visits": (
        lambda: Appointment.objects.values_list("kind", "state"),
        [(kind, state) for kind in VisitKind.values for state in ("planned", "completed")]
        + [("dosing", "no_show"), ("dosing", "cancelled"), ("consult", "no_show"), ("consult", "cancelled")],
    ),
    "severities of findings": (lambda: Finding.objects.values_list("severity", flat=True), [str(s) for s in Severity]),
    "overrides: kind, seconded, lapsed": (
        lambda: [(one.kind, one.seconded_at is not None, one.lapsed_at is not None) for one in Override.objects.all()],
        [("single", False, False), ("single", False, True), ("dual", False, False), ("dual", True, False)],
    ),
    "who set an item of the gate aside": (
        lambda: GateOverride.objects.values_list("role", flat=True),
        ["prescriber", "medical_director"],
    ),
    "decisions": (lambda: Review.objects.values_list("decision", flat=True), Decision.values),
    "grades of adverse events": (lambda: AdverseEvent.objects.values_list("grade", flat=True), [None, 1, 2, 3]),
    "orders": (lambda: DoseOrder.objects.values_list("state", flat=True), ["waiting", "signed", "ended"]),
    "messages": (
        lambda: Message.objects.values_list("state", flat=True),
        ["planned", "sent", "failed", "in_doubt", "held", "void"],
    ),
    "notes: signed, waits for a co-signature": (
        lambda: [
            (one.signed_at is not None, one.needs_cosign and one.cosigned_at is None) for one in Note.objects.all()
        ],
        [(False, False), (True, False), (True, True)],
    ),
    "reviews after doses": (
        lambda: Continuation.objects.values_list("decision", flat=True),
        ["stop", "maintenance"],
    ),
    "open tasks": (
        lambda: Task.objects.open().values_list("kind", flat=True),
        ["safety", "follow_up", "review", "letter", "call", "rebook"],
    ),
}
# At least so many of these.
MANY: dict[str, tuple[Callable[[], int], int]] = {
    "integration visits": (IntegrationSession.objects.count, 15),
    "calls of the next day": (NextDayCall.objects.count, 15),
    "practices": (Practice.objects.count, 15),
    "additions to a note": (NoteAddendum.objects.count, 1),
    "papers waiting": (StoredDocument.objects.count, 50),
    "open safety tasks": (lambda: Task.objects.open().filter(kind="safety").count(), 1),
    "open serious events": (lambda: AdverseEvent.objects.filter(serious=True, signed_at=None).count(), 1),
    "reviews waiting": (lambda: Screening.objects.filter(state="submitted").count(), 4),
}


@pytest.mark.slow
@time_machine.travel(WEDNESDAY)
def test_the_demo_is_made_once_and_has_everything(settings, client):
    settings.DEMO = True
    printed = StringIO()

    call_command("demo", "--cases", stdout=printed)
    call_command("demo", "--cases", stdout=StringIO())

    clinic = Clinic.objects.get(is_demo=True)
    assert "48 worked intakes loaded." in printed.getvalue()
    assert "prescriber@demo.example" in printed.getvalue()
    with as_clinic(clinic.pk):
        assert Patient.objects.count() == 40 + 48
        _everything_is_there()
        _days_are_full(clinic)
        _outcomes_differ()
    _today_opens_for_everybody(client)
    _a_dose_was_given_three_quarters_of_an_hour_ago(client, clinic)
    _worked_intakes_show_what_the_command_says(client, clinic)


@pytest.mark.slow
@pytest.mark.parametrize("weekday", range(7))
def test_the_demo_fills_on_every_day_of_the_week(settings, weekday):
    """Its days are working days from today, but what must be recent is counted by the calendar; so the hours differ
    too, and two of the weeks hold a change of the clocks."""
    settings.DEMO = True
    now = EVERY_WEEKDAY[weekday]

    with time_machine.travel(now):
        call_command("demo", stdout=StringIO())

    assert now.weekday() == weekday
    clinic = Clinic.objects.get(is_demo=True)
    with as_clinic(clinic.pk):
        assert Patient.objects.count() == 40
        assert DosingSession.objects.filter(state__in=IN_THE_HOUSE).count() == 6


def _everything_is_there():
    lacking = {
        name: missing for name, (found, wanted) in THERE.items() if (missing := set(wanted) - set(Counter(found())))
    }
    assert lacking == {}
    assert {name: found() for name, (found, least) in MANY.items() if found() < least} == {}
    assert Course.objects.filter(stage=Stage.ON_HOLD).count() == 1


def _days_are_full(clinic):
    """Eight weeks behind and more than one ahead; today is full; nobody comes by night but who is here now."""
    now, today = timezone.now(), today_in(clinic.zone)
    visits = list(Appointment.objects.select_related("dosing", "patient"))
    days = Counter(day_in(one.starts_at, clinic.zone) for one in visits)
    hours = {one.starts_at.astimezone(ZoneInfo(clinic.zone)).hour for one in visits if not _is_here(one)}

    assert DosingSession.objects.dosed().earliest("t0").t0 < now - timedelta(weeks=5)
    assert Screening.objects.earliest("submitted_at").submitted_at < now - timedelta(weeks=7)
    assert max(days) > today + timedelta(days=9)
    assert days[today] >= 15
    assert min(hours) >= FIRST_HOUR
    assert max(hours) < LAST_HOUR
    assert sum(map(_is_here, visits)) == 6
    _clock_changes_are_within_reach(clinic, visits, today)


def _is_here(visit):
    return hasattr(visit, "dosing") and visit.dosing.state in IN_THE_HOUSE


def _clock_changes_are_within_reach(clinic, visits, today):
    """Within reach: of the nearest spring and the nearest autumn change, behind us or ahead, the weeks on both sides
    hold a visit of one patient at the same time on the clock, 71 or 73 hours apart."""
    changes = clock_changes.nearest(today, clinic.zone)
    assert set(changes) == {"spring", "autumn"}
    for season, change in changes.items():
        friday, monday = clock_changes.on_both_sides(change)
        theirs = [one for one in visits if one.patient.family_name == clock_changes.FAMILIES[season]]
        found = {day_in(one.starts_at, clinic.zone): one for one in theirs if one.kind == VisitKind.CONSULT}
        apart = found[monday].starts_at - found[friday].starts_at
        assert found[friday].wall_start[-5:] == found[monday].wall_start[-5:]
        assert apart == timedelta(hours=71 if season == "spring" else 73)


def _outcomes_differ():
    """Responders, partial and no responders, one worse, one whose baseline is missing."""
    dosed = Course.objects.filter(dosing_sessions__t0__isnull=False).distinct().select_related("patient__clinic")
    found = [facts_of(course, timezone.now()) for course in dosed]

    assert set(Benefit) <= {one.shown for one in found}
    assert any(one.main and (one.main.percent or 0) < 0 for one in found)
    assert any(one.main is None and one.doses and "14 days" in one.why_unknown for one in found)


def _today_opens_for_everybody(client):
    for person in staff.PEOPLE:
        page = signed_in(client, User.objects.get(email=person.email)).get(reverse("desk:today"))
        assert page.status_code == 200, person.key


def _a_dose_was_given_three_quarters_of_an_hour_ago(client, clinic):
    with as_clinic(clinic.pk):
        days = list(DosingSession.objects.dosed().filter(patient__family_name="Vance").order_by("t0"))

    page = signed_in(client, User.objects.get(email="nurse@demo.example")).get(
        reverse("dosing:live", args=[days[-1].ref])
    )

    assert [(day.state, day.number) for day in days] == [("closed", 1), ("closed", 2), ("monitoring", 3)]
    assert "VANCE, Noor" in page.content.decode()
    assert "Since dose, 40 mg IM" in page.content.decode()


def _worked_intakes_show_what_the_command_says(client, clinic):
    signed_in(client, User.objects.get(email="therapist@demo.example"))
    for case in cases():
        expected = rules.evaluate(case)
        with as_clinic(clinic.pk):
            patient = Patient.objects.get(family_name=f"Case {case['id'].removeprefix('sc-')}")
            screening = Screening.objects.get(patient=patient)
            found = rules.evaluate(selectors.intake_now(screening))

        page = client.get(reverse("screening:check", args=[screening.ref]))

        shown = [(said.title, said.severity) for said in page.context["page"].findings]
        assert shown == [(rules.RULES[f.rule].title, f.severity) for f in expected.findings], case["id"]
        assert found.overall == expected.overall, case["id"]
        assert {gap.words for gap in page.context["page"].gaps} == {
            policies.rules.name_in_words(name) for name in expected.missing
        }, case["id"]


def test_a_real_clinic_gets_no_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")


def test_the_diary_gives_the_first_free_time_and_holds_it():
    diary = Diary()
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)

    first = diary.find(nine, 60, ["M. Reyes"], ["Room 3", "Room 4"])
    second = diary.find(nine, 60, ["M. Reyes"], ["Room 3", "Room 4"])
    third = diary.find(nine, 60, ["J. Park"], ["Room 3", "Room 4"])
    late = diary.find(nine.replace(hour=17), 60, ["M. Reyes"], ["Room 3"])

    assert first == (nine, "Room 3")
    assert second == (nine.replace(hour=10), "Room 3")
    assert third == (nine, "Room 4")
    assert late is None


def test_working_days_leave_out_weekends_but_never_today():
    sunday = Days(date(2026, 3, 8), "America/New_York")

    assert [sunday.on(days) for days in (-1, 0, 1, 6)] == [date(2026, 3, day) for day in (6, 8, 9, 16)]
    assert sunday.after(date(2026, 3, 6)) == date(2026, 3, 8)
    assert sunday.after(date(2026, 3, 13)) == date(2026, 3, 16)
