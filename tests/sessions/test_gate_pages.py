"""The pages of the pre-dose check: who may what, each form, parts and whole pages, signing, overriding, paper."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.audit.models import AuditEvent
from patients.models import Task
from sessions.dosing.models import DosingSession
from sessions.gate import selectors
from sessions.gate.models import CheckAnswer, GateOverride
from sessions.gate.terms import EquipmentPart, GateItem, Topic
from tests.conftest import stopped_clock
from tests.people import everybody, signed_in
from tests.sessions import gates
from tests.sessions.test_gate_day import WHY

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def standing(kept):
    """A dose that is planned for today, made once."""
    made = everybody()
    with stopped_clock() as frozen:
        return made | {"dosing": gates.planned(made["patient"], gates.team(made), frozen)}


@pytest.fixture
def team(clinic, therapist, prescriber, nurse, admin, medical_director, safety_officer):
    return gates.Team(clinic, therapist, prescriber, nurse, admin, medical_director)


@pytest.fixture
def planned(standing, patient, team, frozen):
    frozen(gates.DOSE_DAY)
    return DosingSession.objects.get(pk=standing["dosing"].pk)


@pytest.fixture
def begun(planned, team):
    """The check has begun, nothing is asked."""
    return gates.check_begun(planned, by=team.therapist)


@pytest.fixture
def dosing(begun, team):
    """Everything is asked and in order."""
    gates.asked(begun, team)
    return begun


def url(name, dosing, *more):
    return reverse(f"gate:{name}", args=[dosing.ref, *more])


def item(dosing, code):
    gate = selectors.gate_of(DosingSession.objects.get(pk=dosing.pk), timezone.now())
    return next(one for one in gate.items if one.code == code)


def local(moment):
    return moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")


NO = {topic.value: "no" for topic in Topic}


def forms(team):
    """What a nurse types in each form of the day, everything in order."""
    now = timezone.now()
    return {
        "changes": NO,
        "medicines": {"list_is_right": "yes"},
        "asq": {"asq_1": "0", "asq_2": "0", "asq_3": "0", "asq_4": "0"},
        "fasting": {
            "solids_at": local(now - timedelta(hours=9)),
            "liquids_at": "",
            "none_liquids_at": "on",
        },
        "substances": {"alcohol": "no", "cannabis": "no", "other": "no", "intoxicated": "no"},
        "escort": {"name": "Ada Berg", "phone": "617 555 0101", "adult": "yes", "how": "in_person"},
        "staff": {"therapist": team.therapist.pk, "clinician": team.nurse.pk},
        "equipment": {"items": EquipmentPart.values},
        "consent_today": {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": "1"},
    }


READING = {
    "pressure": "122/78",
    "heart_rate": "68",
    "spo2": "98",
    "respiratory_rate": "14",
    "temperature_c": "",
    "rested_minutes": "6",
}


def test_from_arrival_to_ready_without_a_script(client, begun, team):
    signed_in(client, team.nurse)
    for code, typed in forms(team).items():
        answer = client.post(url("answer", begun, code), typed)
        assert (answer.status_code, answer["Location"]) == (302, url("check", begun)), code
    assert client.post(url("baseline", begun), READING).status_code == 302
    page = client.get(url("check", begun)).content.decode()
    assert "23 of 23 met" in page
    assert "The prescriber signs this." in page

    signed_in(client, team.prescriber)
    assert client.post(url("ready", begun)).status_code == 302
    begun.refresh_from_db()
    assert (begun.state, begun.ready_by) == ("ready", team.prescriber)
    assert AuditEvent.objects.filter(event="gate.signed").exists()


def test_the_identity_begins_the_check_and_the_visit(client, planned, team):
    signed_in(client, team.nurse)
    assert "This is the patient: begin the check" in client.get(url("check", planned)).content.decode()

    one = client.post(url("answer", planned, "identity"), {"identifiers": ["name"]})
    assert one.status_code == 422
    assert "Check two things that say who this is." in one.content.decode()

    client.post(url("answer", planned, "identity"), {"identifiers": ["name", "birth_date"]})
    planned.refresh_from_db()
    planned.appointment.refresh_from_db()
    assert (planned.state, planned.appointment.state) == ("gate_check", "in_progress")


def test_before_the_sign_off_every_reason_stands_beside_a_button_that_does_not_work(client, begun, team):
    signed_in(client, team.prescriber)

    page = client.get(url("check", begun)).content.decode()

    assert "Why not yet: 9" in page
    assert "Vital signs today: No baseline today." in page
    assert 'class="btn primary" disabled' in page
    refused = client.post(url("ready", begun))
    assert refused.status_code == 422
    begun.refresh_from_db()
    assert begun.state == "gate_check"


def test_htmx_gets_the_part_with_what_changed(client, begun, team):
    signed_in(client, team.nurse)

    part = client.post(url("answer", begun, "substances"), forms(team)["substances"], headers={"HX-Request": "true"})

    assert part.status_code == 200
    assert part.content.decode().lstrip().startswith('<div id="gate"')
    assert 'data-announce="15 of 23 met"' in part.content.decode()


def test_a_refused_answer_keeps_what_was_typed_and_says_what_to_do(client, begun, team):
    signed_in(client, team.nurse)

    typed = NO | {"bladder": "yes", "words": "Burning since Friday"}
    refused = client.post(url("answer", begun, "changes"), typed, headers={"HX-Request": "true"})

    assert refused.status_code == 422
    text = refused.content.decode()
    assert "Bladder symptoms: choose one of the answers." in text
    assert "Burning since Friday" in text
    assert not CheckAnswer.objects.filter(dosing=begun, code="changes").exists()


def test_a_new_medicine_told_on_the_day_is_on_the_list_and_evaluated(client, begun, team, patient):
    signed_in(client, team.nurse)
    typed = NO | {
        "medicine": "yes",
        "words": "For sleep",
        "medicine_1": "Xanax 0.5 mg",
        "medicine_1_taken": "2026-11-22",
    }

    assert client.post(url("answer", begun, "changes"), typed).status_code == 302

    assert patient.medicines.get(ended_at=None).text == "Xanax 0.5 mg"
    assert begun.course.__class__.objects.get(pk=begun.course_id).stage == "on_hold"
    page = client.get(url("check", begun)).content.decode()
    assert "waits for the prescriber" in page


def test_the_asq_asks_its_fifth_question_after_a_yes(client, begun, team):
    signed_in(client, team.nurse)
    yes = {"asq_1": "0", "asq_2": "0", "asq_3": "0", "asq_4": "1"}

    assert "ask this one too" in client.post(url("answer", begun, "asq"), yes).content.decode()
    assert client.post(url("answer", begun, "asq"), yes | {"asq_5": "0"}).status_code == 302
    assert Task.objects.filter(flag="asq.positive").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pressure": "high"}, "like 138/86"),
        ({"spo2": "140"}, "100"),
        ({"heart_rate": ""}, "Enter the pulse"),
        ({"rested_minutes": ""}, "rested before it"),
    ],
)
def test_a_slip_in_a_reading_is_told_and_not_written(client, begun, team, changes, words):
    signed_in(client, team.nurse)

    refused = client.post(url("baseline", begun), READING | changes)

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert not begun.vitalsignss.exists()


@pytest.mark.parametrize("code", ["nonsense", "VITALS_SEEN"])
def test_an_unknown_check_is_not_found(client, begun, team, code):
    signed_in(client, team.nurse)

    assert client.post(f"/sessions/{begun.ref}/check/answers/{code}/", {}).status_code == 404


def test_a_prescriber_overrides_after_proving_who_they_are(client, dosing, team):
    late = {"solids_at": local(timezone.now() - timedelta(hours=2)), "none_liquids_at": "on"}
    signed_in(client, team.nurse)
    client.post(url("answer", dosing, "fasting"), late)
    assert client.post(url("override", dosing, "fasting-ok"), {"reason": WHY}).status_code == 403

    signed_in(client, team.prescriber)
    page = client.get(url("check", dosing)).content.decode()
    assert "Override…" in page
    short = client.post(url("override", dosing, "fasting-ok"), {"reason": "Because"})
    assert (short.status_code, GateOverride.objects.count()) == (422, 0)
    assert "Because" in short.content.decode()

    assert client.post(url("override", dosing, "fasting-ok"), {"reason": WHY}).status_code == 302
    page = client.get(url("check", dosing)).content.decode()
    assert f"OVERRIDE by {team.prescriber.name}" in page
    assert WHY in page
    sheet = client.get(url("day_sheet", dosing)).content.decode()
    assert f"OVERRIDE by {team.prescriber.name}" in sheet
    assert item(dosing, GateItem.FASTING_OK).is_met


def test_without_a_fresh_proof_nothing_is_signed(client, dosing, team):
    signed_in(client, team.prescriber)
    session = client.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 3600 * 3
    session.save()

    assert client.post(url("ready", dosing)).status_code == 302
    dosing.refresh_from_db()
    assert dosing.state == "gate_check"


@pytest.mark.parametrize("code", ["suicide-check", "consents-valid", "substances-ok", "course-open"])
def test_what_is_never_overridden_has_no_button_and_a_forged_post_is_refused(client, begun, team, code):
    signed_in(client, team.prescriber)

    assert f"override-{code}" not in client.get(url("check", begun)).content.decode()
    assert client.post(url("override", begun, code), {"reason": WHY}).status_code == 422
    assert not GateOverride.objects.exists()


def test_the_prescriber_acknowledges_a_caution_in_place(client, dosing, team):
    gates.baseline(dosing, by=team.nurse, systolic=148)
    reading = dosing.vitalsignss.latest("id")
    signed_in(client, team.nurse)
    assert client.post(url("answer", dosing, "vitals_seen"), {"vitals": reading.ref}).status_code == 403

    signed_in(client, team.prescriber)
    assert "I have seen this" in client.get(url("check", dosing)).content.decode()
    assert client.post(url("answer", dosing, "vitals_seen"), {"vitals": reading.ref, "words": ""}).status_code == 302
    assert item(dosing, GateItem.VITALS_TODAY).is_met


def test_not_today_needs_a_reason_and_opens_a_task_to_book_again(client, begun, team):
    signed_in(client, team.therapist)

    assert client.post(url("failed", begun), {"reason": ""}).status_code == 422
    assert client.post(url("failed", begun), {"reason": "No escort came"}).status_code == 302
    begun.refresh_from_db()
    assert begun.state == "gate_failed"
    assert Task.objects.filter(kind="rebook", source_ref=begun.ref).exists()
    assert "Not today: the check was ended." in client.get(url("check", begun)).content.decode()


def test_a_blank_sheet_says_nothing_of_today(client, dosing, team):
    signed_in(client, team.nurse)

    blank = client.get(url("day_sheet", dosing) + "?blank").content.decode()

    assert "to be filled in by hand" in blank
    assert "Ada Berg" not in blank
    assert blank.count('class="box"') == 46
    assert AuditEvent.objects.filter(event="day_sheet.opened").exists()


def test_an_answer_sent_twice_is_written_once(client, begun, team):
    signed_in(client, team.nurse)
    typed = forms(team)["substances"] | {"_once": "01934f6a-0000-7000-8000-000000000001"}

    client.post(url("answer", begun, "substances"), typed)
    client.post(url("answer", begun, "substances"), typed)

    assert CheckAnswer.objects.filter(dosing=begun, code="substances").count() == 1


def test_the_page_costs_a_fixed_number_of_statements(client, dosing, team, django_assert_max_num_queries):
    signed_in(client, team.prescriber)
    client.get(url("check", dosing))

    with django_assert_max_num_queries(30):
        client.get(url("check", dosing))


def test_front_desk_admin_and_strangers_see_nothing_of_it(client, dosing, front_desk, admin, stranger):
    for person, status in ((front_desk, 403), (admin, 403), (stranger, 404)):
        signed_in(client, person)
        assert client.get(url("check", dosing)).status_code == status, person
        assert client.get(url("day_sheet", dosing)).status_code == status, person
