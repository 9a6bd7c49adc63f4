"""The pages of the dose day: what each role may do there, and what they answer."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from sessions.dosing.models import Alert, Dose, DosingSession, Entry, VitalSigns
from tests import factories
from tests.people import WalledClient, signed_in
from tests.sessions import days

MORNING = "2026-03-02T09:00-05:00"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def open_gate(monkeypatch):
    days.gate(monkeypatch)


@pytest.fixture
def clock(frozen, clinic):
    return frozen(MORNING)


@pytest.fixture
def people(therapist, prescriber, nurse):
    return {"therapist": therapist, "prescriber": prescriber, "nurse": nurse}


@pytest.fixture
def dosing(clock, patient, people):
    return days.dosed(patient, **people)


def to(name, dosing, *more):
    return reverse(f"dosing:{name}", args=[dosing.ref, *more])


def by(user):
    return signed_in(WalledClient(), user)


def told(response, status=200):
    assert response.status_code == status, response.content.decode()[:2000]
    return re.sub(r"\s+", " ", response.content.decode())


VITALS = {
    "pressure": "132/84",
    "heart_rate": "80",
    "spo2": "97",
    "respiratory_rate": "14",
    "moaas": "5",
    "distress": "0",
    "ago": "0",
}


# Who


@pytest.mark.parametrize("name", ["session", "live", "now"])
def test_the_team_reads_the_day_and_the_desk_does_not(dosing, people, admin, front_desk, stranger, name):
    for person in people.values():
        told(by(person).get(to(name, dosing)))
    for person in (admin, front_desk):
        told(by(person).get(to(name, dosing)), 403)
    told(by(stranger).get(to(name, dosing)), 404)


def test_a_therapist_of_the_clinic_who_is_not_on_the_team_is_kept_out(dosing, clinic):
    other = factories.member(clinic, Role.THERAPIST, name="Not On Team")

    told(by(other).get(to("live", dosing)), 403)
    told(by(other).post(to("tap", dosing), {"tile": "anxiety"}), 403)


def test_a_therapist_writes_and_gives_nothing(dosing, therapist):
    told(by(therapist).get(to("dose", dosing)), 403)
    assert "Get help" in told(by(therapist).get(to("live", dosing)))


def test_the_sheet_is_dark_by_itself_and_light_when_asked(dosing, therapist):
    client = by(therapist)

    assert 'data-theme="dark"' in told(client.get(to("live", dosing)))
    told(client.get(to("live", dosing) + "?look=light"), 302)
    assert 'data-theme="light"' in told(client.get(to("live", dosing)))


def test_opening_the_sheet_is_written_down_and_polls_are_not(dosing, therapist):
    client = by(therapist)
    client.get(to("live", dosing))
    for _ in range(3):
        client.get(to("now", dosing), headers=HTMX)

    assert AuditEvent.objects.filter(event="dosing.live").count() == 1


# Polling


def test_a_poll_answers_nothing_while_nothing_changed_and_the_parts_when_it_did(dosing, therapist, nurse, clock):
    client = by(therapist)
    version = re.search(r"now/\?v=([\d.]+)", told(client.get(to("live", dosing))))[1]
    poll = f"{to('now', dosing)}?v={version}"

    assert client.get(poll, headers=HTMX).status_code == 204
    days.entry(dosing, "note", by=nurse, words="Breathes calmly")
    parts = told(client.get(poll, headers=HTMX))
    assert "Breathes calmly" in parts
    assert parts.count("hx-swap-oob") == 8
    clock.shift(timedelta(minutes=1))
    version = re.search(r"now/\?v=([\d.]+)", parts)[1]
    assert client.get(f"{to('now', dosing)}?v={version}", headers=HTMX).status_code == 200


def test_the_live_parts_cost_the_same_however_long_the_log(dosing, therapist, django_assert_max_num_queries):
    client = by(therapist)
    client.get(to("now", dosing), headers=HTMX)

    def costs():
        with django_assert_max_num_queries(48) as seen:
            told(client.get(to("now", dosing), headers=HTMX))
        return len(seen.captured_queries)

    short = costs()
    for number in range(30):
        days.entry(dosing, "note", by=therapist, words=f"Note {number}")
        days.vitals(dosing, by=therapist)
    assert costs() == short


# One tap


def test_a_tap_writes_at_once_and_asks_how_strong(dosing, therapist):
    response = by(therapist).post(to("tap", dosing), {"tile": "anxiety", "client_ref": uuid7()}, headers=HTMX)

    entry = Entry.objects.get(code="anxiety")
    assert (entry.kind, entry.happened_at, entry.entered_by) == ("effect", timezone.now(), therapist)
    assert "how strong?" in told(response)
    assert response.headers["HX-Reswap"] == "none"


def test_without_a_script_a_tap_leads_back_to_the_sheet_which_asks(dosing, therapist):
    client = by(therapist)

    response = client.post(to("tap", dosing), {"tile": "anxiety", "client_ref": uuid7()})

    entry = Entry.objects.get(code="anxiety")
    assert response.headers["Location"] == f"{to('live', dosing)}?ask={entry.ref}"
    assert "how strong?" in told(client.get(response.headers["Location"]))


def test_tapped_twice_on_one_page_it_is_written_once(dosing, therapist):
    client, same = by(therapist), {"tile": "tearful", "client_ref": uuid7()}

    client.post(to("tap", dosing), same)
    client.post(to("tap", dosing), same)

    assert Entry.objects.filter(code="tearful").count() == 1


def test_the_strip_adds_to_the_line_or_undoes_it(dosing, therapist):
    client = by(therapist)
    client.post(to("tap", dosing), {"tile": "anxiety"})
    entry = Entry.objects.get(code="anxiety")

    client.post(to("add_to", dosing, entry.ref), {"strength": "moderate"})
    added = Entry.objects.get(corrects=entry)
    page = told(client.get(to("live", dosing)))
    assert "<b>Anxiety</b>, moderate" in page
    assert "<s>" not in page
    client.post(to("add_to", dosing, added.ref), {"undo": "1"})
    assert "struck: Undone" in told(client.get(to("live", dosing)))


def test_nobody_adds_to_a_line_of_somebody_else(dosing, therapist, nurse):
    entry = days.entry(dosing, "effect", "anxiety", by=therapist)

    told(by(nurse).post(to("add_to", dosing, entry.ref), {"undo": "1"}), 403)
    told(by(nurse).post(to("strike", dosing, entry.ref), {"why": "Twice"}), 403)


def test_an_unknown_button_writes_nothing(dosing, therapist):
    told(by(therapist).post(to("tap", dosing), {"tile": "nonsense", "client_ref": "x"}), 302)

    assert not Entry.objects.exists()


def test_an_empty_note_is_refused_and_a_long_one_kept(dosing, therapist):
    client = by(therapist)

    assert "Write the note first." in told(client.post(to("note", dosing), {"words": " "}), 422)
    page = told(client.post(to("note", dosing), {"words": "long " * 500}), 422)
    assert "Shorten the note" in page
    assert "long long" in page
    client.post(to("note", dosing), {"words": "It is so bright", "kind": "words"})
    assert Entry.objects.get(kind="words").words == "It is so bright"


# Vital signs


def test_vital_signs_are_written_and_shown_with_their_change(dosing, therapist):
    client = by(therapist)

    told(client.post(to("vitals", dosing), VITALS), 302)

    row = VitalSigns.objects.exclude(phase="baseline").get()
    assert (row.systolic, row.diastolic, row.moaas, row.phase) == (132, 84, 5, "during")
    assert "+8 / +6" in told(client.get(to("live", dosing)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pressure": "138"}, "Enter both numbers, like 138/86"),
        ({"pressure": "86/138"}, "The first number of the blood pressure is the higher one."),
        ({"heart_rate": "fast"}, "Pulse: enter a whole number"),
        ({"moaas": "7"}, "Select a valid choice"),
        (dict.fromkeys(VITALS, ""), "Enter at least one value."),
        ({"pressure": "312/120"}, "Systolic 312: sure?"),
    ],
)
def test_a_slip_of_the_finger_is_said_and_what_was_typed_stays(dosing, therapist, changes, says):
    page = told(by(therapist).post(to("vitals", dosing), VITALS | changes, headers=HTMX), 422)

    assert says in page
    assert not VitalSigns.objects.exclude(phase="baseline").exists()
    if changes.get("pressure"):
        assert changes["pressure"] in page


def test_an_implausible_reading_is_saved_when_somebody_is_sure(dosing, therapist):
    told(by(therapist).post(to("vitals", dosing), VITALS | {"pressure": "312/120", "sure": "on"}), 302)

    assert VitalSigns.objects.filter(systolic=312).exists()
    assert Alert.objects.get(sign="blood-pressure").level == 3


def test_a_reading_of_some_minutes_ago_keeps_both_times(dosing, therapist, clock):
    clock.shift(timedelta(minutes=12))

    told(by(therapist).post(to("vitals", dosing), VITALS | {"ago": "5"}), 302)

    row = VitalSigns.objects.exclude(phase="baseline").get()
    assert row.entered_at - row.happened_at == timedelta(minutes=5)


def test_vital_signs_are_corrected_with_a_reason_and_both_stay(dosing, therapist):
    row = days.vitals(dosing, by=therapist, systolic=186)
    client = by(therapist)
    address = to("correct_vitals", dosing, row.ref)

    assert "186/78" in told(client.get(address))
    assert "Choose what was wrong" in told(client.post(address, VITALS), 422)
    told(client.post(address, VITALS | {"struck_why": "Wrong value"}), 302)
    page = told(client.get(to("live", dosing)))
    assert "struck: Wrong value" in page
    assert "186/78" in page


# What else is seen


def test_kap_dr_agitation_and_symptoms_open_alerts(dosing, therapist):
    client = by(therapist)
    told(client.post(to("kap_dr", dosing), {f"line{n}": "3" for n in range(1, 6)} | {"ago": "0"}), 302)
    told(client.post(to("observe", dosing), {"agitation": "3", "vomited": "on", "symptoms": ["chest-pain"]}), 302)

    assert dict(Alert.objects.values_list("sign", "level")) == {
        "distress": 1,
        "agitation": 2,
        "vomiting": 1,
        "symptom": 3,
    }


def test_nothing_seen_is_said(dosing, therapist):
    assert "Choose what you see" in told(by(therapist).post(to("observe", dosing), {}), 422)
    assert "Rate: " in told(by(therapist).post(to("kap_dr", dosing), {"line1": "2"}), 422)


def test_touch_outside_the_limits_cannot_be_written_as_agreed(dosing, therapist):
    client = by(therapist)

    page = told(client.post(to("touch", dosing), {"how": "hand", "asked": "yes"}), 422)
    assert "Outside what the patient agreed to while sober: level 0" in page
    assert "Say whether the patient was asked now" in told(client.post(to("touch", dosing), {"how": "hand"}), 422)
    told(client.post(to("touch", dosing), {"how": "emergency"}), 302)
    told(client.post(to("touch", dosing), {"declined": "1"}), 302)
    told(client.post(to("touch", dosing), {"stop": "1"}), 302)
    assert Entry.objects.filter(kind="touch").count() == 3


def test_help_opens_stamps_and_ends(dosing, therapist):
    client = by(therapist)

    told(client.get(to("help", dosing)))
    assert not Entry.objects.exists()
    page = told(client.post(to("help", dosing), {"card": "airway"}))
    assert "lift the chin" in page
    told(client.post(to("help", dosing), {"card": "airway", "stamp": "called-911"}))
    assert "Write what happened." in told(client.post(to("help", dosing), {"close": "1"}), 422)
    told(client.post(to("help", dosing), {"close": "1", "words": "Came round"}), 302)
    assert list(Entry.objects.filter(kind="help").values_list("code", flat=True)) == ["airway", "airway", "closed"]


def test_a_missed_check_is_explained_from_the_sheet(dosing, therapist, clock):
    clock.shift(timedelta(minutes=20))
    client = by(therapist)
    page = told(client.get(to("live", dosing)))
    due = re.search(r"missed/\?due=([^\"]+)", page)[1]

    told(client.get(f"{to('explain', dosing)}?due={due}"))
    told(client.post(to("explain", dosing), {"due_at": "x", "words": "Asleep"}), 422)
    from urllib.parse import unquote

    told(client.post(to("explain", dosing), {"due_at": unquote(due), "words": "Asleep"}), 302)
    assert "Check not made" in told(client.get(to("live", dosing)))


# The dose


@pytest.fixture
def ready(clock, patient, people):
    return days.ready(patient, therapist=people["therapist"], prescriber=people["prescriber"])


PREPARED = {
    "mg": "60",
    "site": "Left deltoid",
    "lot": "K2291",
    "checked": ["identity", "drug", "dose", "route", "weight"],
}


def test_two_people_give_a_dose_each_on_their_own_sign_in(ready, nurse, therapist):
    giver, second = by(nurse), by(therapist)
    assert "1 of 2" in told(giver.get(to("dose", ready)))

    assert "Nobody else has looked yet" in told(giver.post(to("dose", ready), PREPARED))
    sheet = told(second.get(to("live", ready)))
    prepared = Entry.objects.get(code="prepared")
    assert "Jo Winter prepared 60 mg." in sheet
    assert to("witness", ready, prepared.ref) not in told(giver.get(to("live", ready)))
    assert giver.get(to("seen", ready), headers=HTMX).status_code == 204
    told(second.post(to("witness", ready, prepared.ref)), 302)
    assert "Alex Moreno looked at patient" in told(giver.get(to("seen", ready), headers=HTMX))
    assert "Alex Moreno looked at patient" in told(giver.get(to("dose", ready)))
    told(giver.post(to("dose", ready), {"says_yes": "on", "ago": "0", "client_ref": uuid7()}), 302)

    dose = Dose.objects.get()
    assert (dose.entered_by, dose.witnessed_by, dose.mg, dose.lot) == (nurse, therapist, Decimal("60"), "K2291")
    assert days.state(ready) == "monitoring"


def test_above_the_order_is_refused_with_the_reason(ready, nurse):
    page = told(by(nurse).post(to("dose", ready), PREPARED | {"mg": "75"}), 422)

    assert "75 mg is above the order of 60 mg" in page
    assert not Entry.objects.filter(code="prepared").exists()


def test_alone_one_waits_a_minute(ready, nurse, clock):
    client = by(nurse)
    client.post(to("dose", ready), PREPARED)
    given = {"says_yes": "on", "looked_again": "on", "ago": "0"}

    assert "Wait a full minute" in told(client.post(to("dose", ready), given), 422)
    assert AuditEvent.objects.filter(event="dose.refused").count() == 1
    clock.shift(60)
    told(client.post(to("dose", ready), given), 302)
    assert Dose.objects.get().second_look_at == timezone.now()


def test_a_dose_needs_the_patients_yes(ready, nurse):
    client = by(nurse)
    client.post(to("dose", ready), PREPARED)

    assert "Ask the patient, who says yes aloud" in told(client.post(to("dose", ready), {"ago": "0"}), 422)


def test_nothing_is_prepared_before_the_gate_is_signed(clock, patient, people):
    days.order(patient, by=people["prescriber"])
    dosing = days.checking(patient, by=people["therapist"])

    assert "The gate is not signed as ready." in told(by(people["nurse"]).get(to("dose", dosing)))


# Alerts


def test_an_amber_alert_is_acknowledged_by_name_and_closed_by_a_value(dosing, therapist, clock):
    client = by(therapist)
    days.vitals(dosing, by=therapist, systolic=165)
    alert = Alert.objects.get()
    clock.shift(60)

    told(client.post(to("acknowledge", dosing, alert.ref), {"advice": "Called Dr Okafor: watch"}), 302)
    assert "seen by Alex Moreno: Called Dr Okafor: watch" in told(client.get(to("live", dosing)))
    page = told(client.post(to("close_alert", dosing, alert.ref), {"words": "Looks fine"}), 422)
    assert "An alert closes when the value is back in range" in page
    clock.shift(240)
    days.vitals(dosing, by=therapist)
    alert.refresh_from_db()
    assert alert.closed_vitals is not None


def test_a_red_alert_is_a_prescribers(dosing, therapist, nurse, prescriber):
    days.vitals(dosing, by=therapist, spo2=90)
    alert = Alert.objects.get()

    page = told(by(therapist).post(to("acknowledge", dosing, alert.ref), {}), 422)
    assert "A prescriber acknowledges red." in page
    told(by(nurse).post(to("acknowledge", dosing, alert.ref), {}), 403)
    told(by(prescriber).post(to("acknowledge", dosing, alert.ref), {"advice": "Oxygen"}), 302)
    told(by(prescriber).post(to("close_alert", dosing, alert.ref), {"words": "Finger was cold"}), 302)
    alert.refresh_from_db()
    assert (alert.closed_by, alert.closed_words) == (prescriber, "Finger was cold")


# Moves, signing


def test_moves_need_what_the_table_says(dosing, therapist, prescriber):
    client = by(therapist)

    assert "A check of the first hour is not done" in told(client.post(to("move", dosing, "recovery")), 422)
    assert "Write the reason" in told(client.post(to("move", dosing, "stop"), {}), 422)
    told(client.get(to("move", dosing, "nowhere")), 404)
    told(client.post(to("move", dosing, "discharge-check")), 403)
    told(client.post(to("move", dosing, "stop"), {"reason": "Had enough"}), 302)
    assert days.state(dosing) == "stopped_early"


def test_the_record_is_signed_co_signed_and_not_closed_before_everything_is_done(dosing, therapist, prescriber):
    told(by(therapist).post(reverse("record:sign", args=[dosing.ref])), 422)
    told(by(therapist).post(to("move", dosing, "transfer"), {"reason": "Chest pain"}), 302)
    told(by(therapist).post(reverse("record:sign", args=[dosing.ref])), 302)
    told(by(prescriber).post(reverse("record:cosign", args=[dosing.ref])), 302)

    page = told(by(prescriber).post(to("close", dosing)), 422)
    assert "The remaining drug is not counted." in page
    dosing.refresh_from_db()
    assert (dosing.signed_by, dosing.cosigned_by) == (therapist, prescriber)


def test_before_and_after_a_session_the_pages_open(clock, patient, people):
    dosing = days.planned(patient, by=people["therapist"])
    client = by(people["therapist"])

    for name in ("session", "live", "vitals", "kap_dr", "observe", "touch", "help"):
        told(client.get(to(name, dosing)))
    page = told(client.get(to("live", dosing)))
    assert "No dose yet" in page
    assert "disabled" in page
    told(client.post(to("tap", dosing), {"tile": "anxiety"}), 422)
    DosingSession.objects.get(pk=dosing.pk)


def test_a_note_with_a_nul_in_it_is_written_with_a_sign_for_it(dosing, therapist):
    told(by(therapist).post(to("note", dosing), {"words": "calm\x00 again", "_draft": "note\x00|x"}), 302)

    assert dosing.entrys.get(kind="note").words == "calm\ufffd again"
