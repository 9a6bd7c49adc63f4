"""Steps that several journeys take: answering a section of the intake, a question on a phone, drawing a name."""

import re


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
