"""The whole way in one journey: from the first call to a completed course, its summary and its row in the report.

Admin, therapist, prescriber, medical director, nurse and patient, each on a device of their own, over four weeks of a
clock that is moved on. The acts up to enrolment stand in `deciding.py`, those of the dose day in `dose_day.py`.
"""

import csv
import re
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from integration.papers.tasks import render_papers
from kap_clinic.documents.models import StoredDocument
from kap_clinic.wall import as_clinic
from patients.course.terms import Stage
from screening.measures import instrument
from sessions.dosing.models import DosingSession
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind
from tests import factories, papers
from tests.journeys import deciding, dose_day
from tests.journeys.deciding import PHONE, House, course_of, records
from tests.journeys.dose_day import Room
from tests.journeys.steps import write_the_plan_and_start_closing
from tests.patients import consents
from tests.sessions import gates

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIRST_CALL = "2026-11-10T09:00-05:00"
PREPARATION = "2026-11-17T10:00-05:00"
DOSE_DAY = "2026-11-24T09:30-05:00"
DAY_AFTER = "2026-11-25T10:00-05:00"
WEEK_AFTER = "2026-12-01T17:00-05:00"
REVIEW = "2026-12-02T11:00-05:00"
INTENTION = "Meet the grief"
AT_THE_END = {"phq-9": {f"phq9.{item}": 1 for item in (1, 3, 4)}, "gad-7": {}, "kap-bladder": {}, "kap-craving": {}}
RATED = {"cgi-s": {"cgis.1": 2}, "cgi-i": {"cgii.1": 2}}
ROW = {
    "Patient": "LINDQVIST, Maya", "Stage": "Completed", "First dose": "2026-11-24", "Doses": "1", "Total mg": "45.0",
    "Baseline": "9.0", "Current": "3.0", "Change": "-6", "Percent decrease": "66.7", "Response": "not applicable",
    "Remission": "yes", "Integration overdue": "0",
}  # fmt: skip
STOPS_BECAUSE = "The score fell by two thirds, the goals are met, nothing more is asked for."


@pytest.fixture
def clock(frozen):
    return frozen(FIRST_CALL, tick=True)


@pytest.fixture
def house(
    clock, page, another_device, live_server, axe, clinic, admin, therapist, prescriber, medical_director, nurse,
    safety_officer,
) -> House:  # fmt: skip
    """Harbour Clinic has approved its texts and has a dosing room; it cares for a Maja born on the same day as Maya."""
    factories.patient(clinic, by=therapist, family_name="Lindqvist", given_name="Maja")
    factories.room(clinic, "Dosing room", is_dosing_room=True)
    with as_clinic(clinic.pk):
        consents.ready(clinic, admin=admin, director=medical_director)
    people = SimpleNamespace(
        admin=admin, therapist=therapist, prescriber=prescriber, director=medical_director, nurse=nurse
    )
    return House(live_server.url, clinic, page, people, another_device, axe)


def test_the_whole_way(house, clock, another_device, axe, expect_console):
    expect_console.append("status of 422")  # what is refused on purpose
    from_the_first_call_to_enrolment(house)

    admin_books_three_visits(house)
    therapist_adds_who_to_call_and_who_takes_home(house)
    therapist_starts_preparation(house)
    clock.move_to(datetime.fromisoformat(PREPARATION))
    therapist_prepares(house)
    prescriber_orders_and_starts_the_series(house)

    clock.move_to(datetime.fromisoformat(DOSE_DAY), tick=False)
    the_dose_day(Room(house.site, team_of(house), dosing_of(house), clock, another_device), axe, expect_console)

    clock.move_to(datetime.fromisoformat(DAY_AFTER), tick=True)
    therapist_calls_and_integrates(house)
    clock.move_to(datetime.fromisoformat(WEEK_AFTER))
    patient_answers_once_more(house)
    therapist_rates(house)

    clock.move_to(datetime.fromisoformat(REVIEW))
    prescriber_stops_and_starts_closing(house)
    therapist_writes_the_letter_and_completes(house)
    then_the_summary_tells_the_way(house)
    then_the_prescriber_finds_the_row_in_the_report(house)


def from_the_first_call_to_enrolment(house) -> None:
    deciding.admin_registers_and_opens_the_course(house)
    deciding.patient_signs_the_privacy_consent_on_the_tablet(house)
    deciding.therapist_checks_the_identity_and_admin_begins_intake(house)
    deciding.then_the_course_is_at_intake(house)
    deciding.therapist_records_the_baseline(house)
    deciding.patient_answers_on_the_phone(house)
    deciding.therapist_closes_the_task(house)
    deciding.then_the_baseline_and_the_outcome_stand(house)
    deciding.therapist_fills_and_submits_the_intake(house)
    deciding.prescriber_asks_for_more(house)
    deciding.therapist_answers_in_a_new_version(house)
    deciding.then_the_course_went_back_and_forth(house)
    deciding.prescriber_sets_the_stop_aside(house)
    deciding.director_signs_as_the_second_person(house)
    deciding.prescriber_approves_with_a_limit(house)
    deciding.then_the_patient_is_eligible(house)
    deciding.the_other_consents_are_signed(house)
    deciding.prescriber_enrols(house)
    deciding.then_the_move_holds_its_evidence(house)
    deciding.then_the_trail_names_everybody_in_their_role(house)


# Booked, prepared, ordered


def admin_books_three_visits(house) -> None:
    page = house.at(house.people.admin, f"/schedule/new/{ref_of(house)}/series/?on=2026-11-24&at=10:00")
    before = page.get_by_role("group", name="Visit A")
    before.get_by_label("Day").fill("2026-11-17")
    people = page.get_by_role("group", name="Who is in the visit")
    people.get_by_label(f"{house.people.therapist.name}, therapist").check()
    people.get_by_label(f"{house.people.nurse.name}, nurse").check()
    house.axe(page)
    page.get_by_role("button", name="Book all three").click()
    with as_clinic(house.clinic.pk):
        booked = Appointment.objects.filter(patient=house.patient).order_by("starts_at")
        assert [(visit.kind, visit.wall_start) for visit in booked] == [
            ("preparation", "2026-11-17T10:00"),
            ("dosing", "2026-11-24T10:00"),
            ("integration", "2026-11-25T10:00"),
        ]
        gates.liver_tests(house.patient, by=house.people.therapist)


def therapist_starts_preparation(house) -> None:
    moves_on(house, house.people.therapist, "Start preparation", "preparation")


def therapist_adds_who_to_call_and_who_takes_home(house) -> None:
    for kind in ("Emergency contact", "Escort home"):
        page = house.at(house.people.therapist, house.of_patient("contacts/new/"))
        page.get_by_text(kind, exact=True).click()
        page.get_by_role("textbox", name="Name").fill("Ada Berg")
        page.get_by_role("textbox", name="Phone").fill("617 555 0101")
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Contacts and escorts")).to_contain_text("Ada Berg")


def moves_on(house, who, button, stage) -> None:
    page = house.at(who, course_of(house))
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text(f"The course is now at {stage}.")).to_be_visible()


def therapist_prepares(house) -> None:
    page = house.at(house.people.therapist, f"/schedule/{visit_of(house, VisitKind.PREPARATION).ref}/preparation/")
    page.get_by_role("button", name="Start the visit").click()
    page.get_by_label("A new goal").fill("To see friends again")
    page.get_by_role("textbox", name="Intention").fill(INTENTION)
    page.get_by_role("textbox", name="Music").fill("Piano, no voices")
    house.axe(page)
    page.get_by_role("button", name="Write down and complete the visit").click()
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()


def prescriber_orders_and_starts_the_series(house) -> None:
    page = house.at(house.people.prescriber, house.of_patient("orders/"))
    page.get_by_role("link", name="New dose order").click()
    page.get_by_role("radio", name="Intramuscular").check()
    page.get_by_role("textbox", name="Dose", exact=True).fill("35")
    page.get_by_role("radio", name="mg", exact=True).check()
    page.get_by_role("textbox", name="Booster").fill("10")
    page.get_by_role("textbox", name="Earliest after the dose").fill("30")
    page.get_by_role("textbox", name="Sessions").fill("1")
    page.get_by_label("Until").fill("2026-12-10")
    page.get_by_role("button", name="Go on to sign").click()
    expect(page.get_by_text("Why the dose is above the limit")).to_have_count(0)
    house.axe(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed. It is in force.")).to_be_visible()
    moves_on(house, house.people.prescriber, "Start or resume the dosing series", "dosing series")


# The dose


def the_dose_day(room, axe, expect_console) -> None:
    dose_day.when_the_patient_arrives_and_all_but_the_escort_is_asked(room)
    dose_day.then_ready_is_refused_for_the_escort_and_the_pressure(room, axe)
    dose_day.when_the_escort_is_named(room)
    dose_day.then_ready_is_refused_for_the_pressure_alone(room)
    dose_day.when_the_prescriber_has_seen_the_pressure_and_signs(room)
    dose_day.when_the_nurse_gives_the_dose_and_the_therapist_looks(room)
    dose_day.then_the_clock_runs_from_the_dose(room)
    dose_day.when_the_pressure_is_high_once_and_the_therapist_acknowledges_it(room, axe)
    dose_day.then_the_next_reading_closes_the_alert(room)
    dose_day.when_the_booster_is_asked_for_too_early(room)
    dose_day.then_nothing_but_the_first_dose_was_given(room)
    dose_day.when_the_gap_is_over_and_the_patient_wishes_it(room)
    dose_day.then_two_doses_stand_in_the_log(room)
    dose_day.when_the_first_hour_of_the_booster_is_over(room)
    dose_day.when_every_item_of_leaving_is_looked_at(room, axe)
    dose_day.then_one_signature_lets_the_patient_go(room, axe)
    dose_day.then_the_session_moved_by_the_table(room, booked_by=room.team.admin)
    dose_day.then_two_people_sign_the_record(room, axe)
    room.put_away()


# After it


def therapist_calls_and_integrates(house) -> None:
    page = house.at(house.people.therapist, "/integration/due/")
    page.get_by_role("link", name=re.compile("Call")).first.click()
    page.get_by_text("Spoke with the patient").click()
    page.get_by_role("group", name="Is the patient safe?").get_by_text("Yes").click()
    page.get_by_role("button", name="Log the call").click()
    expect(page.get_by_text("Nobody is to be called.")).to_be_visible()

    page.goto(f"{house.site}/integration/{visit_of(house, VisitKind.INTEGRATION).ref}/")
    page.get_by_role("button", name="Start the visit").click()
    page.get_by_label("In the patient's words").fill("The water carried me.")
    page.get_by_text("Grief and loss").click()
    page.get_by_label(INTENTION).fill("It is love with nowhere to go.")
    page.get_by_label("A new practice").fill("Walk by the sea without the phone")
    page.get_by_label(re.compile("closing")).check()
    page.get_by_role("button", name="Write down and complete the visit").click()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()


def patient_answers_once_more(house) -> None:
    """A third of what it was, on the phone, four forms in one visit."""
    page = house.at(house.people.therapist, house.of_patient("links/"))
    page.get_by_role("link", name="Send a link").click()
    for name in AT_THE_END:
        page.get_by_label(f"{instrument(name).short_title}, ").check()
    page.get_by_label("Who looks at the answers").select_option(label=house.people.therapist.name)
    page.get_by_label("Until which day").fill("2026-12-02")
    page.get_by_label("Until what time").fill("12:00")
    page.get_by_role("button", name="Make the link").click()
    phone = house.in_hand(re.search(r"/p/.*", page.get_by_label("Address").input_value())[0], **PHONE)
    for name, some in AT_THE_END.items():
        phone.get_by_role("link", name="Start").first.tap()
        for item in instrument(name).items:
            phone.locator(f"main input[value='{some.get(item.link_id, 0)}']").check()
            phone.get_by_role("button", name="Continue").click()
        phone.get_by_role("button", name="Send my answers").tap()
    expect(phone.get_by_role("heading", name="Thank you, that is all")).to_be_visible()
    phone.context.close()


def therapist_rates(house) -> None:
    page = house.at(house.people.therapist, house.of_patient("measures/"))
    for name, answers in RATED.items():
        page.get_by_text("Record another measure").click()
        records(page, name, answers, link=instrument(name).short_title)


# The end


def prescriber_stops_and_starts_closing(house) -> None:
    page = house.at(house.people.prescriber)
    page.get_by_role("link", name="Review due").click()
    expect(page.get_by_text("PHQ-9 from 9 to 3, 66.7 % better")).to_be_visible()
    page.get_by_text("Stop and close").click()
    page.get_by_label("What it rests on").fill(STOPS_BECAUSE)
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.get_by_role("heading", name="Closing course 1")).to_be_visible()
    write_the_plan_and_start_closing(page)


def therapist_writes_the_letter_and_completes(house) -> None:
    page = house.at(house.people.therapist)
    page.get_by_role("link", name="Closing letter").click()
    page.get_by_label("Done").check()
    page.get_by_role("button", name="Close this task").click()
    page.goto(house.site + course_of(house).replace("/courses/", "/integration/closing/"))
    way = page.get_by_role("region", name="Complete the course")
    way.get_by_label("Completed, goals met").check()
    way.get_by_label("Handed over to").fill("Dr Reyes, family doctor")
    house.axe(page)
    way.get_by_role("button", name="Complete the course").click()
    expect(page.get_by_text("The course is completed.")).to_be_visible()
    with as_clinic(house.clinic.pk):
        assert house.patient.courses.get().stage == Stage.COMPLETED


def then_the_summary_tells_the_way(house) -> None:
    page = house.at(house.people.therapist, house.of_patient())
    page.get_by_role("button", name="Course summary").click()
    expect(page.get_by_text(re.compile("Course summary")).first).to_be_visible()
    render_papers()
    with as_clinic(house.clinic.pk):
        said = papers.text(StoredDocument.objects.filter(kind="summary").latest("id"))
    for words in (
        "LINDQVIST, Maya",
        "Depression that came back",
        "At most 55 mg in a session",
        "1 dose of 1 planned, 45 mg in all",
        "From 9 to 3",
        "164/98",
        "of it booster",
        "Walk by the sea without the phone",
        "Dr Reyes, in two weeks",
    ):
        assert words in said, f"{words} is not in: {said}"


def then_the_prescriber_finds_the_row_in_the_report(house) -> None:
    page = house.at(house.people.prescriber, "/reports/outcomes/")
    page.get_by_label("Why you need this file").fill("Yearly look at what became of the courses")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("Patient,"))
    [row] = csv.DictReader(lines[head:])
    assert {name: row[name] for name in ROW} == ROW


# What is asked of the house


def ref_of(house) -> str:
    with as_clinic(house.clinic.pk):
        return str(house.patient.ref)


def visit_of(house, kind) -> Appointment:
    with as_clinic(house.clinic.pk):
        return Appointment.objects.get(patient=house.patient, kind=kind)


def team_of(house) -> gates.Team:
    people = house.people
    return gates.Team(house.clinic, people.therapist, people.prescriber, people.nurse, people.admin, people.director)


def dosing_of(house) -> DosingSession:
    with as_clinic(house.clinic.pk):
        return DosingSession.objects.get(patient=house.patient)
