"""Two people at the front desk change the same record at once; neither loses what they typed."""

import pytest
from playwright.sync_api import expect

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from patients.models import Patient
from tests import factories
from tests.signin import signed_in_browser

pytestmark = pytest.mark.browser


@pytest.fixture
def rivera(live_server, clinic, therapist) -> Patient:
    return factories.patient(
        clinic, by=therapist, family_name="Rivera", given_name="Alexandra", phone="+16175550142", pronouns="she/her"
    )


def test_the_second_saver_chooses_for_each_field(
    page, context, new_context, live_server, clinic, front_desk, rivera, axe, expect_console
):
    expect_console.append("status of 409")
    edit = f"{live_server.url}/patients/{rivera.ref}/edit/"
    ines = factories.member(clinic, Role.ADMIN, name="Ines Brandt")
    theo_at, ines_at = given_both_have_the_record_open(
        page, context, new_context, live_server.url, edit, front_desk, ines
    )

    when_ines_saves(ines_at)
    when_theo_saves_something_else(theo_at)
    then_theo_sees_both_and_nothing_is_overwritten(theo_at, axe, clinic, rivera)
    when_theo_saves_without_choosing(theo_at, axe)
    when_theo_chooses(theo_at)

    then_the_record_is_what_theo_chose(clinic, rivera)
    then_theo_saves_again_from_an_old_page_without_alarm(theo_at, edit, clinic, rivera)


def given_both_have_the_record_open(page, context, new_context, site, edit, theo, ines):
    signed_in_browser(context, site, theo)
    other = new_context()
    signed_in_browser(other, site, ines)
    ines_at = other.new_page()
    page.goto(edit)
    ines_at.goto(edit)
    return page, ines_at


def when_ines_saves(at) -> None:
    at.get_by_role("textbox", name="Phone").fill("617 555 0111")
    at.get_by_role("textbox", name="E-mail").fill("alex@example.org")
    at.get_by_role("button", name="Save").click()
    expect(at.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def when_theo_saves_something_else(at) -> None:
    at.get_by_role("textbox", name="Phone").fill("617 555 0122")
    at.get_by_role("textbox", name="Pronouns").fill("they/them")
    at.get_by_role("button", name="Save").click()


def then_theo_sees_both_and_nothing_is_overwritten(at, axe, clinic, rivera) -> None:
    expect(at.get_by_role("heading", name="Somebody changed this record meanwhile")).to_be_visible()
    phone = at.get_by_role("group", name="Phone")
    expect(phone.get_by_role("radio", name="On record now (617) 555-0111")).not_to_be_checked()
    expect(phone.get_by_role("radio", name="You have (617) 555-0122")).not_to_be_checked()
    expect(at.get_by_role("group", name="E-mail").get_by_role("radio", name="On record now")).to_be_checked()
    expect(at.get_by_role("group", name="Pronouns").get_by_role("radio", name="You have")).to_be_checked()
    axe(at)
    with as_clinic(clinic.pk):
        assert Patient.objects.get(pk=rivera.pk).phone == "+16175550111"


def when_theo_saves_without_choosing(at, axe) -> None:
    at.get_by_role("button", name="Save what is chosen").click()
    expect(at.get_by_role("alert")).to_contain_text("Choose one: Phone")
    axe(at)


def when_theo_chooses(at) -> None:
    at.get_by_role("group", name="Phone").get_by_role("radio", name="You have").check()
    at.get_by_role("button", name="Save what is chosen").click()
    expect(at.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def then_the_record_is_what_theo_chose(clinic, rivera) -> None:
    with as_clinic(clinic.pk):
        now = Patient.objects.get(pk=rivera.pk)
    assert (now.phone, now.email, now.pronouns) == ("+16175550122", "alex@example.org", "they/them")


def then_theo_saves_again_from_an_old_page_without_alarm(at, edit, clinic, rivera) -> None:
    first, second = at, at.context.new_page()
    first.goto(edit)
    second.goto(edit)
    for tab, phone in ((first, "617 555 0133"), (second, "617 555 0144")):
        tab.get_by_role("textbox", name="Phone").fill(phone)
        tab.get_by_role("button", name="Save").click()
        expect(tab.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    with as_clinic(clinic.pk):
        assert Patient.objects.get(pk=rivera.pk).phone == "+16175550144"
