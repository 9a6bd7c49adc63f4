"""Changing a record: two people never overwrite each other, and one's own second save is no alarm."""

from datetime import date

import pytest
from django.urls import reverse

from kap_clinic.audit.models import AuditEvent
from patients.models import Patient, PatientEvent
from patients.record import actions
from tests import factories
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def rivera(clinic, therapist):
    return factories.patient(
        clinic, by=therapist, family_name="Rivera", given_name="Alexandra", phone="+16175550142", email="a@example.org"
    )


def url(patient):
    return reverse("patients:change", args=[patient.ref])


def as_shown(client, patient):
    """The form as the page shows it, ready to be posted back."""
    form = client.get(url(patient)).context["form"]
    return {bound.html_name: value for bound in form if (value := bound.value()) is not None}


def change(patient, by, **values):
    return actions.change(patient=patient, by=by, version=patient.version, values=values)


# The verb


def test_a_change_counts_up_the_version_and_says_who(rivera, admin):
    changed = change(rivera, admin, family_name="Rivera-Łęcka", phone="+16175550199")

    assert (changed.version, changed.changed_by) == (2, admin)
    assert (changed.family_key, changed.phone_tail) == ("rivera lecka", "0199")
    event = AuditEvent.objects.get(event="patient.changed")
    assert event.facts == {"fields": ["family_name", "phone"], "version": 2}
    assert "Rivera" not in str(event.facts)


def test_the_history_keeps_every_state_with_who_made_it(rivera, admin):
    change(rivera, admin, given_name="Alexia")

    states = PatientEvent.objects.filter(pgh_obj=rivera).order_by("version")
    assert [(s.version, s.given_name, s.changed_by) for s in states] == [
        (1, "Alexandra", None),
        (2, "Alexia", admin),
    ]


def test_saving_what_is_there_already_changes_nothing(rivera, admin):
    same = change(rivera, admin, given_name="Alexandra")

    assert same.version == 1
    assert not AuditEvent.objects.filter(event="patient.changed").exists()


def test_the_second_saver_is_told_both_and_nothing_is_written(rivera, admin, front_desk):
    change(rivera, front_desk, phone="+16175550111")

    with pytest.raises(actions.Changed) as caught:
        change(rivera, admin, phone="+16175550122", email="new@example.org")

    assert caught.value.by == front_desk
    assert caught.value.version == 2
    assert {(d.field, d.was, d.theirs, d.mine) for d in caught.value.differences} == {
        ("phone", "+16175550142", "+16175550111", "+16175550122"),
        ("email", "a@example.org", "a@example.org", "new@example.org"),
    }
    assert Patient.objects.get(pk=rivera.pk).email == "a@example.org"


def test_ones_own_second_save_from_an_old_page_is_no_alarm(rivera, admin):
    change(rivera, admin, phone="+16175550111")

    again = change(rivera, admin, phone="+16175550122")

    assert (again.phone, again.version) == ("+16175550122", 3)


def test_ones_own_save_after_somebody_elses_is_an_alarm(rivera, admin, front_desk):
    seen = change(rivera, front_desk, phone="+16175550111")
    change(seen, admin, phone="+16175550122")

    with pytest.raises(actions.Changed):
        change(rivera, admin, phone="+16175550133")


def test_two_who_wrote_the_same_are_not_in_each_others_way(rivera, admin, front_desk):
    change(rivera, front_desk, phone="+16175550111")

    same = change(rivera, admin, phone="+16175550111")

    assert same.version == 2


def test_nothing_but_what_a_record_says_can_be_changed(rivera, admin):
    with pytest.raises(TypeError, match="record_number"):
        change(rivera, admin, record_number=1)


# The page


def test_the_front_desk_changes_how_to_reach_somebody(client, front_desk, rivera):
    signed_in(client, front_desk)

    response = client.post(url(rivera), {**as_shown(client, rivera), "phone": "(617) 555-0177", "message_wish": "none"})

    rivera.refresh_from_db()
    assert response["Location"] == f"/patients/{rivera.ref}/#identity"
    assert (rivera.phone, rivera.message_wish) == ("+16175550177", "none")


def test_a_therapist_changes_the_name_people_use_and_nothing_else(client, therapist, rivera):
    signed_in(client, therapist)
    shown = as_shown(client, rivera)
    forged = {"family_name": "Stone", "phone": "617 555 0100", "birth_date": "1950-01-01", "record_number": "7"}

    client.post(url(rivera), {**shown, **forged, "preferred_name": "Alex"})

    rivera.refresh_from_db()
    assert set(shown) == {"preferred_name", "sex_for_scoring", "version"}
    assert rivera.preferred_name == "Alex"
    assert (rivera.family_name, rivera.phone, rivera.birth_date) == ("Rivera", "+16175550142", date(1987, 3, 14))


def test_the_second_saver_sees_both_versions_side_by_side(client, admin, front_desk, rivera):
    signed_in(client, admin)
    mine = {**as_shown(client, rivera), "phone": "617 555 0122", "pronouns": "they/them"}
    change(rivera, front_desk, phone="+16175550111", email="b@example.org")

    response = client.post(url(rivera), mine)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Theo Park saved this record" in page
    for value in ("(617) 555-0111", "(617) 555-0122", "b@example.org", "a@example.org", "they/them"):
        assert value in page
    take = {choice.field: choice.take for choice in response.context["choices"]}
    assert take == {"phone": "", "email": "theirs", "pronouns": "mine"}
    rivera.refresh_from_db()
    assert rivera.phone == "+16175550111"


def test_choosing_for_each_field_saves_the_choice(client, admin, front_desk, rivera):
    signed_in(client, admin)
    mine = {**as_shown(client, rivera), "phone": "617 555 0122", "pronouns": "they/them"}
    change(rivera, front_desk, phone="+16175550111", email="b@example.org")
    choice = {"settle": "1", "version": "2", "take_phone": "mine", "take_email": "theirs", "take_pronouns": "mine"}

    response = client.post(url(rivera), {**mine, **choice})

    rivera.refresh_from_db()
    assert response.status_code == 302
    assert (rivera.phone, rivera.email, rivera.pronouns) == ("+16175550122", "b@example.org", "they/them")


def test_a_field_nobody_chose_for_is_asked_again(client, admin, front_desk, rivera):
    signed_in(client, admin)
    mine = {**as_shown(client, rivera), "phone": "617 555 0122"}
    change(rivera, front_desk, phone="+16175550111")

    response = client.post(url(rivera), {**mine, "settle": "1", "version": "2"})

    assert response.status_code == 422
    assert "Choose one: Phone" in response.content.decode()
    rivera.refresh_from_db()
    assert rivera.phone == "+16175550111"


def test_a_third_saver_in_between_starts_the_choice_anew(client, admin, front_desk, rivera):
    signed_in(client, admin)
    mine = {**as_shown(client, rivera), "phone": "617 555 0122"}
    change(change(rivera, front_desk, phone="+16175550111"), front_desk, phone="+16175550133")

    response = client.post(url(rivera), {**mine, "settle": "1", "version": "2", "take_phone": "mine"})

    assert response.status_code == 409
    assert "(617) 555-0133" in response.content.decode()


@pytest.mark.parametrize("version", ["", "-1", "x", "99999999999999999999"])
def test_a_version_that_cannot_be_read_is_an_error_and_no_save(client, front_desk, rivera, version):
    signed_in(client, front_desk)

    response = client.post(url(rivera), {**as_shown(client, rivera), "phone": "617 555 0100", "version": version})

    assert response.status_code == 422
    rivera.refresh_from_db()
    assert rivera.phone == "+16175550142"


def test_an_error_keeps_what_was_typed(client, front_desk, rivera):
    signed_in(client, front_desk)

    response = client.post(url(rivera), {**as_shown(client, rivera), "phone": "12", "pronouns": "ze/hir"})

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="12"' in page
    assert 'value="ze/hir"' in page


def test_nurses_and_strangers_do_not_change_a_record(client, nurse, stranger, rivera):
    assert signed_in(client, nurse).get(url(rivera)).status_code == 403
    assert signed_in(client, stranger).get(url(rivera)).status_code == 404
