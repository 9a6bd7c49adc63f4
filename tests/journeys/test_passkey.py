"""A passkey: made once, then it signs in, confirms and unlocks by itself."""

import pytest
from playwright.sync_api import expect

from kap_clinic.accounts.models import Invitation
from kap_clinic.wall import as_clinic
from tests.signin import enter_in_browser, signed_in_browser, with_app

pytestmark = pytest.mark.browser


@pytest.fixture
def finger(context, page):
    """A device with a finger on it; `finger(False)` takes it away."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def there(is_there: bool) -> None:
        session.send("WebAuthn.setUserVerified", made | {"isUserVerified": is_there})

    return there


def test_a_passkey_is_all_one_needs(page, context, live_server, axe, admin, clinic, finger, expect_console):
    site = live_server.url
    given_the_admin_is_signed_in_with_an_app(page, site, admin)

    when_a_passkey_is_made(page, site, axe)
    when_signing_out(page)
    then_without_a_finger_nobody_gets_in(page, finger)
    then_the_passkey_signs_in(page)
    when_the_proof_is_old(context, site, admin)
    then_inviting_asks_and_the_passkey_answers(page, site, clinic)
    then_the_passkey_unlocks(page, site, expect_console)


def given_the_admin_is_signed_in_with_an_app(page, site, admin) -> None:
    enter_in_browser(page, site, admin, with_app(admin))


def when_a_passkey_is_made(page, site, axe) -> None:
    page.goto(f"{site}/account/")
    axe(page)
    page.get_by_role("link", name="Add another").click()
    page.get_by_role("link", name="A passkey on this device").click()
    axe(page)
    page.get_by_label("Name of this passkey").fill("Work laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{site}/account/")
    expect(page.get_by_text("Work laptop").first).to_be_visible()


def when_signing_out(page) -> None:
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def then_without_a_finger_nobody_gets_in(page, finger) -> None:
    finger(False)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    finger(True)


def then_the_passkey_signs_in(page) -> None:
    page.get_by_role("button", name="Use my passkey").click()
    expect(page).not_to_have_url("**/login/**")
    expect(page.locator("details.menu summary")).to_be_visible()


def when_the_proof_is_old(context, site, admin) -> None:
    """Six minutes pass: what the session has proven grows old."""
    from django.contrib.sessions.models import Session

    for row in Session.objects.all():
        session = row.get_session_store_class()(row.session_key)
        for record in session.get("account_authentication_methods", []):
            record["at"] -= 360
        session.modified = True
        session.save()


def then_inviting_asks_and_the_passkey_answers(page, site, clinic) -> None:
    page.goto(f"{site}/settings/staff/")
    page.get_by_role("textbox", name="Name").fill("Jo Winter")
    page.get_by_role("textbox", name="E-mail").fill("jo@example.org")
    page.get_by_label("Nurse").check()
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("status").filter(has_text="Invited: Jo Winter")).to_be_visible()
    with as_clinic(clinic.pk):
        assert Invitation.objects.count() == 1


def then_the_passkey_unlocks(page, site, expect_console) -> None:
    page.evaluate("() => document.querySelector('kap-lock').lockNow()")
    expect(page.get_by_role("dialog", name="Locked")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("dialog", name="Locked")).to_be_hidden()
    page.goto(f"{site}/account/")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()


def test_a_passkey_of_another_site_or_person_does_not_open(page, context, live_server, nurse, prescriber, finger):
    site = live_server.url
    signed_in_browser(context, site, nurse)
    page.goto(f"{site}/account/second-factor/passkey/")
    page.get_by_label("Name of this passkey").fill("Mine")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    nurse.authenticator_set.filter(type="webauthn").update(user=prescriber)
    context.clear_cookies()
    page.goto(f"{site}/account/login/")

    page.get_by_role("button", name="Use my passkey").click()

    expect(page.get_by_text("This passkey was not accepted")).to_be_visible()
