"""Steps that several journeys take: a section of the intake, a question on a phone, drawing a name, the rows of the
pre-dose check, a dose prepared, a course that begins to close."""

import re

from playwright.sync_api import expect


def answer_section(page, answers) -> None:
    """Whatever radios the section has, answered as the worked intake says."""
    for name in page.locator("main input[type=radio]").evaluate_all("all => [...new Set(all.map(one => one.name))]"):
        if name in answers:
            page.locator(f"main input[name='{name}'][value='{answers[name]}']").check()


def answer_until(page, section, answers) -> None:
    """Section after section, until the page stands at this one."""
    while not page.url.endswith(f"/{section}/"):
        answer_section(page, answers)
        save_section(page)


def save_section(page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def takes_nothing(page) -> None:
    page.get_by_role("group", name="I take no medicines, supplements or drugs of any kind").get_by_label("Yes").check()


def answer(phone, words) -> None:
    """One question of the portal; nothing was chosen beforehand."""
    phone.get_by_label(words, exact=True).check()
    phone.get_by_role("button", name="Continue").click()


def draw_a_name(page) -> None:
    canvas = page.locator("kap-signature canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 20 + step * 18, box["y"] + 60 + (-1) ** step * 25)
    page.mouse.up()


def link_made_at_desk(page, what) -> str:
    """At the links of a patient, one is made for this; its path, as the camera of the tablet reads it."""
    page.get_by_role("link", name="Send a link").click()
    page.get_by_label(what).check()
    page.get_by_role("button", name="Make the link").click()
    return re.search(r"/p/.*", page.get_by_label("Address").input_value())[0]


# The pre-dose check


def item(page, code):
    return page.locator(f"#{code}")


def opened(page, code):
    row = item(page, code)
    if row.locator("details:not([open])").count():
        row.locator("summary").first.click()
    return row


def choose(row, group, answer) -> None:
    row.get_by_role("group", name=group).get_by_label(answer, exact=True).check()


def saved(page, code, words) -> None:
    expect(item(page, code).locator("summary").first).to_contain_text(words)


def when_the_identity_is_checked(page) -> None:
    row = opened(page, "identity")
    row.get_by_label("Full name, said by the patient").check()
    row.get_by_label("Date of birth, said by the patient").check()
    row.get_by_role("button", name="This is the patient").click()
    expect(item(page, "identity")).to_contain_text("Full name, said by the patient; Date of birth")


# The dose, and the end


def prepare_dose(page, mg) -> None:
    page.get_by_role("textbox", name="Amount").fill(mg)
    page.get_by_role("textbox", name="Site").fill("Left deltoid")
    page.get_by_role("textbox", name="Lot").fill("K2291")
    for box in page.get_by_role("group", name="Checked against the order").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Prepared").click()
    expect(page.get_by_text("Nobody else has looked yet")).to_be_visible()


def write_the_plan_and_start_closing(page) -> None:
    page.get_by_label("First signs of a relapse").fill("Wakes at four")
    page.get_by_label("What helps").fill("The sea")
    page.get_by_label("Who to call").fill("Ana, then the clinic")
    page.get_by_label("Follow-up").fill("Dr Reyes, in two weeks")
    page.get_by_role("button", name="Write the plan down").click()
    page.get_by_role("button", name="Start closing").click()
    expect(page.get_by_text("A closing letter is owed.")).to_be_visible()
