"""A clinic opens: its first admin joins by the command's link, and invites the first nurse."""

import re

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from kap_clinic.accounts.membership import all_live
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from tests.factories import PASSWORD
from tests.signin import code_of

pytestmark = pytest.mark.browser


def test_a_clinic_opens(page, new_context, live_server, axe, capsys, expect_console):
    link = given_a_clinic_opened_on_the_server(capsys)

    when_the_admin_joins(page, live_server.url + link, axe)
    when_the_admin_invites_a_nurse(page, live_server.url, axe)
    nurse = new_context().new_page()
    when_somebody_joins(nurse, live_server.url + then_a_letter_brings_a_link(), axe, name=None)

    then_the_nurse_works_here()
    then_the_nurse_sees_no_staff_list(nurse, live_server.url, expect_console)


def given_a_clinic_opened_on_the_server(capsys) -> str:
    call_command(
        "open_clinic", name="Lakeside", zone="America/Chicago", email="ada@example.org", person="Ada Lund", verbosity=0
    )
    return re.search(r"http://\S+?(/account/invitation/\S+)", capsys.readouterr().out)[1]


def when_the_admin_joins(page, link, axe) -> None:
    when_somebody_joins(page, link, axe, name="Dr Ada Lund")


def when_somebody_joins(page, link, axe, *, name) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Lakeside")).to_be_visible()
    axe(page)
    if name:
        page.get_by_label("Your name").fill(name)
    page.get_by_label("New password").fill("password1234")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("too common")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    axe(page)
    page.goto(page.url.partition("/account")[0] + "/patients/")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("link", name="An authenticator app").click()
    assert page.get_by_role("img", name="The picture your app reads").evaluate("image => image.naturalWidth") > 0
    page.get_by_text("I cannot read the picture").click()
    secret = page.locator("details b").inner_text().replace(" ", "")
    axe(page)
    page.get_by_label("The six digits").fill(code_of(secret))
    page.get_by_role("button", name="Add the app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    axe(page)
    page.get_by_role("link", name="I have kept them").click()


def when_the_admin_invites_a_nurse(page, site, axe) -> None:
    page.goto(f"{site}/settings/staff/")
    axe(page)
    page.get_by_role("textbox", name="Name").fill("Jo Winter")
    page.get_by_role("textbox", name="E-mail").fill("jo@example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one role")
    page.get_by_label("Nurse").check()
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("status").filter(has_text="Invited: Jo Winter")).to_be_visible()
    expect(page.get_by_text("jo@example.org")).to_be_visible()


def then_a_letter_brings_a_link() -> str:
    letter = next(letter for letter in mail.outbox if letter.to == ["jo@example.org"])
    return re.search(r"http://\S+?(/account/invitation/\S+)", letter.body)[1]


def then_the_nurse_works_here() -> None:
    (place,) = all_live(User.objects.get(email="jo@example.org"))
    assert (place.clinic_name, place.roles) == ("Lakeside", {Role.NURSE})


def then_the_nurse_sees_no_staff_list(page, site, expect_console) -> None:
    expect_console.append("status of 403")
    assert page.goto(f"{site}/settings/staff/").status == 403
