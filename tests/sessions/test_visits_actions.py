"""Booking, moving and ending visits: what is written, what is refused in which words, also when many book at once."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import add_member
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.dev.soaks import bookings
from kap_clinic.wall import as_clinic
from patients.course.terms import Stage
from patients.models import Task
from patients.record.models import CareTeamMember
from sessions.dosing.terms import DosingState
from sessions.models import DosingSession
from sessions.visits import actions, selectors
from sessions.visits.actions import Clash, NotReady, Visit, WhichTime
from sessions.visits.models import Appointment, AppointmentMove, AppointmentStaff
from sessions.visits.rules import from_text as at
from sessions.visits.terms import Modality, VisitKind, VisitState, Why
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = at("2026-03-09T10:00")


@pytest.fixture(autouse=True)
def today(frozen):
    """Friday morning in New York, two days before the clocks go forward."""
    return frozen("2026-03-06T10:00-05:00", tick=True)


@pytest.fixture
def desk(front_desk):
    return {"by": front_desk, "role": Role.FRONT_DESK}


@pytest.fixture
def course(patient, therapist):
    return factories.course_at(patient, by=therapist)


@pytest.fixture
def book(clinic, patient, course, therapist, desk):
    """Book a preparation on Monday at ten in Room 2 with the therapist, or what is said instead."""

    def booked(**said):
        asked = {
            "patient": patient, "course": course, "kind": VisitKind.PREPARATION, "starts": MONDAY, "minutes": 60,
            "room": factories.room(clinic), "staff": [(therapist, Role.THERAPIST)],
        } | desk | said  # fmt: skip
        return actions.book(**asked)

    return booked


@pytest.fixture
def second(clinic, therapist):
    """Another patient of the clinic, with a course."""
    patient = factories.patient(clinic, by=therapist, team=(therapist,), family_name="Abebe")
    return {"patient": patient, "course": factories.course_at(patient, by=therapist)}


def move_to(visit, desk, starts=MONDAY + timedelta(days=1), **said):
    return actions.move_visit(appointment=visit, starts=starts, **({"why": Why.PATIENT_ASKED} | desk | said))


# Booking


def test_a_booked_visit_keeps_its_wall_time_and_says_who_booked_it(book, front_desk, therapist):
    visit = book(note="Brings a friend")

    assert (visit.wall_start, visit.wall_end, visit.zone) == (
        "2026-03-09T10:00",
        "2026-03-09T11:00",
        "America/New_York",
    )
    assert visit.starts_at.isoformat() == "2026-03-09T14:00:00+00:00"
    assert (visit.state, visit.booked_by, visit.note) == (VisitState.PLANNED, front_desk, "Brings a friend")
    assert [(one.user, one.role, one.starts_at, one.live) for one in visit.staff.all()] == [
        (therapist, "therapist", visit.starts_at, True)
    ]
    assert [(move.before, move.after, move.moved_by) for move in visit.moves.all()] == [("", "planned", front_desk)]
    event = AuditEvent.objects.get(event="visit.booked")
    assert (event.actor_id, event.role, event.patient_ref) == (front_desk.pk, "front_desk", str(visit.patient.ref))


def test_whoever_is_booked_joins_the_care_team(book, clinic, patient, front_desk):
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")

    book(staff=[(other, Role.THERAPIST)])

    place = patient.care_team.get(user=other)
    assert (place.joined_by, place.why) == (front_desk, "Booked on a visit")


def test_nobody_gets_onto_a_team_by_booking_oneself(book, clinic, patient):
    other = factories.member(clinic, Role.THERAPIST, Role.ADMIN, name="J. Park")

    with pytest.raises(NotReady, match="You are not on this patient's care team"):
        book(staff=[(other, Role.THERAPIST)], by=other, role=Role.ADMIN)

    assert not Appointment.objects.exists()
    assert not patient.care_team.filter(user=other).exists()


def test_who_is_on_the_team_books_oneself(book, therapist):
    assert book(by=therapist, role=Role.THERAPIST).booked_by == therapist


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"starts": at("2026-03-08T02:30")}, "there is no such time. Choose 03:30"),
        ({"starts": at("2026-03-06T08:00")}, "This time is over"),
        ({"minutes": 5}, "between 10 minutes and 8 hours"),
        ({"room": None}, "Choose a room"),
        ({"staff": []}, "Name somebody"),
        ({"course": None}, "Open a course first"),
        ({"kind": VisitKind.DOSING, "modality": Modality.VIDEO}, "takes place in person"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_nothing_is_written(book, said, reason):
    with pytest.raises(NotReady, match=reason):
        book(**said)

    assert not Appointment.objects.exists()
    assert not AuditEvent.objects.filter(event="visit.booked").exists()


def test_a_course_that_is_over_or_anothers_takes_no_visit(book, course, second, therapist):
    factories.course_at(course.patient, Stage.ENDED_EARLY, by=therapist)
    course.refresh_from_db()

    with pytest.raises(NotReady, match="not booked while the course is at “Ended early”"):
        book()
    with pytest.raises(NotReady, match="This course is another patient's"):
        book(course=second["course"])


def test_only_who_works_here_in_that_role_is_booked(book, nurse, stranger, therapist):
    with pytest.raises(NotReady) as no:
        book(staff=[(nurse, Role.THERAPIST), (stranger, Role.THERAPIST), (therapist, Role.THERAPIST)])

    assert no.value.reasons == [
        "Jo Winter does not work here as therapist",
        "Robin Vale does not work here as therapist",
    ]


def test_an_hour_that_comes_twice_is_asked_for(book):
    night = {"starts": at("2026-11-01T01:30"), "minutes": 30}

    with pytest.raises(WhichTime) as asked:
        book(**night)
    earlier, later = (book(**night, fold=fold) for fold, _ in asked.value.choices)

    assert later.starts_at - earlier.starts_at == timedelta(hours=1)
    assert earlier.wall_start == later.wall_start == "2026-11-01T01:30"


def test_what_took_place_without_a_booking_is_written_down_afterwards(book):
    assert book(starts=at("2026-03-05T09:00"), afterwards=True).wall_start == "2026-03-05T09:00"


def test_booking_a_dose_opens_its_day(book, therapist, nurse):
    visit = book(kind=VisitKind.DOSING, minutes=180, staff=[(therapist, Role.THERAPIST), (nurse, Role.NURSE)])

    dosing = DosingSession.objects.get(appointment=visit)
    assert (dosing.state, dosing.course) == (DosingState.PLANNED, visit.course)
    assert [move.after for move in dosing.moves.all()] == ["planned"]


# Clashes, in words


def test_a_held_room_says_by_whom_and_until_when(book, clinic, second):
    book(minutes=150)
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")

    with pytest.raises(Clash) as clash:
        book(**second, starts=at("2026-03-09T12:00"), staff=[(other, Role.THERAPIST)])

    assert clash.value.constraint == "one_visit_a_room"
    assert clash.value.reasons == ["Room 2 is held by Alex Moreno until 12:30"]
    assert Appointment.objects.count() == 1


def test_a_person_who_is_booked_says_where(book, clinic, second):
    book()

    with pytest.raises(Clash) as clash:
        book(**second, starts=at("2026-03-09T10:30"), room=factories.room(clinic, "Room 3"))

    assert clash.value.constraint == "one_visit_a_person"
    assert clash.value.reasons == ["Alex Moreno is booked from 10:00 to 11:00, Room 2"]


def test_a_patient_is_not_in_two_visits(book, clinic):
    book()
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")

    with pytest.raises(Clash) as clash:
        book(room=factories.room(clinic, "Room 3"), staff=[(other, Role.THERAPIST)])

    assert clash.value.reasons == ["The patient has another visit from 10:00 to 11:00"]


def test_everything_that_stands_in_the_way_is_said_at_once_and_never_a_patient(book, second):
    book()

    with pytest.raises(Clash) as clash:
        book(**second)

    assert sorted(clash.value.reasons) == [
        "Alex Moreno is booked from 10:00 to 11:00, Room 2",
        "Room 2 is held by Alex Moreno until 11:00",
    ]
    assert "Lindqvist" not in str(clash.value)


def test_one_visit_may_begin_when_another_ends(book, second):
    book()

    assert book(**second, starts=at("2026-03-09T11:00")).wall_start == "2026-03-09T11:00"


def test_a_person_who_is_busy_at_another_clinic_is_only_not_free(book, clinic, other_clinic, stranger, second):
    with as_clinic(other_clinic.pk):
        theirs = factories.patient(other_clinic, by=stranger, team=(stranger,))
    factories.booked(theirs, by=stranger, starts=at("2026-03-09T08:00"), minutes=120, room=None)
    add_member(clinic=clinic, user=stranger, roles=[Role.THERAPIST])

    with pytest.raises(Clash) as clash:
        book(starts=at("2026-03-09T11:00"), staff=[(stranger, Role.THERAPIST)])

    assert clash.value.reasons == ["Robin Vale is not free then"]


def test_a_cancelled_visit_frees_room_and_people(book, desk, second):
    visit = book()

    actions.cancel(appointment=visit, why=Why.PATIENT_ASKED, **desk)

    assert book(**second).state == VisitState.PLANNED
    assert not AppointmentStaff.objects.get(appointment=visit).live


# Moving


def test_a_moved_visit_keeps_where_it_was(book, clinic, desk, nurse, front_desk):
    visit = book()

    moved = move_to(
        visit,
        desk,
        room=factories.room(clinic, "Room 3"),
        minutes=90,
        staff=[(nurse, Role.NURSE)],
        words="Asked by phone",
    )

    assert (moved.wall_start, moved.wall_end, moved.room.name) == ("2026-03-10T10:00", "2026-03-10T11:30", "Room 3")
    row = visit.moves.last()
    assert (row.before, row.after, row.why, row.words) == ("planned", "planned", "patient_asked", "Asked by phone")
    assert row.was["wall_start"] == "2026-03-09T10:00"
    assert (row.was["room"], row.was["people"]) == ("Room 2", ["Alex Moreno"])
    assert [one.user for one in moved.staff.filter(left_at=None)] == [nurse]
    assert (moved.version, row.moved_by) == (2, front_desk)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"why": ""}, "Choose why"),
        ({"why": Why.OTHER}, "Say why in a few words"),
        ({"starts": at("2026-03-08T02:15")}, "no such time"),
        ({"starts": at("2026-03-05T10:00")}, "This time is over"),
        ({"staff": []}, "Name somebody"),
    ],
)
def test_a_move_that_cannot_be_changes_nothing(book, desk, said, reason):
    visit = book()

    with pytest.raises(NotReady, match=reason):
        move_to(visit, desk, **said)

    visit.refresh_from_db()
    assert (visit.wall_start, visit.version, visit.moves.count()) == ("2026-03-09T10:00", 1, 1)


def test_a_move_into_a_held_room_is_refused_by_name_and_stays(book, desk, clinic, second):
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")
    visit, theirs = book(), None
    theirs = book(**second, starts=MONDAY + timedelta(hours=2), staff=[(other, Role.THERAPIST)])

    with pytest.raises(Clash, match=r"Room 2 is held by J\. Park until 13:00"):
        move_to(visit, desk, starts=MONDAY + timedelta(hours=2, minutes=30))

    visit.refresh_from_db()
    assert (visit.wall_start, theirs.wall_start) == ("2026-03-09T10:00", "2026-03-09T12:00")


def test_a_visit_moves_by_less_than_its_own_length(book, desk):
    assert move_to(book(), desk, starts=MONDAY + timedelta(minutes=15)).wall_start == "2026-03-09T10:15"


def test_the_second_of_two_who_move_is_told(book, desk):
    visit = book()
    move_to(visit, desk, version=1)

    with pytest.raises(NotReady, match="Theo Park changed this visit meanwhile"):
        move_to(visit, desk, starts=MONDAY + timedelta(days=2), version=1)


def test_who_was_there_for_a_visit_only_leaves_the_team_when_taken_off_it(book, desk, clinic, patient, therapist):
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")
    visit = book(staff=[(other, Role.THERAPIST), (therapist, Role.THERAPIST)])

    actions.change_people(appointment=visit, staff=[(therapist, Role.THERAPIST)], **desk)

    assert patient.care_team.get(user=other).left_at is not None
    assert patient.care_team.filter(user=therapist, left_at=None).exists()


def test_cover_ends_some_days_after_the_last_visit(book, clinic, therapist, today):
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")
    visit = book(staff=[(other, Role.THERAPIST)], kind=VisitKind.CONSULT)
    today.move_to("2026-03-09T15:00-04:00")
    actions.start(appointment=visit, by=other, role=Role.THERAPIST)
    actions.complete(appointment=visit, by=other, role=Role.THERAPIST)

    assert actions.end_cover(clinic_id=clinic.pk) == 0
    today.move_to("2026-03-17T15:00-04:00")
    assert actions.end_cover(clinic_id=clinic.pk) == 1

    assert not CareTeamMember.objects.filter(user=other, left_at=None).exists()
    assert CareTeamMember.objects.filter(user=therapist, left_at=None).exists()


# A series


@pytest.fixture
def series(clinic, patient, course, therapist, nurse, desk):
    def booked(*starts, **said):
        room, kinds = factories.room(clinic), (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)
        staff = ((therapist, Role.THERAPIST),)
        visits = [Visit(kind, at, 60, room, staff) for kind, at in zip(kinds, starts, strict=True)]
        return actions.book_series(patient=patient, course=course, visits=visits, **(desk | said))

    return booked


SERIES = (at("2026-03-10T09:00"), at("2026-03-12T09:00"), at("2026-03-13T09:00"))


def test_a_series_is_booked_as_one_and_the_last_follows_the_dose(series):
    preparation, dose, integration = series(*SERIES)

    assert {preparation.series, dose.series, integration.series} == {dose.series}
    assert dose.series is not None
    assert (integration.follows, preparation.follows) == (dose, None)
    assert selectors.integration_after(dose) == integration


def test_of_a_series_all_is_booked_or_nothing(series, book):
    book(starts=SERIES[2])

    with pytest.raises(Clash):
        series(*SERIES)

    assert Appointment.objects.count() == 1
    assert not DosingSession.objects.exists()


def test_a_series_out_of_order_is_refused(series):
    with pytest.raises(NotReady, match="at least 24 hours"):
        series(SERIES[1] - timedelta(hours=3), *SERIES[1:])


@pytest.mark.parametrize("days", [1, -1, 7])
def test_a_series_moves_as_one(series, desk, days):
    _, dose, _ = series(*SERIES)

    moved = actions.move_series(
        appointment=dose, starts=SERIES[1] + timedelta(days=days, hours=1), why=Why.CLINIC_ASKED, **desk
    )

    expected = [f"{start + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M}" for start in SERIES]
    assert sorted(visit.wall_start for visit in moved) == expected


def test_of_a_series_only_what_is_planned_moves(series, desk, therapist, today):
    preparation, dose, _ = series(*SERIES)
    today.move_to("2026-03-10T09:00-04:00")
    actions.start(appointment=preparation, by=therapist, role=Role.THERAPIST)

    actions.move_series(appointment=dose, starts=SERIES[1] + timedelta(days=1), why=Why.CLINIC_ASKED, **desk)

    preparation.refresh_from_db()
    assert preparation.wall_start == "2026-03-10T09:00"


def test_a_series_that_would_run_into_a_missing_hour_says_which_day(series, desk):
    half_past = [start + timedelta(minutes=30) for start in SERIES]
    _, dose, _ = series(*half_past)

    with pytest.raises(NotReady, match="Another visit of the series, then on 08 March: The clocks go forward"):
        actions.move_series(appointment=dose, starts=at("2026-03-10T02:30"), why=Why.CLINIC_ASKED, **desk)

    assert not AppointmentMove.objects.exclude(before="").exists()


# Ending


def test_a_visit_passes_through_its_states_each_with_a_row(book, desk, therapist):
    visit = book(kind=VisitKind.CONSULT)
    who = {"by": therapist, "role": Role.THERAPIST}

    actions.arrive(appointment=visit, **desk)
    actions.arrive(appointment=visit, **desk)
    actions.start(appointment=visit, **who)
    done = actions.complete(appointment=visit, **who)

    assert [(move.before, move.after) for move in visit.moves.all()] == [
        ("", "planned"), ("planned", "planned"), ("planned", "in_progress"), ("in_progress", "completed"),
    ]  # fmt: skip
    assert done.arrived_at <= done.started_at <= done.finished_at
    for act in (actions.start, actions.complete):
        with pytest.raises(NotReady, match="This visit is completed"):
            act(appointment=visit, **who)
    with pytest.raises(NotReady, match="it does not move any more"):
        move_to(visit, desk)


def test_the_database_lets_no_visit_jump(book):
    visit = book()
    visit.state = VisitState.COMPLETED

    with pytest.raises(DatabaseError, match="a visit does not go from planned to completed"), transaction.atomic():
        visit.save()


def test_nobody_misses_a_visit_that_has_not_begun(book, desk, today):
    visit = book()

    with pytest.raises(NotReady, match="has not begun yet"):
        actions.miss(appointment=visit, why=Why.NOT_REACHED, **desk)
    today.move_to("2026-03-09T10:20-04:00")
    missed = actions.miss(appointment=visit, why=Why.NOT_REACHED, **desk)

    assert missed.state == VisitState.NO_SHOW
    task = Task.objects.get(source_ref=visit.ref)
    assert (task.kind, task.owner_role) == ("rebook", "therapist")
    assert task.due_at - timezone.now() < timedelta(days=1, minutes=1)


def test_cancelling_a_dose_calls_its_day_off(book, desk):
    visit = book(kind=VisitKind.DOSING, minutes=180)

    actions.cancel(appointment=visit, why=Why.PATIENT_ILL, **desk)

    dosing = DosingSession.objects.get(appointment=visit)
    assert dosing.state == DosingState.ABORTED
    assert dosing.moves.last().reason == "The patient is ill"


def test_what_happens_later_is_not_written_down_now(book, therapist):
    with pytest.raises(NotReady, match="This lies in the future"):
        actions.start(appointment=book(), by=therapist, role=Role.THERAPIST, at=timezone.now() + timedelta(minutes=5))


# Preparation


def test_what_was_prepared_is_a_row_each_time_and_the_newest_holds(book, course, therapist):
    visit = book()
    actions.write_preparation(course=course, appointment=visit, by=therapist, intention="Meet my grief")

    newer = actions.write_preparation(
        course=course, appointment=visit, by=therapist, intention="Rest", safety_plan={"coping": " Walk ", "people": ""}
    )
    again = actions.write_preparation(
        course=course, appointment=visit, by=therapist, intention="Rest", safety_plan={"coping": "Walk"}
    )

    assert selectors.newest_preparation(course) == newer == again
    assert (newer.safety_plan, course.preparations.count()) == ({"coping": "Walk"}, 2)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        newer.save()


@pytest.mark.parametrize("said", [{}, {"intention": "  "}, {"safety_plan": {"coping": " "}}])
def test_nothing_prepared_is_not_written_down(book, course, therapist, said):
    with pytest.raises(NotReady, match="at least one thing"):
        actions.write_preparation(course=course, appointment=book(), by=therapist, **said)


def test_a_preparation_is_completed_once_it_is_written_down(book, course, therapist):
    visit, who = book(), {"by": therapist, "role": Role.THERAPIST}
    actions.start(appointment=visit, **who)
    with pytest.raises(NotReady, match="Write down what was prepared first"):
        actions.complete(appointment=visit, **who)
    actions.write_preparation(course=course, appointment=visit, by=therapist, stop_word="Harbour")

    done = actions.complete(appointment=visit, **who)

    assert selectors.preparations_done(course) == [(1, done.finished_at)]


def test_a_preparation_of_another_course_or_a_closed_one_is_refused(book, course, second, therapist):
    with pytest.raises(NotReady, match="belongs to another course"):
        actions.write_preparation(course=second["course"], appointment=book(), by=therapist, intention="Rest")
    factories.course_at(course.patient, Stage.ENDED_EARLY, by=therapist)
    with pytest.raises(NotReady, match="This course is closed"):
        actions.write_preparation(course=course, by=therapist, intention="Rest")


# What comes next


def test_the_next_visit_is_the_one_that_goes_on_or_comes_first(book, patient, second, today):
    later, first = book(starts=MONDAY + timedelta(days=2)), book()
    book(**second, starts=MONDAY + timedelta(days=1))

    assert selectors.next_visit(patient) == first
    assert set(selectors.next_visits([patient.pk, second["patient"].pk, 0])) == {patient.pk, second["patient"].pk}
    today.move_to("2026-03-09T10:30-04:00")
    assert selectors.next_visit(patient) == first
    today.move_to("2026-03-09T11:30-04:00")
    assert selectors.next_visit(patient) == later


def test_a_day_is_the_clinics_day_also_when_the_clocks_change(book, clinic, second):
    first = book(starts=at("2026-03-08T00:00"), minutes=30)
    last = book(starts=at("2026-03-08T23:30"), minutes=30)
    book(**second, starts=at("2026-03-09T00:00"), minutes=30)

    begin, end = selectors.day_span(date(2026, 3, 8), clinic.zone)
    assert end - begin == timedelta(hours=23)
    assert selectors.day(clinic, date(2026, 3, 8)) == [first, last]


# Many at once


def test_two_hundred_who_book_at_once_overlap_nowhere(fresh_db):
    report = bookings.trial(200, seed=7, zones=("America/New_York", "Australia/Lord_Howe"))

    assert report.broken == []
    assert report.figures["overlaps"] == 0
    assert sum(count for name, count in report.injected.items() if name.startswith("one_visit")) > 20
    assert report.figures["booked"] > 10
