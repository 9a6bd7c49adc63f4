"""The clinic's settings: who may change them, every version with who and when, and nothing ever overwritten."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.clinic_settings.selectors import value_of, values_of
from kap_clinic.accounts.models import ClinicSetting, Proposal, Room
from kap_clinic.accounts.setting_keys import Key, Kind, NotAllowed
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from tests.people import signed_in
from tests.signin import with_app

HOURS = dict.fromkeys(setting_keys.DAYS, "")


@pytest.fixture
def clinical(monkeypatch):
    """A clinical limit, declared for this test."""
    key = Key(
        "test_systolic_stop",
        "limits",
        "Systolic stop line",
        Kind.NUMBER,
        Decimal(160),
        unit="mmHg",
        lowest=120,
        highest=200,
        clinical=True,
        source="PD",
    )
    monkeypatch.setitem(setting_keys._declared, key.name, key)
    return key


@pytest.fixture
def at_work(client, admin):
    return signed_in(client, admin)


def change(client, topic, key, **form):
    return client.post(reverse("settings:setting", args=[topic, key]), form)


def test_without_a_version_the_default_holds(clinic):
    assert value_of("idle_minutes", clinic.pk) == 15
    assert value_of("idle_minutes", None) == 15


def test_a_change_is_a_new_version_with_who_and_when(at_work, clinic, admin):
    change(at_work, "clinic", "idle_minutes", value="20", reason="Long talks")
    change(at_work, "clinic", "idle_minutes", value="10")

    assert value_of("idle_minutes", clinic.pk) == 10
    rows = ClinicSetting.objects.filter(key="idle_minutes").order_by("id")
    assert [(row.value, row.set_by, row.reason) for row in rows] == [(20, admin, "Long talks"), (10, admin, "")]
    page = at_work.get(reverse("settings:setting", args=["clinic", "idle_minutes"])).content.decode()
    assert "20 minutes" in page
    assert "Long talks" in page
    assert "Ines Brandt" in page
    assert AuditEvent.objects.filter(event=Event.SETTING_CHANGED, reason="Long talks").exists()


def test_an_older_version_comes_back_as_a_new_one(at_work, clinic):
    change(at_work, "clinic", "idle_minutes", value="20")
    change(at_work, "clinic", "idle_minutes", value="10")
    first = ClinicSetting.objects.order_by("id").first()

    at_work.post(reverse("settings:restore", args=["clinic", "idle_minutes", first.ref]))

    assert value_of("idle_minutes", clinic.pk) == 20
    assert ClinicSetting.objects.count() == 3


def test_a_version_of_another_setting_is_not_restored(at_work):
    change(at_work, "clinic", "idle_minutes", value="20")
    version = ClinicSetting.objects.get()

    wrong = reverse("settings:restore", args=["clinic", "idle_minutes_shared", version.ref])

    assert at_work.post(wrong).status_code == 404


@pytest.mark.parametrize("value", ["", "0", "61", "x", "1.5", "9" * 400, "\0", "ten"])
def test_a_value_that_does_not_fit_is_refused_and_kept_in_the_form(at_work, value):
    answer = change(at_work, "clinic", "idle_minutes", value=value)

    assert answer.status_code == 422
    assert not ClinicSetting.objects.exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("09:00-17:00", [["09:00", "17:00"]]),
        ("13:00 - 17:00, 9:00–12:00", [["09:00", "12:00"], ["13:00", "17:00"]]),
        ("", []),
    ],
)
def test_opening_hours_are_read_as_people_type_them(at_work, clinic, typed, meant):
    assert change(at_work, "hours", "hours", **{**HOURS, "tue": typed}).status_code == 302

    assert value_of("hours", clinic.pk)["tue"] == meant


@pytest.mark.parametrize(
    "typed", ["9", "17:00-09:00", "09:00-12:00, 11:00-13:00", "25:00-26:00", "all day", "-", "9:00-"]
)
def test_hours_that_cannot_be_say_which_day(at_work, typed):
    answer = change(at_work, "hours", "hours", **{**HOURS, "tue": typed})

    assert answer.status_code == 422
    assert "Tuesday: " in answer.content.decode()


def test_crisis_contacts_keep_their_order_and_drop_empty_lines(at_work, clinic):
    form = {
        "name_1": "On call",
        "phone_1": "555 0100",
        "note_1": "nights",
        "name_2": "",
        "name_3": "Lifeline",
        "phone_3": "988",
    }

    assert change(at_work, "crisis", "crisis_contacts", **form).status_code == 302

    assert [row["name"] for row in value_of("crisis_contacts", clinic.pk)] == ["On call", "Lifeline"]
    assert change(at_work, "crisis", "crisis_contacts", name_1="Nobody").status_code == 422


def test_several_values_come_in_one_query(clinic, admin, django_assert_num_queries):
    change_setting(clinic=clinic, key="idle_minutes", value=20, by=admin)

    with django_assert_num_queries(1):
        assert values_of(["idle_minutes", "paper_size"], clinic.pk) == {"idle_minutes": 20, "paper_size": "letter"}


def test_another_clinics_settings_are_not_ours(clinic, admin, other_clinic):
    change_setting(clinic=clinic, key="idle_minutes", value=20, by=admin)

    assert value_of("idle_minutes", other_clinic.pk) == 15


# Clinical settings


def test_a_clinical_setting_waits_for_a_second_person(client, clinical, clinic, prescriber, medical_director):
    signed_in(client, prescriber)
    assert change(client, "limits", clinical.name, value="155", reason="Two near misses").status_code == 302
    assert value_of(clinical.name, clinic.pk) == 160

    proposal = Proposal.objects.get()
    signed_in(client, medical_director).post(reverse("proposals:second", args=[proposal.ref]))

    assert value_of(clinical.name, clinic.pk) == Decimal(155)
    version = ClinicSetting.objects.get()
    assert (version.value, version.set_by, version.reason) == ("155", prescriber, "Two near misses")


def test_a_clinical_setting_is_not_the_admins(at_work, clinical):
    assert change(at_work, "limits", clinical.name, value="155", reason="x").status_code == 403
    assert "Propose" not in at_work.get(reverse("settings:setting", args=["limits", clinical.name])).content.decode()


def test_a_clinical_change_needs_a_reason_and_a_value_in_range(client, clinical, prescriber):
    signed_in(client, prescriber)

    assert change(client, "limits", clinical.name, value="155").status_code == 422
    assert change(client, "limits", clinical.name, value="201", reason="x").status_code == 422


# Who may


SEE = {"therapist", "prescriber", "medical_director", "admin", "auditor"}
EVERYBODY = [*sorted(SEE), "nurse", "front_desk", "safety_officer"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_sees_and_who_changes(client, request, who, clinic):
    signed_in(client, request.getfixturevalue(who))

    assert (client.get("/settings/clinic/").status_code == 200) is (who in SEE)
    assert (client.get("/settings/rooms/").status_code == 200) is (who in SEE)
    assert (client.get("/settings/staff/").status_code == 200) is (who in {"admin", "auditor"})
    assert (change(client, "clinic", "idle_minutes", value="20").status_code == 302) is (who == "admin")
    assert (client.post("/settings/rooms/", {"name": "Blue"}).status_code == 302) is (who == "admin")


def test_the_front_desk_sees_the_opening_hours_and_nothing_else(client, front_desk):
    signed_in(client, front_desk)

    assert client.get("/settings/")["Location"] == "/settings/hours/"
    assert client.get("/settings/hours/").status_code == 200
    assert client.get(reverse("settings:setting", args=["hours", "hours"])).status_code == 200
    assert client.get(reverse("settings:setting", args=["clinic", "idle_minutes"])).status_code == 403


@pytest.mark.parametrize("address", ["/settings/nonsense/", "/settings/clinic/nonsense/", "/settings/clinic/hours/"])
def test_what_is_not_declared_is_not_there(at_work, address):
    assert at_work.get(address).status_code == 404


# Rooms


def test_rooms_are_added_changed_closed_and_opened_never_deleted(at_work, clinic):
    at_work.post("/settings/rooms/", {"name": "Blue", "is_dosing_room": "on"})
    room = Room.objects.get()

    at_work.post(reverse("settings:room", args=[room.ref]), {"name": "Green"})
    at_work.post(reverse("settings:room_closure", args=[room.ref]))

    room.refresh_from_db()
    assert (room.name, room.is_dosing_room, room.closed_at is None) == ("Green", False, False)
    at_work.post(reverse("settings:room_closure", args=[room.ref]))
    room.refresh_from_db()
    assert room.closed_at is None
    trail = AuditEvent.objects.filter(event=Event.ROOM_CHANGED).order_by("id")
    assert [row.facts["was"] for row in trail] == ["added", "changed", "closed", "opened"]


def test_two_rooms_do_not_share_a_name(at_work):
    at_work.post("/settings/rooms/", {"name": "Blue"})
    at_work.post("/settings/rooms/", {"name": "Green"})

    assert at_work.post("/settings/rooms/", {"name": "Blue"}).status_code == 422
    green = Room.objects.get(name="Green")
    assert at_work.post(reverse("settings:room", args=[green.ref]), {"name": "Blue"}).status_code == 422
    assert Room.objects.count() == 2


def test_a_room_of_another_clinic_is_not_there(at_work, other_clinic, stranger):
    with as_clinic(other_clinic.pk):
        theirs = Room.objects.create(clinic=other_clinic, name="Far")

    assert at_work.get(reverse("settings:room", args=[theirs.ref])).status_code == 404


def test_the_staff_page_says_who_has_no_second_factor_yet(client, nurse, admin):
    with_app(admin)

    page = signed_in(client, admin).get("/settings/staff/")

    people = {person.membership.user: person for person in page.context["people"]}

    assert (people[admin].has_factor, people[nurse].has_factor) == (True, False)
    assert people[nurse].roles == "Nurse"


# Keys


def test_a_name_belongs_to_one_key():
    with pytest.raises(ValueError, match="declared twice"):
        setting_keys.declare(Key("idle_minutes", "clinic", "Other", Kind.INTEGER, 3))


@pytest.mark.parametrize("key", setting_keys.every(), ids=lambda key: key.name)
def test_every_key_has_a_default_that_fits_and_survives_the_database(key):
    assert key.from_json(key.to_json(key.cleaned(key.default))) == key.cleaned(key.default)
    assert key.in_words(key.default)
    assert key.source or not key.clinical


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(Kind)), ANYTHING)
def test_whatever_is_entered_is_cleaned_or_refused_in_words(kind, value):
    key = Key("test_key", "limits", "Test", kind, None, choices={"a": "A"})

    try:
        cleaned = key.cleaned(value)
    except NotAllowed:
        return
    assert key.from_json(json.loads(json.dumps(key.to_json(cleaned)))) == cleaned
