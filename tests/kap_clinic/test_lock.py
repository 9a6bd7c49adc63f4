"""The idle lock: the person stays signed in, the page answers 423, and what was sent meanwhile is kept."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from kap_clinic.accounts.actions import change_setting, let_go
from kap_clinic.accounts.lock.models import HeldPost
from kap_clinic.accounts.models import Room
from kap_clinic.accounts.public_urls import PUBLIC
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.models import AuditEvent
from tests.factories import PASSWORD
from tests.people import signed_in
from tests.signin import code_of, every_page, with_app

NOON = "2026-03-02T12:00:00-05:00"
PART = {"HTTP_SEC_FETCH_DEST": "empty"}


@pytest.fixture
def clock(frozen):
    return frozen(NOON)


@pytest.fixture
def at_work(client, admin, clock):
    """The admin, signed in at noon with a password and an app."""
    admin.secret = with_app(admin)
    signed_in(client, admin)
    client.get("/account/")
    return client


def test_after_fifteen_minutes_the_page_is_locked_and_a_password_brings_it_back(at_work, clock, admin):
    clock.shift(15 * 60)
    assert at_work.get("/settings/rooms/").status_code == 200
    clock.shift(15 * 60 + 1)

    locked = at_work.get("/settings/rooms/?all=1")

    assert locked.status_code == 423
    assert 'name="next" value="/settings/rooms/?all=1"' in locked.content.decode()
    assert "Add a room" not in locked.content.decode()
    wrong = at_work.post("/account/unlock/", {"password": "wrong", "next": "/settings/rooms/"})
    assert wrong.status_code == 422
    assert at_work.get("/settings/rooms/").status_code == 423
    right = at_work.post("/account/unlock/", {"password": PASSWORD, "next": "/settings/rooms/"})
    assert right["Location"] == "/settings/rooms/"
    assert at_work.get("/settings/rooms/").status_code == 200
    trail = AuditEvent.objects.filter(event__in=[Event.SCREEN_LOCKED, Event.SCREEN_UNLOCKED]).order_by("id")
    assert [row.event for row in trail] == [Event.SCREEN_LOCKED, Event.SCREEN_UNLOCKED]


def test_a_code_of_the_app_unlocks_too(at_work, clock, admin):
    clock.shift(16 * 60)
    at_work.get("/")

    assert at_work.post("/account/unlock/", {"code": code_of(admin.secret)}).status_code == 302


def test_five_wrong_passwords_at_the_lock_are_throttled(at_work, clock):
    clock.shift(16 * 60)
    at_work.get("/")
    for _ in range(5):
        at_work.post("/account/unlock/", {"password": "wrong"})

    assert "Wait five minutes" in at_work.post("/account/unlock/", {"password": PASSWORD}).content.decode()


def test_unlocking_leads_nowhere_else(at_work, clock):
    clock.shift(16 * 60)
    at_work.get("/")

    answer = at_work.post("/account/unlock/", {"password": PASSWORD, "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_a_part_of_a_page_only_hears_that_it_is_locked(at_work, clock):
    clock.shift(16 * 60)

    for header in ({"HTTP_HX_REQUEST": "true"}, PART):
        answer = at_work.get("/settings/rooms/", **header)
        assert answer.status_code == 423
        assert answer["KAP-Locked"] == "1"
        assert "<" not in answer.content.decode()


def test_a_form_sent_while_locked_is_kept_sealed_and_sent_again(at_work, clock, admin):
    clock.shift(16 * 60)

    locked = at_work.post("/settings/rooms/", {"name": "The “blue” room & more\nline", "is_dosing_room": "on"})

    assert locked.status_code == 423
    assert not Room.objects.exists()
    post = HeldPost.objects.get()
    assert "blue" not in post.body
    after = reverse("held", args=[post.ref])
    assert at_work.get(after).status_code == 423, "locked like everything"
    assert at_work.post("/account/unlock/", {"password": PASSWORD, "next": after})["Location"] == after
    page = at_work.get(after)
    assert page.context["fields"] == [("name", "The “blue” room & more\nline"), ("is_dosing_room", "on")]
    sent = at_work.post("/settings/rooms/", dict(page.context["fields"]) | {"_held": str(post.ref)})
    assert sent.status_code == 302
    assert Room.objects.get().name.startswith("The “blue” room")
    assert not HeldPost.objects.exists(), "once it is sent, no copy stays"


def test_a_kept_form_shows_to_its_sender_only_and_for_twelve_hours(at_work, clock, admin, client, nurse):
    clock.shift(16 * 60)
    at_work.post("/settings/rooms/", {"name": "Blue"})
    address = reverse("held", args=[HeldPost.objects.get().ref])

    assert signed_in(type(client)(), nurse).get(address).status_code == 404
    clock.shift(12 * 3600)
    assert signed_in(client, admin).get(address).status_code == 404


def test_a_kept_form_nobody_came_back_for_is_deleted(at_work, clock):
    clock.shift(16 * 60)
    at_work.post("/settings/rooms/", {"name": "Blue"})
    let_go()
    assert HeldPost.objects.count() == 1

    clock.shift(12 * 3600)
    let_go()

    assert not HeldPost.objects.exists()


def test_secrets_in_a_form_are_not_kept(at_work, clock):
    clock.shift(16 * 60)

    at_work.post("/account/password/", {"password": "seven paper lanterns more", "other": "x"})

    page_fields = HeldPost.objects.get()
    assert "lanterns" not in str(page_fields.__dict__)


def test_a_kept_form_can_be_dropped(at_work, clock):
    clock.shift(16 * 60)
    at_work.post("/settings/rooms/", {"name": "Blue"})
    post = HeldPost.objects.get()
    at_work.post("/account/unlock/", {"password": PASSWORD})

    at_work.post(reverse("drop_held", args=[post.ref]))

    assert not HeldPost.objects.exists()


def test_the_clinic_sets_how_long_and_shared_devices_lock_sooner(at_work, clock, clinic, admin):
    change_setting(clinic=clinic, key="idle_minutes", value=30, by=admin)
    clock.shift(29 * 60)
    assert at_work.get("/account/").status_code == 200

    at_work.cookies["shared"] = "1"
    clock.shift(5 * 60 + 1)
    assert at_work.get("/account/").status_code == 423


def test_being_there_is_what_somebody_does_not_what_the_page_asks_by_itself(at_work, clock):
    for _ in range(4):
        clock.shift(10 * 60)
        assert at_work.post("/account/here/").status_code == 204
    assert at_work.get("/account/").status_code == 200


def test_a_quiet_view_does_not_keep_the_screen_open(at_work, clock, monkeypatch):
    from kap_clinic.accounts.signin import account

    monkeypatch.setattr(account.account, "quiet", True, raising=False)
    for _ in range(2):
        clock.shift(7 * 60)
        assert at_work.get("/account/").status_code == 200

    clock.shift(2 * 60)
    assert at_work.get("/account/").status_code == 423


def test_somebody_can_lock_by_hand(at_work):
    assert at_work.post("/account/lock/", **PART).status_code == 204
    assert at_work.get("/account/").status_code == 423


def test_no_page_at_all_opens_while_the_screen_is_locked(at_work):
    at_work.post("/account/lock/", **PART)

    for name, address, view in every_page():
        if name in PUBLIC or getattr(view, "login_required", True) is False:
            continue
        answer = at_work.get(address)
        assert answer.status_code == 423 or name in {"lock", "unlock", "passkey_question"}, (name, answer.status_code)


def test_a_locked_session_can_be_left(at_work):
    at_work.post("/account/lock/", **PART)

    assert at_work.post("/account/logout/")["Location"] == "/account/login/"


def test_after_twelve_hours_a_session_is_over_however_busy(at_work, clock, admin):
    for _ in range(72):
        clock.shift(10 * 60)
        assert at_work.post("/account/here/").status_code == 204
    clock.shift(60)

    over = at_work.post("/settings/rooms/", {"name": "Blue"})

    assert over["Location"] == f"/account/login/?next={reverse('held', args=[HeldPost.objects.get().ref])}"
    assert "_auth_user_id" not in at_work.session
    assert signed_in(at_work, admin).get(reverse("held", args=[HeldPost.objects.get().ref])).status_code == 200


def test_parts_hear_that_a_session_is_over(at_work, clock):
    clock.shift(12 * 3600 + 1)

    assert at_work.get("/account/", **PART).status_code == 401
    assert at_work.get("/account/", HTTP_HX_REQUEST="true").status_code == 401
    assert "_auth_user_id" not in at_work.session


def test_a_locked_session_without_a_second_factor_sets_none_up(client, admin, clock):
    client.force_login(admin)
    client.get("/account/second-factor/")
    admin.set_password(PASSWORD)
    admin.save()
    client.force_login(admin)
    client.get("/account/second-factor/")
    clock.shift(16 * 60)

    assert client.get("/account/second-factor/app/").status_code == 423
    assert (
        client.post("/account/unlock/", {"password": PASSWORD, "next": "/account/second-factor/app/"}).status_code
        == 302
    )
    assert client.get("/account/second-factor/app/").status_code == 200


def test_what_is_locked_stays_locked_in_the_database(at_work, clock):
    at_work.post("/account/lock/", **PART)

    assert all("locked_at" in row.get_decoded() for row in Session.objects.all())


# Confirming


@pytest.fixture
def later(at_work, clock):
    """Six minutes after signing in."""
    clock.shift(6 * 60)
    return at_work


def invite(client, **more):
    form = {"name": "Lee Hart", "email": "lee@example.org", "roles": ["nurse"]}
    return client.post("/settings/staff/", form, **more)


def test_right_after_signing_in_nothing_is_asked_again(at_work):
    assert invite(at_work)["Location"] == "/settings/staff/"


def test_later_a_change_of_rights_asks_and_comes_back_with_the_form(later, admin):
    asked = invite(later)

    page = later.get(asked["Location"])
    assert "Confirm it is you" in page.content.decode()
    after = later.post("/account/confirm/", {"password": PASSWORD, "next": page.context["next"]})["Location"]
    held = later.get(after)
    assert "data-send-held" in held.content.decode(), "it goes on by itself"
    assert ("email", "lee@example.org") in held.context["fields"]
    assert invite(later)["Location"] == "/settings/staff/"


def test_a_wrong_proof_confirms_nothing(later):
    later.post("/account/confirm/", {"password": "wrong"})

    assert invite(later)["Location"].startswith("/account/confirm/")


def test_a_part_is_told_to_ask_on_the_spot(later):
    answer = invite(later, **PART)

    assert (answer.status_code, answer["KAP-Confirm"]) == (423, "one")
    assert later.post("/account/confirm/", {"password": PASSWORD}, **PART).status_code == 204
    assert invite(later)["Location"] == "/settings/staff/"


def test_confirming_needs_a_second_factor_of_those_who_have_one(client, admin):
    client.force_login(admin)
    with_app(admin)

    assert client.post("/account/confirm/", {"password": PASSWORD})["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("shown", "is_enough"),
    [
        ({}, False),
        ({"password": PASSWORD}, False),
        ({"code": True}, False),
        ({"password": PASSWORD, "code": True}, True),
        ({"password": "wrong", "code": True}, False),
        ({"password": PASSWORD, "code": "000000"}, False),
    ],
)
def test_a_signature_needs_both_components_first(later, admin, shown, is_enough):
    given = {**shown, "both": "1", "next": "/account/"}
    if given.get("code") is True:
        given["code"] = code_of(admin.secret)

    answer = later.post("/account/confirm/", given)

    assert (answer.status_code == 302) is is_enough


def test_within_a_quarter_of_an_hour_one_component_is_enough_for_a_further_signature(rf, later, admin, clock):
    from kap_clinic.accounts.signin.records import confirmed_within

    def may_sign() -> bool:
        request = rf.get("/")
        request.user, request.session = admin, later.session
        return confirmed_within(request, both=True)

    assert not may_sign()
    later.post("/account/confirm/", {"password": PASSWORD, "code": code_of(admin.secret), "both": "1"})
    assert may_sign()
    clock.shift(6 * 60)
    assert not may_sign()
    later.post("/account/confirm/", {"password": PASSWORD})
    assert may_sign()
    clock.shift(10 * 60)
    later.post("/account/confirm/", {"password": PASSWORD})
    assert not may_sign(), "the code is older than a quarter of an hour"


def test_the_checks_cost_no_query_of_their_own(at_work, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):  # the fixed frame of stack.md
        assert at_work.get("/settings/").status_code == 302


def test_the_list_of_proofs_in_a_session_stays_short_and_keeps_the_second_factor(later, clock):
    for _ in range(40):
        later.post("/account/confirm/", {"password": PASSWORD})
        clock.shift(61)

    assert len(later.session["account_authentication_methods"]) <= 20
    assert later.get("/account/").status_code == 200
