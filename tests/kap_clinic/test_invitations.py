"""Joining a clinic: by a link that works once, for seven days, for one address."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kap_clinic.accounts.doors import behind, hashed
from kap_clinic.accounts.invitations import actions
from kap_clinic.accounts.membership import all_live
from kap_clinic.accounts.models import Clinic, Invitation, Membership, User
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic, set_clinic
from tests import factories
from tests.factories import PASSWORD
from tests.people import signed_in
from tests.signin import code_of, enter_password, with_app

JOIN = {"name": "Lee Hart", "password": PASSWORD}


@pytest.fixture
def link(clinic, admin):
    """A link for Lee, who has no account."""
    return invited(clinic, admin)


def invited(clinic, admin, email="lee@example.org"):
    return actions.invite(clinic=clinic, email=email, name="Lee Hart", roles=[Role.NURSE], by=admin)[1]


def open_link(client, link):
    return client.get(client.get(link)["Location"])


def accept(client, **form):
    return client.post("/account/invitation/", form or JOIN)


def test_an_admin_invites_and_the_letter_carries_the_link(
    client, admin, clinic, mailoutbox, django_capture_on_commit_callbacks
):
    signed_in(client, admin)
    form = {"name": "Lee Hart", "email": "Lee@Example.org", "roles": ["nurse", "therapist"]}

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/settings/staff/", form)

    assert answer["Location"] == "/settings/staff/"
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.roles, invitation.invited_by) == (
        "lee@example.org",
        ["nurse", "therapist"],
        admin,
    )
    token = re.search(r"/account/invitation/(\S+)/", mailoutbox[0].body)[1]
    assert invitation.token_hash == hashed(token)
    assert AuditEvent.objects.filter(event=Event.MEMBER_INVITED, thing_ref=str(invitation.ref)).exists()
    assert "lee@example.org" in client.get("/settings/staff/").content.decode()


def test_looking_at_the_link_uses_nothing_up(client, link):
    for _ in range(20):
        assert "Join Harbour Clinic" in open_link(client, link).content.decode()

    assert Invitation.objects.get().is_open


def test_the_address_is_clean_once_the_page_is_open(client, link):
    assert client.get(link)["Location"] == "/account/invitation/"


def test_a_new_person_joins_and_sets_up_a_second_factor_before_anything_else(client, link, clinic, admin):
    open_link(client, link)

    answer = accept(client)

    assert answer["Location"] == reverse("second_factor")
    lee = User.objects.get(email="lee@example.org")
    assert [(place.clinic_id, place.roles) for place in all_live(lee)] == [(clinic.pk, {Role.NURSE})]
    assert client.get("/")["Location"] == reverse("second_factor")
    invitation = Invitation.objects.get()
    assert invitation.accepted_by == lee
    trail = AuditEvent.objects.filter(event__in=[Event.INVITATION_OPENED, Event.MEMBER_JOINED, Event.SIGNED_IN])
    assert {row.event for row in trail} >= {Event.INVITATION_OPENED, Event.MEMBER_JOINED, Event.SIGNED_IN}


def test_a_link_works_once(client, link):
    open_link(client, link)
    accept(client)
    other = type(client)()

    assert open_link(other, link).status_code == 404
    assert accept(other, name="Eve", password=PASSWORD).status_code == 404
    assert User.objects.filter(email="lee@example.org").count() == 1


def test_after_seven_days_a_link_is_over(client, link, frozen):
    from datetime import timedelta

    from django.utils import timezone

    frozen(timezone.now() + timedelta(days=7, seconds=1))

    assert open_link(client, link).status_code == 404
    assert accept(client).status_code == 404


def test_a_link_that_was_taken_back_is_over(client, link, admin):
    signed_in(client, admin)
    client.post(reverse("settings:revoke_invitation", args=[Invitation.objects.get().ref]))

    other = type(client)()
    assert open_link(other, link).status_code == 404
    assert accept(other).status_code == 404


def test_a_second_invitation_voids_the_first(client, link, clinic, admin):
    again = invited(clinic, admin)

    assert open_link(client, link).status_code == 404
    assert open_link(type(client)(), again).status_code == 200


def test_a_weak_password_is_refused_and_the_name_stays(client, link):
    open_link(client, link)

    answer = accept(client, name="Lee Hart", password="password1234")

    assert answer.status_code == 422
    assert 'value="Lee Hart"' in answer.content.decode()
    assert not User.objects.filter(email="lee@example.org").exists()


def test_the_roles_come_from_the_invitation_whatever_is_sent(client, link):
    open_link(client, link)

    accept(client, roles="admin", email="eve@example.org", clinic="2", **JOIN)

    assert Membership.objects.get(user__email="lee@example.org").roles == ["nurse"]


def test_somebody_with_an_account_signs_in_to_accept(client, clinic, admin, stranger, other_clinic):
    secret = with_app(stranger)
    link = invited(clinic, admin, stranger.email)
    page = open_link(client, link)

    assert "Sign in as" in page.content.decode()
    assert accept(client).status_code == 200
    assert len(all_live(stranger)) == 1
    enter_password(client, stranger)
    client.post("/account/login/code/", {"code": code_of(secret)})
    accept(client)

    assert [place.clinic_name for place in all_live(stranger)] == ["Inland Clinic", "Harbour Clinic"]
    assert client.get("/account/").context["member"].clinic_name == "Harbour Clinic"


def test_somebody_else_who_is_signed_in_cannot_accept(client, link, nurse):
    signed_in(client, nurse)

    page = open_link(client, link)

    assert "you are signed in as" in page.content.decode()
    accept(client)
    assert Invitation.objects.get().is_open


def test_a_person_of_two_clinics_chooses_where_to_work(client, stranger, clinic, other_clinic):
    from kap_clinic.accounts.actions import add_member

    with as_clinic(clinic.pk):
        add_member(clinic=clinic, user=stranger, roles=[Role.NURSE])
    signed_in(client, stranger)

    client.post("/account/clinic/", {"clinic": clinic.pk})

    assert client.get("/account/").context["member"].clinic_id == clinic.pk
    assert client.post("/account/clinic/", {"clinic": 10**9}).status_code == 404
    assert client.post("/account/clinic/", {"clinic": "x"}).status_code == 404


@pytest.mark.parametrize("token", ["x", "%20", "a/b", "é", "'; select 1", "%00"])
def test_an_odd_token_is_over_and_never_an_error(client, clinic, token):
    answer = client.get(f"/account/invitation/{token}/", follow=True)

    assert answer.status_code == 404


def test_the_page_without_a_token_is_over(client, clinic):
    assert client.get("/account/invitation/").status_code == 404


def test_the_door_opens_for_the_exact_hash_only(link, clinic):
    token = link.rstrip("/").rpartition("/")[2]
    set_clinic(None)

    assert behind("invitation", token).clinic_id == clinic.pk
    assert behind("invitation", token[:-1]) is None
    assert behind("other", token) is None
    assert not Invitation.objects.exists(), "the wall stands: without a clinic there is nothing to see"


@pytest.mark.parametrize("who", ["therapist", "prescriber", "nurse", "front_desk", "auditor", "safety_officer"])
def test_only_an_admin_invites(client, request, who, clinic):
    signed_in(client, request.getfixturevalue(who))

    assert (
        client.post("/settings/staff/", {"name": "x", "email": "x@example.org", "roles": ["admin"]}).status_code == 403
    )
    assert not Invitation.objects.exists()


def test_who_works_here_is_not_invited_again(client, admin, nurse):
    signed_in(client, admin)

    answer = client.post("/settings/staff/", {"name": "Jo", "email": nurse.email.upper(), "roles": ["nurse"]})

    assert answer.status_code == 422
    assert "works here already" in answer.content.decode()


def test_the_form_does_not_tell_who_works_elsewhere(client, admin, stranger):
    signed_in(client, admin)

    answer = client.post("/settings/staff/", {"name": "Robin", "email": stranger.email, "roles": ["nurse"]})

    assert answer["Location"] == "/settings/staff/"


# Commands


def open_clinic(**options):
    given = {"name": "Lakeside", "zone": "America/Chicago", "email": "ada@example.org", "person": "Ada Lund", **options}
    call_command("open_clinic", **given)


def test_open_clinic_makes_a_clinic_and_prints_the_admins_link(client, db, capsys):
    open_clinic()

    made = Clinic.objects.get(name="Lakeside")
    link = re.search(r"http://\S+?(/account/\S+)", capsys.readouterr().out)[1]
    assert (made.zone, made.is_demo) == ("America/Chicago", False)
    assert "Join Lakeside" in open_link(client, link).content.decode()
    accept(client, name="Ada Lund", password=PASSWORD)
    assert [place.roles for place in all_live(User.objects.get(email="ada@example.org"))] == [{Role.ADMIN}]


@pytest.mark.parametrize("wrong", [{"zone": "Mars/Base"}, {"email": "ada"}, {"name": " "}, {"person": ""}])
def test_open_clinic_says_what_is_wrong_and_makes_nothing(db, wrong):
    with pytest.raises(CommandError):
        open_clinic(**wrong)

    assert not Clinic.objects.exists()


REASON = "Ada called from her own number and showed her badge"


def test_the_only_admins_second_factor_is_reset_on_the_server_audited(
    client, admin, clinic, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(admin)
    signed_in(client, admin)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("reset_second_factor", admin.email.upper(), reason=REASON)

    assert not admin.authenticator_set.exists()
    assert client.get("/account/")["Location"].startswith("/account/login/")
    row = AuditEvent.objects.get(event="mfa.reset")
    assert (row.actor, row.reason, row.thing_ref) == ("operator", REASON, str(admin.ref))
    assert [letter.subject for letter in mailoutbox] == ["Your second factors were reset"]


def test_nobody_else_is_reset_by_the_command(admin, nurse, clinic):
    second_admin = factories.member(clinic, Role.ADMIN, name="Una Second")
    with_app(second_admin)

    for email in (admin.email, nurse.email, "nobody@example.org"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", email, reason=REASON)
    assert second_admin.authenticator_set.exists()


def test_a_reset_needs_a_reason(admin):
    with pytest.raises(CommandError, match="15 characters"):
        call_command("reset_second_factor", admin.email, reason="lost")
