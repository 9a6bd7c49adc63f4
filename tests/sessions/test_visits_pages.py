"""The pages of the schedule: what each role sees, what forms take and say, and how it looks in a browser."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from patients.course.models import Goal
from sessions.visits import actions
from sessions.visits.models import Appointment
from sessions.visits.rules import from_text as at
from sessions.visits.terms import VisitKind, VisitState, Why
from tests import factories
from tests.people import signed_in
from tests.signin import signed_in_browser

pytestmark = pytest.mark.django_db
MONDAY = "2026-03-09"


@pytest.fixture(autouse=True)
def today(frozen):
    """Monday morning in New York."""
    return frozen("2026-03-09T08:30-04:00", tick=True)


@pytest.fixture
def visit(patient, therapist):
    """A dosing visit at ten with the therapist in Room 2."""
    return factories.booked(
        patient, VisitKind.DOSING, by=therapist, starts=at("2026-03-09T10:00"), minutes=180, note="Needs the lift"
    )


@pytest.fixture
def preparation(patient, therapist):
    return factories.booked(patient, by=therapist, starts=at("2026-03-09T10:00"))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def schedule(client, who, **asked):
    return signed_in(client, who).get(reverse("visits:schedule"), {"on": MONDAY, **asked})


def go(client, who, name, row, **said):
    there = reverse(f"visits:{name}", args=[row.ref])
    browser = signed_in(client, who)
    return browser.post(there, said) if said else browser.get(there)


# What each role sees


@pytest.mark.parametrize("view", ["day", "week", "list", "room"])
@pytest.mark.parametrize(
    ("role", "sees", "not_"),
    [
        ("therapist", ["LINDQVIST", "Dosing", "Alex Moreno"], ["Visit B"]),
        ("prescriber", ["LINDQVIST", "Dosing"], ["Visit B"]),
        ("front_desk", ["LINDQVIST", "Visit B"], ["Dosing"]),
        ("admin", ["LINDQVIST", "Visit B"], ["Dosing"]),
        ("medical_director", ["Busy"], ["LINDQVIST", "Visit B"]),
        ("nurse", ["Busy"], ["LINDQVIST", "Visit B"]),
        ("auditor", ["Visit B"], ["LINDQVIST", "Dosing"]),
    ],
)
def test_each_role_sees_as_much_as_it_may(request, client, visit, view, role, sees, not_):
    response = schedule(client, request.getfixturevalue(role), view=view)

    shown = re.split(r" P Preparation | A Visit A ", text_of(response))[0]  # the legend names every kind
    assert response.status_code == 200
    assert [word for word in sees if word not in shown] == []
    assert [word for word in not_ if word in shown] == []


def test_who_is_not_on_the_team_learns_when_a_room_is_taken_and_by_whom(client, visit, medical_director):
    body = text_of(schedule(client, medical_director))

    assert "10:00 to 13:00" in body
    assert "Alex Moreno" in body


def test_a_nurse_who_is_in_the_visit_knows_whom_they_meet(client, patient, therapist, nurse):
    factories.booked(patient, VisitKind.DOSING, by=therapist, starts=at("2026-03-09T10:00"), minutes=180,
                     staff=[(therapist, Role.THERAPIST), (nurse, Role.NURSE)])  # fmt: skip

    body = text_of(schedule(client, nurse))

    assert "LINDQVIST" in body
    assert "Visit B" in body


def test_the_safety_officer_has_no_schedule(client, visit, safety_officer):
    assert schedule(client, safety_officer).status_code == 403


@pytest.mark.parametrize(
    ("role", "sees", "not_"),
    [
        ("therapist", ["Dosing", "Needs the lift", "Open chart", "Move to"], ["shown to the care team"]),
        ("front_desk", ["Visit B", "Needs the lift", "Move to", "Arrived"], ["Dosing"]),
        (
            "medical_director",
            ["Busy", "shown to the care team", "Alex Moreno"],
            ["Needs the lift", "LINDQVIST", "Move to"],
        ),
        ("auditor", ["Visit B"], ["LINDQVIST", "Move to"]),
    ],
)
def test_the_page_of_a_visit_says_as_much_as_each_may_know(request, client, visit, role, sees, not_):
    response = go(client, request.getfixturevalue(role), "visit", visit)

    body = text_of(response)
    assert response.status_code == 200
    assert [word for word in sees if word not in body] == []
    assert [word for word in not_ if word in body] == []


def test_another_clinics_visit_is_not_there(client, visit, stranger):
    assert go(client, stranger, "visit", visit).status_code == 404


def test_opening_is_audited_with_the_view_and_the_day(client, visit, therapist):
    schedule(client, therapist, view="week")
    go(client, therapist, "visit", visit)

    assert AuditEvent.objects.get(event="schedule.opened").facts == {"view": "week", "day": MONDAY}
    assert AuditEvent.objects.get(event="visit.opened").patient_ref == str(visit.patient.ref)


@pytest.mark.parametrize(
    "asked", [{"view": "x"}, {"on": "0001-01-01"}, {"on": "9999-12-31"}, {"on": "\x00"}, {"room": "x", "view": "room"}]
)
def test_an_address_that_makes_no_sense_shows_a_schedule(client, visit, therapist, asked):
    for view in ("day", "week", "list", "room"):
        assert schedule(client, therapist, **({"view": view} | asked)).status_code == 200


def test_only_mine_leaves_out_the_visits_of_others(client, visit, prescriber, therapist):
    assert "LINDQVIST" not in text_of(schedule(client, prescriber, mine="1"))
    assert "LINDQVIST" in text_of(schedule(client, therapist, mine="1"))


def test_a_cancelled_visit_leaves_the_schedule(client, visit, front_desk):
    with as_clinic(visit.clinic_id):
        actions.cancel(appointment=visit, why=Why.PATIENT_ASKED, by=front_desk, role=Role.FRONT_DESK)

    assert "LINDQVIST" not in text_of(schedule(client, front_desk))


@pytest.mark.parametrize("view", ["day", "week", "list"])
def test_more_visits_cost_no_more_queries(client, clinic, visit, therapist, view, django_assert_max_num_queries):
    schedule(client, therapist)

    def count():
        with django_assert_max_num_queries(60) as asked:
            client.get(reverse("visits:schedule"), {"on": MONDAY, "view": view})
        return len(asked)

    one = count()
    for number in range(4):
        other = factories.patient(clinic, by=therapist, team=(therapist,))
        factories.booked(other, by=therapist, starts=at(f"2026-03-09T{14 + number}:00"))
    assert count() == one
    assert one <= 18


# Booking


def booking(clinic, *people, **said):
    return {
        "kind": "preparation", "on": MONDAY, "at": "14:00", "minutes": "", "modality": "in_person",
        "room": str(factories.room(clinic).ref), "people": [f"{user.ref}:{role}" for user, role in people],
    } | said  # fmt: skip


def test_the_front_desk_books_a_visit_by_its_neutral_name(client, clinic, patient, therapist, front_desk):
    factories.course_at(patient, by=therapist)

    shown = go(client, front_desk, "book", patient)
    response = go(client, front_desk, "book", patient, **booking(clinic, (therapist, "therapist")))

    assert "Visit A" in text_of(shown)
    assert "Preparation" not in text_of(shown)
    made = Appointment.objects.get()
    assert response.url == reverse("visits:visit", args=[made.ref])
    assert (made.wall_start, made.wall_end, made.booked_by) == ("2026-03-09T14:00", "2026-03-09T15:00", front_desk)


def test_a_clash_is_said_by_name_and_what_was_typed_stays(client, clinic, visit, therapist, front_desk, admin):
    other = factories.patient(clinic, by=admin, family_name="Abebe")
    factories.course_at(other, by=therapist)
    park = factories.member(clinic, Role.THERAPIST, name="J. Park")

    said = booking(clinic, (park, "therapist"), at="12:30", note="Brings a dog")
    response = go(client, front_desk, "book", other, **said)

    body = response.content.decode()
    assert response.status_code == 422
    assert "Room 2 is held by Alex Moreno until 13:00" in body
    assert "LINDQVIST" not in body
    assert 'value="12:30"' in body
    assert "Brings a dog" in body


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"on": "2027-03-14", "at": "02:30"}, "there is no such time. Choose 03:30"),
        ({"on": "2026-03-06"}, "This time is over"),
        ({"people": []}, "Choose who is in the visit"),
        ({"people": ["x"]}, "Select a valid choice"),
        ({"room": ""}, "Choose a room"),
        ({"kind": ""}, "Choose the visit"),
        ({"on": "soon"}, "Enter a date"),
        ({"minutes": "99999999999999999999"}, "less than or equal to 480"),
    ],
)
def test_what_cannot_be_booked_comes_back_with_what_to_do(client, clinic, patient, therapist, said, words):
    factories.course_at(patient, by=therapist)

    response = go(client, therapist, "book", patient, **(booking(clinic, (therapist, "therapist")) | said))

    assert response.status_code == 422
    assert words in text_of(response)
    assert not Appointment.objects.exists()


def test_an_hour_that_comes_twice_is_asked_for_in_the_form(client, clinic, patient, therapist):
    factories.course_at(patient, by=therapist)
    said = booking(clinic, (therapist, "therapist"), on="2026-11-01", at="01:30")

    asked = go(client, therapist, "book", patient, **said)
    later = go(client, therapist, "book", patient, **said, which="1")

    assert asked.status_code == 422
    assert "Earlier: 01:30 EDT (UTC-04:00)" in text_of(asked)
    assert later.status_code == 302
    assert Appointment.objects.get().starts_at.isoformat() == "2026-11-01T06:30:00+00:00"


def test_a_therapist_books_only_for_their_own_patients(client, clinic, patient):
    other = factories.member(clinic, Role.THERAPIST, name="J. Park")

    assert go(client, other, "book", patient).status_code == 403


def test_the_search_leads_to_the_booking_form_and_takes_along_where(client, patient, front_desk):
    where = reverse("desk:book_for_whom") + f"?on={MONDAY}&at=11:30"

    response = signed_in(client, front_desk).post(where, {"q": "Lindq"})

    assert f"{reverse('visits:book', args=[patient.ref])}?on={MONDAY}&amp;at=11%3A30" in response.content.decode()


def test_a_series_is_proposed_changed_and_booked(client, clinic, patient, therapist):
    factories.course_at(patient, by=therapist)
    room = factories.room(clinic)
    there = reverse("visits:book_series", args=[patient.ref])

    shown = signed_in(client, therapist).get(there, {"on": "2026-03-19", "at": "10:00"})
    proposed = {part.prefix: part.initial for _, _, part in shown.context["parts"]}
    said = {
        f"{p}-{name}": str(value)[:5] if name == "at" else value
        for p, one in proposed.items()
        for name, value in one.items()
    }
    response = client.post(there, said | {"people": [f"{therapist.ref}:therapist"], "i-on": "2026-03-21"})

    assert [str(proposed[prefix]["on"]) for prefix in "pdi"] == ["2026-03-17", "2026-03-19", "2026-03-20"]
    assert response.status_code == 302
    assert [(visit.kind, visit.wall_start) for visit in Appointment.objects.all()] == [
        ("preparation", "2026-03-17T10:00"), ("dosing", "2026-03-19T10:00"), ("integration", "2026-03-21T10:00"),
    ]  # fmt: skip
    assert Appointment.objects.filter(room=room).count() == 3


def test_each_part_of_a_series_says_what_it_needs(client, patient, therapist):
    factories.course_at(patient, by=therapist)
    there = reverse("visits:book_series", args=[patient.ref])

    response = signed_in(client, therapist).post(there, {"p-on": "x"})

    assert response.status_code == 422
    assert text_of(response).count("Enter the day") >= 2
    assert "Choose who is in the visit" in text_of(response)


# Moving and ending


def moving(visit, *people, **said):
    room = str(visit.room.ref) if visit.room else ""
    return {
        "on": "2026-03-10", "at": "11:00", "minutes": "180", "modality": "in_person", "room": room,
        "people": [f"{user.ref}:{role}" for user, role in people], "why": "clinic_asked", "version": visit.version,
    } | said  # fmt: skip


def test_the_desk_moves_a_visit_with_a_form(client, visit, therapist, front_desk):
    response = go(client, front_desk, "move", visit, **moving(visit, (therapist, "therapist")))

    visit.refresh_from_db()
    assert response.status_code == 302
    assert visit.wall_start == "2026-03-10T11:00"
    assert "9 Mar 2026, 10:00, Room 2, Alex Moreno" in text_of(go(client, front_desk, "visit", visit))


def test_moving_without_a_reason_or_from_an_old_page_is_refused(client, visit, therapist, front_desk):
    no_reason = go(client, front_desk, "move", visit, **moving(visit, (therapist, "therapist"), why=""))
    go(client, front_desk, "move", visit, **moving(visit, (therapist, "therapist")))
    old = go(client, front_desk, "move", visit, **moving(visit, (therapist, "therapist"), version=1, at="15:00"))

    assert no_reason.status_code == old.status_code == 422
    assert "Choose why" in text_of(no_reason)
    assert "Theo Park changed this visit meanwhile" in text_of(old)


def test_a_therapist_moves_what_they_booked_and_no_other(client, visit, therapist, prescriber):
    assert go(client, therapist, "move", visit).status_code == 200
    assert go(client, prescriber, "move", visit).status_code == 403


@pytest.mark.parametrize(
    ("name", "why", "state"), [("cancel", "patient_ill", "cancelled"), ("miss", "not_reached", "no_show")]
)
def test_a_visit_ends_with_a_reason(client, visit, front_desk, today, name, why, state):
    today.move_to("2026-03-09T10:20-04:00")

    nothing = go(client, front_desk, name, visit, version=visit.version)
    done = go(client, front_desk, name, visit, version=visit.version, why=why)

    visit.refresh_from_db()
    assert (nothing.status_code, done.status_code, visit.state) == (422, 302, state)


def test_the_desk_is_not_told_of_a_safety_check(client, visit, front_desk, therapist):
    assert "A safety check" not in text_of(go(client, front_desk, "cancel", visit))
    assert "A safety check" in text_of(go(client, therapist, "cancel", visit))


def test_the_desk_sees_the_patient_come_and_the_therapist_runs_the_visit(client, preparation, front_desk, therapist):
    go(client, front_desk, "arrive", preparation, _="")
    go(client, therapist, "start", preparation, _="")
    refused = go(client, therapist, "complete", preparation, _="")

    preparation.refresh_from_db()
    assert preparation.state == VisitState.IN_PROGRESS
    assert preparation.arrived_at < preparation.started_at
    assert refused.status_code == 422
    assert "Write down what was prepared first" in text_of(refused)
    assert go(client, front_desk, "start", preparation, _="").status_code == 403


def test_a_dose_does_not_start_from_the_schedule(client, visit, therapist):
    response = go(client, therapist, "start", visit, _="")

    visit.refresh_from_db()
    assert (response.status_code, visit.state) == (422, VisitState.PLANNED)


# Preparation


def test_what_was_prepared_is_written_down_and_completes_the_visit(client, preparation, therapist):
    said = {
        "goal": "Sleep again",
        "intention": "Meet my grief",
        "stop_word": "Harbour",
        "plan_coping": "Walk by the sea",
    }
    go(client, therapist, "start", preparation, _="")

    kept = go(client, therapist, "preparation", preparation, **said)
    done = go(client, therapist, "preparation", preparation, **(said | {"goal": "", "complete": "1"}))

    preparation.refresh_from_db()
    assert kept.url == reverse("visits:preparation", args=[preparation.ref])
    assert (done.status_code, preparation.state) == (302, VisitState.COMPLETED)
    assert Goal.objects.get().text == "Sleep again"
    row = preparation.preparations.get()
    assert (row.intention, row.safety_plan) == ("Meet my grief", {"coping": "Walk by the sea"})


def test_a_preparation_begins_from_what_holds(client, preparation, therapist):
    with as_clinic(preparation.clinic_id):
        actions.write_preparation(
            course=preparation.course, appointment=preparation, by=therapist, music="Cello, never brass"
        )

    body = go(client, therapist, "preparation", preparation).content.decode()

    assert "Cello, never brass" in body
    assert "Touch not answered: no touch" in body
    assert f'name="_draft" value="preparation|{preparation.ref}"' in body


def test_nothing_prepared_is_refused_and_other_visits_have_no_preparation(client, preparation, clinic, therapist):
    other = factories.patient(clinic, by=therapist, team=(therapist,))
    dose = factories.booked(other, VisitKind.DOSING, by=therapist, starts=at("2026-03-12T10:00"))

    assert go(client, therapist, "preparation", preparation, goal="").status_code == 422
    assert go(client, therapist, "preparation", dose).status_code == 404


# In a browser


@pytest.fixture
def full_day(live_server, clinic, therapist, prescriber):
    """Two rooms, a dose, a preparation by video and a visit of somebody else's patient."""
    rooms = [factories.room(clinic, name) for name in ("Room 1", "Room 2")]
    for name, kind, hour, minutes, by in (
        ("Lindqvist", VisitKind.DOSING, 9, 180, therapist),
        ("Abebe", VisitKind.PREPARATION, 13, 30, therapist),
        ("Tanaka", VisitKind.CONSULT, 11, 45, prescriber),
    ):
        patient = factories.patient(clinic, by=by, team=(by,), family_name=name)
        course = factories.course_at(patient, by=therapist)
        role = Role.THERAPIST if by == therapist else Role.PRESCRIBER
        factories.booked(
            patient, kind, by=by, course=course, starts=at(f"2026-03-09T{hour:02d}:00"), minutes=minutes,
            room=rooms[kind == VisitKind.CONSULT], staff=[(by, role)],
        )  # fmt: skip
    return live_server


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_schedule_holds_in_a_browser(full_day, context, page, axe, therapist, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    signed_in_browser(context, full_day.url, therapist)
    for view in ("day", "week", "list", "room"):
        page.goto(f"{full_day.url}/schedule/?view={view}&on={MONDAY}")
        axe(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{view} is {wide} px wider than the window"


@pytest.mark.browser
def test_a_visit_is_moved_by_keyboard_alone(full_day, context, page, therapist):
    signed_in_browser(context, full_day.url, therapist)
    page.goto(f"{full_day.url}/schedule/?on={MONDAY}")
    page.get_by_role("link", name="LINDQVIST").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Move to").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Time").fill("09:30")
    page.get_by_label("The patient asked").press("Space")
    page.get_by_role("button", name="Move").press("Enter")

    expect(page.get_by_text("09:30 to 12:30").first).to_be_visible()


def test_a_visit_of_three_days_hence_is_the_next_one(patient, therapist, today):
    visit = factories.booked(patient, by=therapist)

    assert visit.starts_at - visit.booked_at > timedelta(days=2)
