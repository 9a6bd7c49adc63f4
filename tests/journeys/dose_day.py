"""The acts of a whole session by injection: three people with a tablet each, from arrival to the signed record."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import expect

from kap_clinic.wall import as_clinic
from sessions.discharge.models import Discharge, DischargeTick
from sessions.discharge.terms import DischargeItem
from sessions.dosing.actions import record_vitals
from sessions.dosing.models import Alert, Dose, DosingMove, DosingSession, Entry, VitalSigns
from sessions.gate.models import CheckAnswer
from tests.journeys.steps import choose, item, opened, prepare_dose, saved, when_the_identity_is_checked
from tests.sessions import leaving
from tests.signin import signed_in_browser

TABLET = {"width": 1180, "height": 820}
T0 = datetime.fromisoformat("2026-11-24T09:45-05:00")
ORDERED = {"boosters": 1, "booster_mg": Decimal(10), "booster_gap_minutes": 30}
GAP = "A booster waits 30 minutes after the dose before it."
HIGH, CLOSED_BY = "164/98", "150/92"
WISH = "Says: a little more, yes, I wish for it."
# Minutes after the dose: what the cuff shows. The row of the injection, then the row of its booster at 31.
FIRST_ROW, BOOSTER_ROW = (
    {15: "148/90", 30: "144/88"},
    {36: "143/87", 46: "142/86", 61: "141/85", 76: "140/84", 91: "139/83"},
)


class Room:
    """One patient, three people with a tablet each, and the clock on the wall."""

    def __init__(self, site, team, dosing, clock, another_device):
        self.site, self.team, self.dosing, self.clock = site, team, dosing, clock
        people = (team.nurse, team.therapist, team.prescriber)
        self.tablets = {one: another_device(viewport=TABLET, reduced_motion="reduce").new_page() for one in people}

    def at(self, minutes):
        """The clock of the day moves on to so many minutes after the dose; every tablet lies dark meanwhile."""
        for page in self.tablets.values():
            page.goto("about:blank")
        self.clock.move_to(T0 + timedelta(minutes=minutes))

    def open(self, who, what):
        page = self.tablets[who]
        signed_in_browser(page.context, self.site, who)
        page.goto(f"{self.site}/sessions/{self.dosing.ref}/{what}")
        return page

    def put_away(self):
        for page in self.tablets.values():
            page.context.close()

    def rows(self, model, **more):
        with as_clinic(self.team.clinic.pk):
            return list(model.objects.filter(dosing=self.dosing, **more).order_by("id"))

    def now(self):
        with as_clinic(self.team.clinic.pk):
            return DosingSession.objects.get(pk=self.dosing.pk)


# The check


def when_the_patient_arrives_and_all_but_the_escort_is_asked(room) -> None:
    room.at(-10)
    nurse = room.open(room.team.nurse, "check/")
    when_the_identity_is_checked(nurse)
    for ask in (medicines, fasting, substances, staff, equipment, baseline):
        ask(nurse)
    therapist = room.open(room.team.therapist, "check/")
    for ask in (changes, thoughts, consent):
        ask(therapist)
    answered = {row.code: row.answered_by for row in room.rows(CheckAnswer)}
    assert (answered["identity"], answered["consent_today"]) == (room.team.nurse, room.team.therapist)


def send(row, button="Save") -> None:
    row.get_by_role("button", name=button, exact=True).click()


def all_no(row) -> None:
    for group in row.locator("fieldset:visible").all():
        group.get_by_label("No", exact=True).check()


def medicines(page) -> None:
    row = opened(page, "medications-reconciled")
    choose(row, "Is this list right and complete?", "Yes")
    send(row)
    saved(page, "medications-reconciled", "None on the list")


def fasting(page) -> None:
    row = opened(page, "fasting-ok")
    row.get_by_label("No solid food since yesterday").check()
    row.get_by_label("No clear liquids since yesterday").check()
    send(row)
    expect(item(page, "fasting-ok")).to_have_class("check met")


def substances(page) -> None:
    row = opened(page, "substances-ok")
    all_no(row)
    send(row)
    saved(page, "substances-ok", "None for 48 h")


def staff(page) -> None:
    row = opened(page, "staff-ready")
    row.get_by_label("Trained therapist in the room").select_option(label="Alex Moreno")
    row.get_by_label("Clinician on site").select_option(label="Jo Winter")
    send(row)
    saved(page, "staff-ready", "equipment list is not signed")


def equipment(page) -> None:
    row = opened(page, "staff-ready")
    for tick in row.get_by_role("checkbox").all():
        tick.check()
    send(row, "Sign the equipment list")
    saved(page, "staff-ready", "equipment checked")


def baseline(page) -> None:
    row = opened(page, "vitals-today")
    row.get_by_label("Blood pressure").fill("146/92")
    for label, value in (("Pulse", "72"), ("Oxygen saturation", "98"), ("Breaths", "14"), ("Rested before it", "6")):
        row.get_by_label(label).fill(value)
    send(row, "Save the reading")
    saved(page, "vitals-today", "The prescriber has not acknowledged it")


def changes(page) -> None:
    row = opened(page, "changes-since-last")
    all_no(row)
    send(row)
    saved(page, "changes-since-last", "Nothing new")


def thoughts(page) -> None:
    row = opened(page, "suicide-check")
    for group in row.locator("fieldset").all()[:4]:
        group.get_by_label("No", exact=True).check()
    send(row)
    saved(page, "suicide-check", "negative")


def consent(page) -> None:
    row = opened(page, "consent-today")
    for question in ("Sober?", "Oriented to person, place and time?", "Says yes to the dose today?"):
        choose(row, question, "Yes")
    row.get_by_label("1, safety only").check()
    send(row)
    saved(page, "consent-today", "Says yes, touch level 1")


def sign_anyway(room, page) -> list[str]:
    """The button is off and says why; pressed all the same, the server says each reason and signs nothing."""
    button = page.get_by_role("button", name="Ready to dose")
    expect(button).to_be_disabled()
    button.evaluate("one => { one.disabled = false }")
    with page.expect_navigation() as answered:
        button.click()
    assert answered.value.status == 422
    assert room.now().state == "gate_check"
    assert not room.rows(DosingMove, after="ready")
    return [text.strip() for text in page.locator("#why-not li").all_text_contents()]


def then_ready_is_refused_for_the_escort_and_the_pressure(room, axe) -> None:
    page = room.open(room.team.prescriber, "check/")
    axe(page)
    reasons = sign_anyway(room, page)
    assert len(reasons) == 2, reasons
    assert "scort" in "".join(reasons)
    assert "The prescriber has not acknowledged it." in "".join(reasons)


def when_the_escort_is_named(room) -> None:
    page = room.open(room.team.therapist, "check/")
    row = opened(page, "escort-confirmed")
    row.get_by_label("Name", exact=True).fill("Ada Berg")
    row.get_by_label("Phone", exact=True).fill("617 555 0101")
    choose(row, "An adult?", "Yes")
    choose(row, "How do they arrive?", "In person")
    send(row)
    saved(page, "escort-confirmed", "comes in person")


def then_ready_is_refused_for_the_pressure_alone(room) -> None:
    [reason] = sign_anyway(room, room.open(room.team.prescriber, "check/"))
    assert "The prescriber has not acknowledged it." in reason


def when_the_prescriber_has_seen_the_pressure_and_signs(room) -> None:
    room.at(-5)
    page = room.open(room.team.prescriber, "check/")
    row = opened(page, "vitals-today")
    send(row, "I have seen this")
    saved(page, "vitals-today", "Acknowledged by Dr N. Okafor, 09:40")
    page.get_by_role("button", name="Ready to dose").click()
    expect(page.get_by_text("Signed by Dr N. Okafor, 09:40.")).to_be_visible()
    signed = room.now()
    assert (signed.state, signed.ready_by) == ("ready", room.team.prescriber)
    assert signed.ready_at == T0 - timedelta(minutes=5)


# The dose and the readings


def when_the_therapist_looks(room) -> None:
    page = room.open(room.team.therapist, "live/")
    page.get_by_role("button", name="I looked").click()
    expect(page.get_by_role("button", name="I looked")).to_have_count(0)


def when_the_nurse_gives_the_dose_and_the_therapist_looks(room) -> None:
    room.at(0)
    nurse = room.open(room.team.nurse, "live/")
    nurse.get_by_role("link", name="Dose").click()
    prepare_dose(nurse, "35")
    when_the_therapist_looks(room)
    expect(nurse.get_by_text("Alex Moreno looked at patient")).to_be_visible()  # comes by itself
    nurse.get_by_role("button", name="Given").click()
    expect(nurse.get_by_text("Ask the patient, who says yes aloud").first).to_be_visible()
    assert not room.rows(Dose)
    nurse.get_by_label("The patient says yes aloud").check()
    nurse.get_by_role("button", name="Given").click()
    expect(nurse.get_by_text("Since dose, 35 mg IM")).to_be_visible()


def then_the_clock_runs_from_the_dose(room) -> None:
    [dose], dosing = room.rows(Dose), room.now()
    assert (dose.kind, dose.mg, dose.route, dose.site) == ("first", Decimal("35.00"), "im", "Left deltoid")
    assert (dose.entered_by, dose.witnessed_by) == (room.team.nurse, room.team.therapist)
    assert (dosing.state, dosing.t0, dosing.number) == ("monitoring", T0, 1)


def read(page, pressure) -> None:
    page.get_by_role("link", name="Record vitals").click()
    over = page.locator("#over")
    over.get_by_label("Blood pressure").fill(pressure)
    for label, value in (("Pulse", "78"), ("SpO₂", "98"), ("Breaths", "14")):
        over.get_by_label(label).fill(value)
    over.get_by_label("5 Answers readily").check()
    over.get_by_role("group", name="Distress").get_by_label("0 None").check()
    over.get_by_role("button", name="Save vital signs").click()
    expect(page.locator("#vitals dd").first).to_contain_text(pressure)
    expect(over).to_be_empty()


def measured_at(room, minutes, pressure) -> None:
    """A reading like all others, written without a page."""
    room.at(minutes)
    systolic, diastolic = (int(part) for part in pressure.split("/"))
    values = {"systolic": systolic, "diastolic": diastolic, "heart_rate": 78, "spo2": 98, "respiratory_rate": 14}
    with as_clinic(room.team.clinic.pk):
        record_vitals(
            dosing=room.now(),
            values=values | {"moaas": 5, "distress": 0},
            happened_at=timezone.now(),
            by=room.team.nurse,
            role="nurse",
        )


def read_at(room, minutes, pressure):
    room.at(minutes)
    nurse = room.open(room.team.nurse, "live/")
    read(nurse, pressure)
    return nurse


def when_the_pressure_is_high_once_and_the_therapist_acknowledges_it(room, axe) -> None:
    nurse = read_at(room, 5, HIGH)
    expect(nurse.get_by_role("region", name="Alerts")).to_contain_text(f"Blood pressure {HIGH}")
    axe(nurse)
    room.at(6)
    therapist = room.open(room.team.therapist, "live/")
    therapist.get_by_placeholder("Called whom, advice").fill("Called Dr Okafor: measure again")
    therapist.get_by_role("button", name="Acknowledge").click()
    expect(therapist.get_by_text("seen by Alex Moreno: Called Dr Okafor: measure again")).to_be_visible()


def then_the_next_reading_closes_the_alert(room) -> None:
    nurse = read_at(room, 10, CLOSED_BY)
    expect(nurse.locator("#alerts")).not_to_contain_text(HIGH)
    [alert] = room.rows(Alert)
    minutes = [
        round((at - T0) / timedelta(minutes=1)) for at in (alert.opened_at, alert.acknowledged_at, alert.closed_at)
    ]
    assert minutes == [5, 6, 10]
    assert (alert.sign, alert.level, alert.escalated_at) == ("blood-pressure", 1, None)
    assert alert.acknowledged_by == room.team.therapist
    with as_clinic(room.team.clinic.pk):
        assert (alert.vitals.systolic, alert.closed_vitals.systolic) == (164, 150)


# The booster


def when_the_booster_is_asked_for_too_early(room) -> None:
    measured_at(room, 15, FIRST_ROW[15])
    room.at(22)
    nurse = room.open(room.team.nurse, "live/")
    expect(nurse.get_by_role("button", name="Booster from 10:15")).to_be_disabled()
    nurse = room.open(room.team.nurse, "live/dose/")
    prepare_dose(nurse, "10")
    when_the_therapist_looks(room)
    nurse.get_by_role("link", name="Has somebody looked?").click()
    nurse.get_by_label("The patient wishes the booster and says so aloud").check()
    nurse.get_by_role("button", name="Given").click()
    expect(nurse.get_by_text(GAP).first).to_be_visible()


def then_nothing_but_the_first_dose_was_given(room) -> None:
    assert [dose.kind for dose in room.rows(Dose)] == ["first"]


def when_the_gap_is_over_and_the_patient_wishes_it(room) -> None:
    measured_at(room, 30, FIRST_ROW[30])
    room.at(31)
    nurse = room.open(room.team.nurse, "live/")
    nurse.get_by_role("textbox", name="Note", exact=True).fill(WISH)
    nurse.get_by_role("button", name="Write", exact=True).click()
    expect(nurse.get_by_role("region", name="Log")).to_contain_text(WISH)
    nurse.get_by_role("link", name="Booster").click()
    expect(nurse.get_by_text("Alex Moreno looked at patient")).to_be_visible()
    nurse.get_by_role("button", name="Given").click()
    expect(nurse.get_by_text("Ask the patient, who says yes aloud").first).to_be_visible()
    nurse.get_by_label("The patient wishes the booster and says so aloud").check()
    nurse.get_by_role("button", name="Given").click()
    expect(nurse.get_by_text("Since dose, 45 mg IM")).to_be_visible()


def then_two_doses_stand_in_the_log(room) -> None:
    _, booster = room.rows(Dose)
    assert (booster.kind, booster.mg, booster.witnessed_by) == ("booster", Decimal("10.00"), room.team.therapist)
    assert booster.happened_at == T0 + timedelta(minutes=31)
    assert room.now().t0 == T0
    assert [entry.happened_at for entry in room.rows(Entry, words=WISH)] == [booster.happened_at]


# Recovery and leaving


def when_the_first_hour_of_the_booster_is_over(room) -> None:
    for minutes, pressure in BOOSTER_ROW.items():
        measured_at(room, minutes, pressure)
    therapist = room.open(room.team.therapist, "live/")
    therapist.get_by_role("link", name="Start recovery").click()
    therapist.get_by_role("button", name="Start recovery").click()
    expect(therapist.get_by_role("button", name="Start discharge not before 11:46")).to_be_disabled()
    assert room.now().state == "recovery"


def when_every_item_of_leaving_is_looked_at(room, axe) -> None:
    nurse = read_at(room, 121, "138/82")
    back_from_the_experience(nurse)
    page = room.open(room.team.nurse, "discharge/")
    page.get_by_role("button", name="Start the discharge check").click()
    axe(page)
    for code in leaving.TICKS:
        look_at(page, code)
    assert {tick.item for tick in room.rows(DischargeTick)} == set(leaving.TICKS)


def back_from_the_experience(page) -> None:
    page.get_by_role("link", name="KAP-DR", exact=True).click()
    for line in range(1, 6):
        page.locator(f"#over [name=line{line}]").first.check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#over")).to_be_empty()
    page.get_by_role("link", name="Agitation, vomiting, symptom").click()
    page.get_by_label("0 Calm").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#over")).to_be_empty()


def look_at(page, code) -> None:
    row = page.locator(f"#item-{code}")
    if row.locator("details:not([open])").count():
        row.locator("summary").click()
    for box in row.get_by_role("checkbox").all():
        box.check()
    MORE.get(code, lambda row: None)(row)
    row.get_by_role("button", name="So it is").click()
    expect(page.locator(f"#item-{code}")).to_have_class("met")


def safe(row) -> None:
    row.get_by_label("ASQ", exact=True).check()


def escort(row) -> None:
    row.get_by_label("Ada Berg").check()


def count(row) -> None:
    for label, mg in (("Drawn up", "50"), ("Wasted", "5"), ("Put back unopened", "0")):
        row.get_by_label(label).fill(mg)
    row.get_by_label("Witness of the wasting").select_option(label="Alex Moreno")


MORE = {DischargeItem.SAFE: safe, DischargeItem.ESCORT: escort, DischargeItem.DRUG_COUNTED: count}


def then_one_signature_lets_the_patient_go(room, axe) -> None:
    page = room.open(room.team.prescriber, "discharge/")
    expect(page.get_by_text("All thirteen met")).to_be_visible()
    page.get_by_role("button", name="Sign: fit to leave").click()
    expect(page.get_by_role("heading", name="Fit to leave, 11:46")).to_be_visible()
    axe(page)
    [row] = room.rows(Discharge)
    assert (row.way, row.signed_by, row.escort_name) == ("ready", room.team.prescriber, "Ada Berg")
    assert row.left_at == T0 + timedelta(minutes=121)
    assert {code: one["state"] for code, one in row.readiness.items()} == dict.fromkeys(DischargeItem.values, "met")
    assert len(room.rows(VitalSigns)) == 11


def then_the_session_moved_by_the_table(room, *, booked_by) -> None:
    nurse, therapist, prescriber = room.team.nurse, room.team.therapist, room.team.prescriber
    assert [(move.after, move.moved_by) for move in room.rows(DosingMove)] == [
        ("planned", booked_by),
        ("gate_check", nurse),
        ("ready", prescriber),
        ("dosed", nurse),
        ("monitoring", None),
        ("recovery", therapist),
        ("discharge_check", nurse),
        ("discharged", prescriber),
    ]


def then_two_people_sign_the_record(room, axe) -> None:
    therapist = room.open(room.team.therapist, "record/")
    axe(therapist)
    therapist.get_by_role("button", name="Sign the record").click()
    expect(therapist.get_by_text("From here only corrections are added")).to_be_visible()
    prescriber = room.open(room.team.prescriber, "record/")
    prescriber.get_by_role("button", name="Co-sign the record").click()
    expect(prescriber.get_by_text("Co-signed.")).to_be_visible()
    dosing = room.now()
    assert (dosing.signed_by, dosing.cosigned_by) == (room.team.therapist, room.team.prescriber)
    assert dosing.record_sha256
