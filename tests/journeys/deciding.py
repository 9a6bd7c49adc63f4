"""The acts from the first call to enrolment, as five people make them in a browser.

The admin registers, the patient signs and answers on a tablet and a phone, the therapist records, the prescriber and
the medical director decide. After each act the record is asked what it holds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from playwright.sync_api import Page, expect

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from patients.consents.models import Consent
from patients.consents.terms import ConsentKind, State
from patients.course.models import CourseMove
from patients.models import Patient, Task
from patients.record.days import today_in
from patients.tasks.terms import Outcome
from screening import eligibility
from screening.measures import instrument
from screening.models import MeasureResponse, Override, Review, Screening
from screening.terms import Decision, MeasureEntry, ScreeningState
from tests.journeys.steps import (
    answer,
    answer_section,
    answer_until,
    draw_a_name,
    link_made_at_desk,
    save_section,
    takes_nothing,
)
from tests.patients import consents
from tests.screening.recorded import case
from tests.signin import signed_in_browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
ASKED = "Ask the neurologist for a view on the pressure in the head."
WHY = "The neurologist writes that the pressure has been normal since the shunt of 2019."
PLAN = "Dose stays low; headache or vomiting ends the session and goes to neurology."
FOUND = "A passing thought, no plan and no means; the safety plan is written and with the patient."
BASELINE = {
    "phq-9": {f"phq9.{item}": 1 for item in range(1, 11)},
    "pc-ptsd-5": {"pcptsd5.gate": 0},
    "audit-c": {"auditc.1": 1, "auditc.2": 0, "auditc.3": 0},
    "asq": {f"asq.{item}": 0 for item in range(1, 5)},
}


@dataclass
class House:
    """The clinic with its people, one browser that they take turns at, and devices for the patient."""

    site: str
    clinic: Clinic
    page: Page
    people: SimpleNamespace
    device: Callable[..., Any]
    axe: Callable[[Page], None]

    def at(self, who: User, path: str = "/") -> Page:
        """Somebody signs in and opens a page."""
        signed_in_browser(self.page.context, self.site, who)
        self.page.goto(self.site + path)
        return self.page

    def in_hand(self, address: str, **device: Any) -> Page:
        """The patient opens a link on a device and shows by their birth date that it is them."""
        page: Page = self.device(**device).new_page()
        page.goto(self.site + address)
        page.get_by_label("Your date of birth").fill("1987-03-14")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Hello Maya")).to_be_visible()
        return page

    def of_patient(self, rest: str = "") -> str:
        with as_clinic(self.clinic.pk):
            return f"/patients/{self.patient.ref}/{rest}"

    @property
    def patient(self) -> Patient:
        return Patient.objects.get(given_name="Maya")

    @property
    def today(self) -> date:
        return today_in(self.clinic.zone)


# Registered, signed, at intake


def admin_registers_and_opens_the_course(house) -> None:
    page = house.at(house.people.admin, "/patients/new/")
    page.get_by_role("textbox", name="Given name").fill("Maya")
    page.get_by_role("textbox", name="Family name").fill("Lindqvist")
    page.locator("input[type=date]").fill("1987-03-14")
    page.get_by_role("button", name="Register").click()
    alike = page.get_by_role("alert").filter(has_text="Is this the same person?")
    expect(alike).to_contain_text("LINDQVIST, Maja")
    house.axe(page)
    page.get_by_role("textbox", name="Why is this another person?").fill("Another given name, another address")
    page.get_by_role("button", name="Register anyway").click()
    expect(page.get_by_role("heading", name="LINDQVIST, Maya", level=1)).to_be_visible()
    for who in (house.people.therapist, house.people.prescriber):
        joins_the_team(page, who)
    page.get_by_role("button", name="Open a course").click()
    expect(page.get_by_role("button", name="Begin intake")).to_be_disabled()
    expect(page.get_by_text("The privacy consent is not signed.")).to_be_visible()
    house.axe(page)


def joins_the_team(page, who) -> None:
    page.get_by_role("link", name="Add to the care team").click()
    page.get_by_label("Who joins").select_option(label=who.name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("region", name="Care team")).to_contain_text(who.name)


def patient_signs_the_privacy_consent_on_the_tablet(house) -> None:
    page = house.at(house.people.admin, house.of_patient("consents/"))
    page.get_by_role("link", name="Prepare the privacy consent").click()
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="Give to the patient").click()
    expect(page.get_by_text("Not signed yet", exact=True)).to_be_visible()
    page.goto(house.site + house.of_patient("links/"))
    address = link_made_at_desk(page, "Privacy consent, to read and sign")

    tablet = house.in_hand(address, **TABLET)
    tablet.get_by_role("link", name="Start").tap()
    reads_and_understands(house, tablet)
    house.axe(tablet)
    signs(tablet)
    with as_clinic(house.clinic.pk):
        assert Consent.objects.get().state == State.SIGNED
    tablet.context.close()


def reads_and_understands(house, tablet) -> None:
    with as_clinic(house.clinic.pk):
        consent = Consent.objects.select_related("text").get()
    for number in range(1, len(consent.sections) + 1):
        expect(tablet.get_by_text(f"Part {number} of {len(consent.sections)}")).to_be_visible()
        tablet.get_by_role("button", name="Continue").tap()
    for question in consent.text.questions:
        answer(tablet, question["answers"][question["right"]])
    expect(tablet.get_by_role("heading", name="Sign: ")).to_be_visible()


def signs(tablet) -> None:
    tablet.get_by_label("I agree to read and sign on a screen").check()
    tablet.get_by_label("I am clear-headed now").check()
    tablet.get_by_label("Type your full name").fill("Maya Lindqvist")
    draw_a_name(tablet)
    tablet.get_by_role("button", name="I agree and sign").tap()
    expect(tablet.get_by_role("heading", name="Your copy")).to_be_visible()


def therapist_checks_the_identity_and_admin_begins_intake(house) -> None:
    page = house.at(house.people.therapist, course_of(house))
    page.get_by_label("Identity checked on").fill(house.today.isoformat())
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_label("Identity checked on")).to_have_value(house.today.isoformat())
    page = house.at(house.people.admin, course_of(house))
    page.get_by_role("button", name="Begin intake").click()
    expect(page.get_by_text("The course is now at intake.")).to_be_visible()


def course_of(house) -> str:
    with as_clinic(house.clinic.pk):
        return f"/courses/{house.patient.courses.get().ref}/"


def then_the_course_is_at_intake(house) -> None:
    assert moves(house) == [("", "inquiry", "admin"), ("inquiry", "intake", "admin")]
    assert trail(house, "consent.signed") == ["patient"]
    assert trail(house, "course.enrolment_noted") == ["therapist"]


# The baseline, and the task of item 9


def therapist_records_the_baseline(house) -> None:
    page = house.at(house.people.therapist, house.of_patient("measures/"))
    house.axe(page)
    for name, answers in BASELINE.items():
        records(page, name, answers)
        if name == "phq-9":
            then_its_task_stands_on_today(house)
            page.goto(house.site + house.of_patient("measures/"))


def records(page, name, answers, *, link="") -> None:
    """`link`: what the measure is called where it is not due."""
    form = instrument(name)
    page.get_by_role("link", name=link or f"Record {form.short_title}", exact=True).first.click()
    for item, value in answers.items():
        page.locator(f"main input[name='a_{item.replace('.', '__')}'][value='{value}']").check()
    page.get_by_role("button", name=f"Save {form.short_title}").click()
    expect(page.get_by_role("link", name=f"Record {form.short_title}")).to_be_visible()
    page.get_by_role("link", name="All measures").click()


def then_its_task_stands_on_today(house) -> None:
    house.page.goto(house.site)
    task = house.page.get_by_role("region", name="Safety first")
    expect(task).to_contain_text("PHQ-9: item 9 is above 0")
    expect(task).to_contain_text("LINDQVIST, Maya")
    house.axe(house.page)


def patient_answers_on_the_phone(house) -> None:
    page = house.at(house.people.therapist, house.of_patient("links/"))
    address = link_made_at_desk(page, "GAD-7, Generalized Anxiety Disorder 7-item scale")

    phone = house.in_hand(address, **PHONE)
    phone.get_by_role("link", name="Start").tap()
    for number, item in enumerate(instrument("gad-7").items, start=1):
        expect(phone.get_by_text(f"Question {number} of 7")).to_be_visible()
        expect(phone.get_by_role("heading", level=1)).to_contain_text(item.text)
        if number == 1:
            house.axe(phone)
            assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        answer(phone, "Several days")
    phone.get_by_role("button", name="Send my answers").tap()
    expect(phone.get_by_role("heading", name="Thank you, that is all")).to_be_visible()
    phone.context.close()


def therapist_closes_the_task(house) -> None:
    page = house.at(house.people.therapist, "/safety/")
    page.get_by_role("link", name=re.compile("item 9 is above 0")).click()
    house.axe(page)
    page.get_by_label("Assessed: safety plan made").check()
    page.get_by_role("button", name="Close this task").click()
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text("Write what you found")
    page.get_by_label("What you found and did").fill(FOUND)
    page.get_by_role("button", name="Close this task").click()
    expect(page.get_by_text("Closed: PHQ-9: item 9 is above 0.")).to_be_visible()


def then_the_baseline_and_the_outcome_stand(house) -> None:
    with as_clinic(house.clinic.pk):
        task = Task.objects.get()
        assert (task.flag, task.outcome, task.closed_by) == (
            "phq9.item9.any",
            Outcome.SAFETY_PLAN,
            house.people.therapist,
        )
        answered = MeasureResponse.objects.filter(complete=True)
        totals = {name: int(total) for name, total in answered.exclude(total=None).values_list("instrument", "total")}
        assert set(answered.values_list("instrument", flat=True)) == {*BASELINE, "gad-7"}
        assert (totals["phq-9"], totals["gad-7"], totals["audit-c"]) == (9, 7, 1)
        phone = answered.get(instrument="gad-7")
        assert (phone.entry, phone.recorded_by) == (MeasureEntry.LINK, None)
    assert trail(house, "task.closed") == ["therapist"]


# The screening: submitted, asked about, submitted again


def intake(**changes) -> dict:
    """The worked intake that is clear, but nobody knows whether the pressure in the head was ever raised."""
    return case("clear", raised_icp="unsure", **changes)["answers"]


def therapist_fills_and_submits_the_intake(house) -> None:
    page = house.at(house.people.therapist, house.of_patient())
    page.get_by_role("button", name="Start screening").click()
    answer_until(page, "medicines_taken", intake())
    takes_nothing(page)
    save_section(page)
    answer_until(page, "vitals", intake())
    measures_vitals(page)
    expect(page.get_by_role("region", name="What the rules found")).to_contain_text("Raised pressure in the head")
    house.axe(page)
    submits(page)


def measures_vitals(page) -> None:
    page.get_by_role("textbox", name="Blood pressure").fill("122/76")
    page.get_by_role("textbox", name="Pulse").fill("72")
    page.get_by_role("textbox", name="Weight").fill("68.4")
    page.get_by_role("radio", name="kg").check()
    save_section(page)


def submits(page) -> None:
    page.get_by_role("button", name="Submit to the prescriber").click()
    expect(page.get_by_text("Submitted. It is in the prescriber's queue.")).to_be_visible()


def prescriber_asks_for_more(house) -> None:
    page = opens_the_review(house)
    house.axe(page)
    page.get_by_role("radio", name="Ask for more").check()
    page.get_by_role("textbox", name="Reason", exact=True).fill("Unsure is not enough for this one.")
    page.get_by_role("textbox", name=re.compile("^Conditions in words, what you ask for")).fill(ASKED)
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("Nothing waiting")).to_be_visible()


def opens_the_review(house) -> Page:
    page = house.at(house.people.prescriber, "/screening/reviews/")
    page.get_by_role("link", name=re.compile("LINDQVIST, Maya")).click()
    expect(page.get_by_role("heading", name="Findings and the rule behind each")).to_be_visible()
    return page


def therapist_answers_in_a_new_version(house) -> None:
    page = house.at(house.people.therapist)
    page.get_by_role("region", name="Intakes to go on with").get_by_role("link", name=re.compile("LINDQVIST")).click()
    expect(page.get_by_text(ASKED)).to_be_visible()
    page.get_by_role("button", name="Correct it in a new version").click()
    answer_section(page, intake())
    save_section(page)
    sections = page.get_by_role("navigation", name="Sections of the screening")
    sections.get_by_role("link", name=re.compile("Head, organs")).click()
    answer_section(page, {"raised_icp": "yes"})
    save_section(page)
    sections.get_by_role("link", name=re.compile("^(open|complete)? ?Vital")).click()
    measures_vitals(page)
    expect(page.get_by_text("Still open")).to_have_count(0)
    submits(page)


def then_the_course_went_back_and_forth(house) -> None:
    assert moves(house)[2:] == [
        ("intake", "screening_review", "therapist"),
        ("screening_review", "intake", "prescriber"),
        ("intake", "screening_review", "therapist"),
    ]
    with as_clinic(house.clinic.pk):
        states = Screening.objects.order_by("version").values_list("state", flat=True)
        assert list(states) == [ScreeningState.SUPERSEDED, ScreeningState.SUBMITTED]
    assert trail(house, "screening.submitted") == ["therapist", "therapist"]


# The decision


def prescriber_sets_the_stop_aside(house) -> None:
    page = opens_the_review(house)
    page.get_by_text("Set this stop aside (two signatures)").click()
    aside = page.locator("form").filter(has=page.get_by_role("button", name="Sign the override"))
    aside.get_by_label("Reason").fill(WHY)
    aside.get_by_label("Risk plan").fill(PLAN)
    aside.get_by_role("button", name="Sign the override").click()
    expect(page.get_by_text("Override waits for a second signature")).to_be_visible()
    decides(page)
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text(
        "Raised pressure in the head: a stop without a valid override"
    )


def decides(page) -> None:
    """The caution seen, at most 55 mg: all that the prescriber has to say."""
    page.get_by_role("checkbox", name="I have seen this caution").check()
    limit = page.get_by_role("group", name="Condition 1", exact=True)
    limit.get_by_label("Upper mg").check()
    limit.get_by_label("Upper limit in a session").fill("55")
    page.get_by_role("radio", name="Approve with conditions").check()
    page.get_by_role("textbox", name="Reason", exact=True).fill(WHY)
    page.get_by_role("button", name="Sign", exact=True).click()


def director_signs_as_the_second_person(house) -> None:
    page = house.at(house.people.director)
    page.get_by_role("region", name="To sign as the second person").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Second signature: Raised pressure in the head")).to_be_visible()
    house.axe(page)
    page.get_by_role("button", name="Sign as the second person").click()
    expect(page.get_by_text("Signed as the second person.")).to_be_visible()


def prescriber_approves_with_a_limit(house) -> None:
    page = opens_the_review(house)
    expect(page.get_by_text("OVERRIDE", exact=True)).to_be_visible()
    decides(page)
    expect(page.get_by_text("Nothing waiting")).to_be_visible()


def then_the_patient_is_eligible(house) -> None:
    with as_clinic(house.clinic.pk):
        review = Review.objects.get(decision=Decision.APPROVE_WITH_CONDITIONS)
        assert review.conditions_in_words == ["At most 55 mg in a session, boosters included (any route)"]
        override = Override.objects.get()
        assert (override.made_by, override.seconded_by) == (house.people.prescriber, house.people.director)
        assert eligibility.standing(house.patient, house.today).eligible
    assert trail(house, "stop.overridden") == ["prescriber"]
    assert trail(house, "override.seconded") == ["medical_director"]
    assert trail(house, "screening.decided") == ["prescriber", "prescriber"]


# Consents and enrolment


def the_other_consents_are_signed(house) -> None:
    """Each is signed as the privacy consent was, and by staff."""
    with as_clinic(house.clinic.pk):
        for kind in (ConsentKind.TREATMENT, ConsentKind.FINANCIAL, ConsentKind.TOUCH):
            more = {"routes": ["im"]} if kind == ConsentKind.TREATMENT else {}
            signers = {"prescriber": house.people.prescriber, "therapist": house.people.therapist}
            consents.signed(house.patient, kind, **signers, **more)
    page = house.at(house.people.therapist, house.of_patient("consents/"))
    expect(page.get_by_text("Holds", exact=True)).to_have_count(len(ConsentKind))
    house.axe(page)


def prescriber_enrols(house) -> None:
    page = house.at(house.people.prescriber, course_of(house))
    expect(page.get_by_text("No live visit, by video or in person, is noted.")).to_be_visible()
    house.axe(page)
    page.get_by_role("textbox", name=re.compile("^Indication")).fill("Depression that came back")
    page.get_by_label("What was tried before, or declined").fill("Sertraline, bupropion, two years of talk therapy")
    page.get_by_label("Live visit on").fill(house.today.isoformat())
    page.get_by_label("Was it by video?").select_option("no")
    page.get_by_label("Prescription monitoring database checked on").fill(house.today.isoformat())
    page.get_by_label("Trauma history?").select_option("no")
    page.get_by_label("Preparation sessions planned").fill("1")
    page.get_by_label("Doses planned").fill("1")
    page.get_by_role("button", name="Save the plan").click()
    page.get_by_role("button", name="Enrol").click()
    expect(page.get_by_text("The course is now at enrolled.")).to_be_visible()
    expect(page.get_by_text("At most 55 mg in a session")).to_be_visible()


def then_the_move_holds_its_evidence(house) -> None:
    assert moves(house)[-1] == ("screening_review", "enrolled", "prescriber")
    with as_clinic(house.clinic.pk):
        evidence = CourseMove.objects.latest("id").evidence
        needed = ("eligible", "live_visit_done", "indication_noted", "monitoring_checked")
        assert {need: evidence[need] for need in needed} == dict.fromkeys(needed, "True")
        assert {kind: one.valid for kind, one in consents.selectors.standing(house.patient, house.today).items()} == (
            dict.fromkeys(ConsentKind, True)
        )


def then_the_trail_names_everybody_in_their_role(house) -> None:
    roles = {
        event: trail(house, event)
        for event in ("patient.registered", "course.opened", "course.moved", "measure.recorded")
    }
    assert roles == {
        "patient.registered": ["admin"],
        "course.opened": ["admin"],
        "course.moved": ["admin", "therapist", "prescriber", "therapist", "prescriber"],
        "measure.recorded": ["therapist", "therapist", "therapist", "therapist", "patient_link"],
    }


# What the record holds


def moves(house) -> list[tuple[str, str, str]]:
    """Each move of the course: from, to, in which role."""
    with as_clinic(house.clinic.pk):
        return list(CourseMove.objects.order_by("id").values_list("before", "after", "role"))


def trail(house, event: str) -> list[str]:
    """In which roles this was done to the patient's record, in order."""
    with as_clinic(house.clinic.pk):
        done = AuditEvent.objects.filter(event=event, patient_ref=str(house.patient.ref))
        return list(done.order_by("id").values_list("role", flat=True))
