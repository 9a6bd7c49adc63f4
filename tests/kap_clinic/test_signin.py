"""Signing in: password and code, nothing before the second factor, no telling who has an account."""

import importlib
import re
import sys
from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from kap_clinic.accounts.actions import add_member
from kap_clinic.accounts.models import Attempt, User
from kap_clinic.accounts.public_urls import PUBLIC
from kap_clinic.accounts.signin import factors
from kap_clinic.accounts.signin.secrets_of import secrets_of
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.dev.hashers import Quick
from kap_clinic.dev.soaks import sign_in as sign_in_soak
from kap_clinic.wall import as_clinic
from tests import factories
from tests.factories import PASSWORD
from tests.people import signed_in
from tests.signin import code_of, enter_code, enter_password, every_page, with_app

BEFORE_SECOND_FACTOR = {  # setting one up, and what that needs
    *("second_factor", "add_app", "add_passkey", "recovery_codes"),
    *("confirm", "lock", "unlock", "passkey_question"),
}


def events(*wanted: Event) -> list[str]:
    return list(AuditEvent.objects.filter(event__in=wanted).order_by("id").values_list("event", flat=True))


def test_password_and_code_open_the_clinic_with_a_new_session(client, therapist):
    secret = with_app(therapist)
    client.get("/account/login/")
    before = client.session.session_key

    first = enter_password(client, therapist)
    second = enter_code(client, code_of(secret))

    assert first["Location"] == reverse("mfa_authenticate")
    assert second["Location"] == "/"
    assert client.session.session_key != before
    assert client.get("/account/").status_code == 200
    assert events(Event.SIGNED_IN) == [Event.SIGNED_IN]


def test_after_signing_in_the_page_that_was_asked_for_opens(client, therapist):
    secret = with_app(therapist)
    asked = client.get("/account/")

    client.post(asked["Location"], {"login": therapist.email, "password": PASSWORD, "next": "/account/"})

    assert enter_code(client, code_of(secret))["Location"] == "/account/"


def test_a_next_page_elsewhere_is_not_followed(client, therapist):
    secret = with_app(therapist)

    client.post("/account/login/", {"login": therapist.email, "password": PASSWORD, "next": "https://evil.example/"})

    assert enter_code(client, code_of(secret))["Location"] == "/"


def test_with_the_password_alone_nobody_is_in(client, therapist):
    with_app(therapist)
    enter_password(client, therapist)

    assert client.get("/account/")["Location"].startswith("/account/login/")


def test_a_code_counts_once(client, therapist, frozen):
    frozen("2026-03-02T09:00:10-05:00")
    secret = with_app(therapist)
    code = code_of(secret)
    enter_password(client, therapist)
    enter_code(client, code)
    client.post("/account/logout/")

    enter_password(client, therapist)

    assert enter_code(client, code).status_code == 422


def test_a_code_of_the_step_before_or_after_is_taken_and_none_further(client, therapist, frozen):
    frozen("2026-03-02T09:00:10-05:00")
    secret = with_app(therapist)
    enter_password(client, therapist)

    assert enter_code(client, code_of(secret, steps=2)).status_code == 422
    assert enter_code(client, code_of(secret, steps=-2)).status_code == 422
    assert enter_code(client, code_of(secret, steps=1)).status_code == 302


def test_a_recovery_code_opens_once_and_the_person_is_told(
    client, therapist, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(therapist)
    codes = factors.new_recovery_codes(therapist)
    enter_password(client, therapist)

    with django_capture_on_commit_callbacks(execute=True):
        assert enter_code(client, codes[3]).status_code == 302
    client.post("/account/logout/")
    enter_password(client, therapist)

    assert enter_code(client, codes[3]).status_code == 422
    assert "9 are left" in mailoutbox[0].body
    assert codes[3] not in mailoutbox[0].body


def test_secrets_are_sealed_in_the_database_and_open_for_nobody_else(therapist, nurse):
    secret = with_app(therapist)
    codes = factors.new_recovery_codes(therapist)

    stored = repr(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in stored
    assert not any(code in stored for code in codes)
    theirs = Authenticator.objects.get(user=therapist, type="totp")
    assert "v1." in theirs.data["secret"]
    with secrets_of(nurse), pytest.raises(Exception, match="not sealed for this place"):
        get_adapter().decrypt(theirs.data["secret"])


def test_somebody_without_a_second_factor_reaches_its_setting_up_and_the_way_out_only(client, therapist):
    client.force_login(therapist)

    for page in ("/", "/account/", "/patients/", "/account/password/"):
        assert client.get(page)["Location"] == reverse("second_factor"), page
    assert client.get(reverse("second_factor")).status_code == 200
    assert client.post("/account/logout/").status_code == 302


def test_no_page_at_all_opens_before_the_second_factor(client, therapist):
    client.force_login(therapist)
    asked = 0

    for name, address, view in every_page():
        if name in PUBLIC or name in BEFORE_SECOND_FACTOR or getattr(view, "login_required", True) is False:
            continue
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302, (name, answer.status_code)
            assert answer["Location"] == reverse("second_factor"), name
        asked += 1

    assert asked > 20


def test_what_opens_before_the_second_factor_is_on_a_short_list(clinic):
    marked = {name for name, _, view in every_page() if getattr(view, "before_second_factor", False)}

    assert marked - set(PUBLIC) == BEFORE_SECOND_FACTOR


def test_the_first_factor_lets_in_and_brings_recovery_codes(client, therapist, frozen):
    frozen("2026-03-02T09:00:10-05:00")
    therapist.set_password(PASSWORD)
    therapist.save()
    enter_password(client, therapist)
    page = client.get(reverse("add_app")).content.decode()
    secret = "".join(re.search(r"key into your app: <b[^>]*>([^<]+)<", page)[1].split())

    answer = client.post(reverse("add_app"), {"code": code_of(secret)}, follow=True)

    assert "Recovery codes" in answer.content.decode()
    assert client.get("/account/").status_code == 200
    assert secret not in repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert events(Event.FACTOR_ADDED, Event.RECOVERY_CODES_MADE) == [Event.FACTOR_ADDED, Event.RECOVERY_CODES_MADE]
    assert client.get(reverse("recovery_codes"))["Location"] == "/account/", "they are shown once"


def test_the_secret_being_set_up_is_sealed_in_the_session_too(client, therapist):
    therapist.set_password(PASSWORD)
    therapist.save()
    enter_password(client, therapist)
    page = client.get(reverse("add_app")).content.decode()
    secret = "".join(re.search(r"key into your app: <b[^>]*>([^<]+)<", page)[1].split())

    assert secret not in repr(dict(client.session.items()))


def test_a_session_older_than_the_first_factor_has_to_sign_in_again(client, therapist):
    client.force_login(therapist)
    with_app(therapist)
    client.force_login(User.objects.get(pk=therapist.pk))

    assert client.get("/account/")["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session


# The demo's code


def test_the_demos_code_opens_demo_accounts_in_the_demo_only(client, therapist, clinic, settings):
    with_app(therapist)
    enter_password(client, therapist)
    assert enter_code(client, "246810").status_code == 422, "a real clinic"

    clinic.is_demo = True
    clinic.save()
    assert enter_code(client, "246810").status_code == 422, "a demo clinic, DEMO off"

    settings.DEMO = True
    assert enter_code(client, "246810").status_code == 302, "a demo clinic in the demo"


def test_in_the_demo_the_code_opens_nobody_who_also_works_elsewhere(client, therapist, clinic, other_clinic, settings):
    settings.DEMO = True
    with_app(therapist)
    enter_password(client, therapist)
    assert enter_code(client, "246810").status_code == 422, "not a demo clinic"

    clinic.is_demo = True
    clinic.save()
    with as_clinic(other_clinic.pk):
        add_member(clinic=other_clinic, user=therapist, roles=[Role.THERAPIST])
    assert enter_code(client, "246810").status_code == 422, "works at a real clinic too"


def test_with_demo_off_the_code_cannot_even_be_imported(settings, monkeypatch):
    settings.DEMO = False
    monkeypatch.delitem(sys.modules, "kap_clinic.accounts.signin.demo", raising=False)

    with pytest.raises(ImproperlyConfigured):
        importlib.import_module("kap_clinic.accounts.signin.demo")


# No enumeration


def shown(response) -> str:
    """What a page says, without what differs between any two pages."""
    text = response.content.decode()
    text = re.sub(r'(csrfmiddlewaretoken" value="|nonce="|Nonce":")[^"]*"', "", text)
    return re.sub(r'value="[^"]*@[^"]*"|\S+@example\.org', "", text)


def test_an_unknown_address_a_wrong_password_and_a_disabled_account_answer_alike(client, therapist, nurse):
    with_app(therapist)
    with_app(nurse)
    User.objects.filter(pk=nurse.pk).update(is_active=False)
    stranger = User(email="nobody@example.org")

    answers = [
        enter_password(client, stranger),
        enter_password(client, therapist, "not the password"),
        enter_password(client, nurse),
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert len({shown(answer) for answer in answers}) == 1


def test_known_or_not_a_sign_in_hashes_once(client, therapist, monkeypatch):
    with_app(therapist)
    hashed = []
    encode = Quick.encode
    monkeypatch.setattr(Quick, "encode", lambda self, *given: hashed.append(1) or encode(self, *given))
    monkeypatch.setattr(Quick, "verify", lambda self, *given: hashed.append(1) or False)

    enter_password(client, User(email="nobody@example.org"))
    unknown = len(hashed)
    enter_password(client, therapist, "wrong")

    assert (unknown, len(hashed) - unknown) == (1, 1)


def test_asking_for_a_new_password_answers_alike(client, therapist, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        known = client.post("/account/forgotten/", {"email": therapist.email})
        unknown = client.post("/account/forgotten/", {"email": "nobody@example.org"})

    assert known.status_code == unknown.status_code == 200
    assert shown(known) == shown(unknown)
    assert [letter.to for letter in mailoutbox] == [[therapist.email]]


def test_nobody_signs_themselves_up(client, clinic):
    assert client.get("/account/signup/").status_code == 404


# New password


def test_a_link_sets_a_new_password_once_and_ends_every_session(
    client, therapist, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(therapist)
    other = signed_in(type(client)(), therapist)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/forgotten/", {"email": therapist.email})
    link = re.search(r"http\S+(/account/new-password/\S+)", mailoutbox[0].body)[1]
    clean = client.get(link)["Location"]

    refused = client.post(clean, {"password": "password1234"})
    changed = client.post(clean, {"password": "nine copper kettles"})

    assert refused.status_code == 422
    assert "too common" in refused.content.decode()
    assert changed["Location"] == "/account/login/"
    assert enter_password(client, therapist, "nine copper kettles").status_code == 302
    assert other.get("/account/")["Location"].startswith("/account/login/")
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("password", ["short", "12345678901", "password1234", "a" * 129])
def test_a_weak_password_is_refused_with_what_to_do(client, therapist, password):
    signed_in(client, therapist)

    assert client.post("/account/password/", {"password": password}).status_code == 422


def test_an_odd_link_is_over_and_never_an_error(client, therapist):
    for token in ("x", "set", "a-b-c", "%00"):
        assert client.get(f"/account/new-password/{therapist.ref}/{token}/").status_code == 404


# Throttle


def test_after_five_failures_even_the_right_password_waits_five_minutes(client, therapist, frozen):
    clock = frozen("2026-03-02T09:00:00-05:00")
    secret = with_app(therapist)
    for _ in range(5):
        assert enter_password(client, therapist, "wrong").status_code == 422

    refused = enter_password(client, therapist)
    clock.shift(301)

    assert refused.status_code == 422
    assert "Wait five minutes" in refused.content.decode()
    assert enter_password(client, therapist).status_code == 302
    assert enter_code(client, code_of(secret)).status_code == 302
    assert AuditEvent.objects.filter(event=Event.SIGN_IN_FAILED).count() == 0, "they belong to no clinic"


def test_codes_are_counted_with_passwords(client, therapist, frozen):
    frozen("2026-03-02T09:00:00-05:00")
    secret = with_app(therapist)
    enter_password(client, therapist)
    for _ in range(5):
        enter_code(client, "000000")

    assert "Wait five minutes" in enter_code(client, code_of(secret)).content.decode()


def test_unknown_addresses_are_throttled_alike(client, clinic, frozen):
    frozen("2026-03-02T09:00:00-05:00")
    nobody = User(email="nobody@example.org")
    for _ in range(5):
        enter_password(client, nobody)

    assert "Wait five minutes" in enter_password(client, nobody).content.decode()
    assert "nobody" not in repr(list(Attempt.objects.values()))


def test_twenty_tries_a_minute_from_one_address_and_no_more(client, clinic, frozen):
    clock = frozen("2026-03-02T09:00:00-05:00")
    answers = [enter_password(client, User(email=f"somebody{n}@example.org")).content.decode() for n in range(21)]

    assert ["Wait" in answer for answer in answers] == [False] * 20 + [True]
    elsewhere = enter_password(client, User(email="x@example.org"), REMOTE_ADDR="192.0.2.7")
    assert "Wait" not in elsewhere.content.decode()
    clock.shift(61)
    assert "Wait" not in enter_password(client, User(email="y@example.org")).content.decode()


def test_forty_tries_from_everywhere_get_five_guesses(client, therapist, frozen, monkeypatch):
    frozen("2026-03-02T09:00:00-05:00")
    checked = []
    monkeypatch.setattr(User, "check_password", lambda self, password: checked.append(password) or False)

    for n in range(40):
        enter_password(client, therapist, f"guess {n}", REMOTE_ADDR=f"198.51.100.{n}")

    assert len(checked) == 5


def test_two_hundred_tries_at_the_same_moment_get_five_guesses(fresh_db, clinic, therapist):
    report = sign_in_soak.attack(therapist.email, tries=200, connections=8)

    assert report == {"taken": 5, "refused": 195}


def test_when_tries_cannot_be_counted_nobody_gets_in(client, therapist, monkeypatch):
    with_app(therapist)

    def lost(*args, **kwargs):
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(Attempt.objects, "create", lost)
    client.raise_request_exception = False

    assert enter_password(client, therapist).status_code == 500
    assert "_auth_user_id" not in client.session


# What is sent is never an error of ours

NONSENSE = [
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "1",
    "{}",
    '{"id": 1}',
    '{"response": {}}',
    '{"response": {"userHandle": "!"}}',
    "\0",
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_broken_passkey_answer_is_refused(client, therapist, nonsense):
    with_app(therapist)
    client.get("/account/login/passkey/", HTTP_ACCEPT="application/json")
    assert client.post("/account/login/passkey/", {"credential": nonsense}).status_code == 302

    enter_password(client, therapist)
    assert client.post("/account/login/code/", {"credential": nonsense}).status_code == 422
    assert "_auth_user_id" not in client.session

    signed_in(client, therapist)
    assert client.post(reverse("confirm"), {"credential": nonsense}).status_code == 422
    assert client.post(reverse("add_passkey"), {"name": "x", "credential": nonsense}).status_code == 422


@pytest.mark.parametrize("code", ["", " ", "abcdef", "１２３４５６", "000 000", "9" * 40, "\0"])
def test_a_broken_code_is_refused(client, therapist, code):
    with_app(therapist)
    enter_password(client, therapist)

    assert enter_code(client, code).status_code == 422


def test_the_page_is_never_kept_by_a_browser(client, therapist):
    page = client.get("/account/login/")

    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_signing_out_ends_the_session_and_clears_the_browser(client, therapist):
    signed_in(client, therapist)

    answer = client.post("/account/logout/")

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/account/")["Location"].startswith("/account/login/")
    assert client.get("/account/logout/").status_code == 405


# New devices


def test_a_second_device_is_told_by_letter(client, therapist, mailoutbox, django_capture_on_commit_callbacks, frozen):
    clock = frozen("2026-03-02T09:00:00-05:00")
    secret = with_app(therapist)

    def enter(browser) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            enter_password(browser, therapist)
            assert enter_code(browser, code_of(secret)).status_code == 302
        browser.post("/account/logout/")
        clock.shift(61)

    enter(client)
    enter(client)
    assert mailoutbox == []
    enter(type(client)(headers={"user-agent": "Odd browser"}))

    assert [letter.subject for letter in mailoutbox] == ["Your account was opened on a new device"]
    assert "Odd browser" in mailoutbox[0].body


def test_letters_say_nothing_about_the_clinics_work():
    words = re.compile("ketamin|psych|therap|patient|dose|medic|treat|clinic(?!'s admin)", re.IGNORECASE)
    letters = sorted(Path("templates/emails/account").glob("*.txt"))

    assert letters
    assert not [
        (letter.name, words.findall(letter.read_text())) for letter in letters if words.search(letter.read_text())
    ]


def test_an_account_is_found_by_its_address_in_any_case(client, therapist):
    with_app(therapist)
    therapist.email = therapist.email.upper()

    assert enter_password(client, therapist).status_code == 302


def test_factories_make_people_without_a_way_in(client, clinic):
    person = factories.user()

    assert enter_password(client, person).status_code == 422
