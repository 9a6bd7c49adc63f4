"""Nobody is there: the screen is covered, and the same place and text come back."""

import pytest
from playwright.sync_api import expect

from kap_clinic.accounts.models import ClinicSetting
from kap_clinic.wall import as_clinic
from tests.factories import PASSWORD
from tests.signin import enter_in_browser, signed_in_browser, with_app

pytestmark = pytest.mark.browser

SETTING = "/settings/clinic/idle_minutes/"
TYPED = "Long talks in the “blue” room"


@pytest.fixture
def secret(admin) -> str:
    return with_app(admin)


@pytest.fixture
def site(live_server) -> str:
    return live_server.url


def test_at_idle_the_page_is_covered_and_comes_back_with_what_was_typed(
    page, site, admin, secret, clinic, axe, expect_console
):
    expect_console.append("status of 42[23]")
    given_somebody_types(page, site, admin, secret)

    when_nobody_is_there_for(page, "14:10")
    then_nothing_is_covered(page)
    when_nobody_is_there_for(page, "00:55")
    then_the_page_is_covered(page, axe)
    then_escape_does_not_help(page)
    then_a_wrong_password_does_not_help(page)
    when_unlocking(page)

    then_the_text_is_still_there_and_can_be_sent(page, clinic)


def given_somebody_types(page, site, admin, secret) -> None:
    enter_in_browser(page, site, admin, secret)
    page.clock.install()
    page.goto(site + SETTING)
    page.get_by_label("Lock the screen after").fill("25")
    page.get_by_label("Why").fill(TYPED)
    page.clock.run_for(1500)
    expect(page.locator("kap-autosave")).to_contain_text("Saved")


def when_nobody_is_there_for(page, long) -> None:
    page.clock.fast_forward(long)


def then_nothing_is_covered(page) -> None:
    expect(page.locator("kap-lock dialog")).to_be_hidden()


def then_the_page_is_covered(page, axe) -> None:
    page.clock.run_for(1500)
    expect(page.get_by_role("dialog", name="Locked")).to_be_visible()
    expect(page).to_have_title("Locked - KAP Clinic")
    axe(page)


def then_escape_does_not_help(page) -> None:
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Locked")).to_be_visible()


def then_a_wrong_password_does_not_help(page) -> None:
    page.get_by_role("dialog").get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("This password is not right")


def when_unlocking(page) -> None:
    page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator("kap-lock dialog")).to_be_hidden()


def then_the_text_is_still_there_and_can_be_sent(page, clinic) -> None:
    expect(page.get_by_label("Why")).to_have_value(TYPED)
    expect(page).not_to_have_title("Locked - KAP Clinic")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved: Lock the screen after")).to_be_visible()
    with as_clinic(clinic.pk):
        assert ClinicSetting.objects.get().reason == TYPED


def test_a_form_sent_while_the_server_has_locked_is_sent_after_unlocking(
    page, site, admin, secret, clinic, axe, expect_console
):
    expect_console.append("status of 423")
    given_somebody_types(page, site, admin, secret)
    given_the_server_has_locked(page)

    page.evaluate("() => document.querySelector('.form').submit()")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    axe(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name="What you typed is here")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Send what I had typed").click()

    expect(page.get_by_role("status").filter(has_text="Saved: Lock the screen after")).to_be_visible()
    with as_clinic(clinic.pk):
        assert ClinicSetting.objects.get().reason == TYPED


def given_the_server_has_locked(page) -> None:
    page.evaluate(
        """async () => {
            const body = new FormData(document.querySelector("kap-lock form"));
            const answer = await fetch("/account/lock/", { method: "POST", body });
            if (answer.status !== 204) throw new Error(answer.status);
        }"""
    )


def test_another_tab_is_covered_and_opened_with_this_one(page, context, site, admin, secret, clinic):
    signed_in_browser(context, site, admin)
    other = context.new_page()
    for tab in (page, other):
        tab.goto(f"{site}/account/")

    page.evaluate("() => document.querySelector('kap-lock').lockNow()")
    expect(other.get_by_role("dialog", name="Locked")).to_be_visible()
    when_unlocking(page)

    expect(other.locator("kap-lock dialog")).to_be_hidden()


def test_a_closed_browser_loses_nothing_that_was_typed(browser, browser_context_args, site, admin, secret, clinic):
    before = browser.new_context(**browser_context_args)
    signed_in_browser(before, site, admin)
    page = before.new_page()
    page.goto(site + SETTING)
    page.get_by_label("Why").fill(TYPED)
    expect(page.locator("kap-autosave")).to_contain_text("Saved")
    before.close()

    after = browser.new_context(**browser_context_args)
    signed_in_browser(after, site, admin)
    page = after.new_page()
    page.goto(site + SETTING)

    expect(page.get_by_label("Why")).to_have_value(TYPED)
    expect(page.locator("kap-autosave")).to_contain_text("Brought back what you typed")
    after.close()


def test_without_the_net_the_text_stays_here_and_is_saved_later(page, context, site, admin, clinic, expect_console):
    expect_console.append("ERR_INTERNET_DISCONNECTED")
    signed_in_browser(context, site, admin)
    page.goto(site + SETTING)
    context.set_offline(True)
    page.get_by_label("Why").fill(TYPED)
    expect(page.locator("kap-autosave")).to_contain_text("Not saved, keeping it here")
    assert page.evaluate("() => JSON.stringify([localStorage, sessionStorage])").count("blue") == 0

    context.set_offline(False)

    expect(page.locator("kap-autosave")).to_contain_text("Saved", timeout=10_000)


def test_signed_out_elsewhere_the_page_keeps_its_text_and_says_so(page, context, site, admin, clinic, expect_console):
    expect_console.append("status of 401")
    signed_in_browser(context, site, admin)
    page.goto(site + SETTING)
    context.clear_cookies(name="session")

    page.get_by_label("Why").fill(TYPED)

    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
    signed_in_browser(context, site, admin)
    page.get_by_role("button", name="I am signed in again").click()
    expect(page.get_by_label("Why")).to_have_value(TYPED)
