"""axe on every page of the site, wide and light, narrow and dark: in one browser, by people who may see the page."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error

from tests import factories
from tests.conftest import AXE_RULES
from tests.kap_clinic.tour import NOBODY, Tour
from tests.people import WalledClient

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LEFT_OUT = {
    "draft": "answers data, or nothing",
    "held": "answers data, or nothing",
    "passkey_question": "answers data",
    "desk:paper": "a file to download",
    "dosing:seen": "nothing until a second person has looked",
    "dosing:now": "parts of the live sheet, for its own script",
    "outside:document": "a file to download",
    "desk:readyz": "one word for supervisors",
    "board:now": "a part of the board, which is looked at",
    "web:styles": "is only where no real patient is; its own test looks at it",
    "web:styles_part": "is only where no real patient is; its own test looks at it",
    "portal:copy": "a file to download, once it is signed",
    "account_logout": "is posted to, and has no page",
    "account_inactive": "seen by a closed account only",
    "accept_invitation": "needs the token of an invitation; its journey looks at it",
    "new_password": "needs the token of a letter",
    "mfa_authenticate": "needs a password just given; the sign-in journeys look at it",
    "mfa_login_webauthn": "answers data",
    "portal:over": "needs a link that is over, and is no address otherwise",
    "portal:help": "shown after a worrying answer; its own journey looks at it",
    "portal:done": "shown when all is sent, and leads back until then",
    "portal:later": "ends the visit",
    "portal:close": "ends the visit",
    "portal:door": "leads on in a visit that has begun",
    "portal:check": "leads back until all questions are answered",
    "portal:wishes": "leads back until all parts are read",
}
RUN = """options => axe.run(document, options).then(found => found.violations.map(
    one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join("\\n      ")}`))"""
SIDEWAYS = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@pytest.mark.browser
@pytest.mark.slow
def test_every_page_is_accessible_wide_and_narrow(live_server, context, expect_console, capsys):
    clinic, other = factories.clinic("Harbour Clinic"), factories.clinic("Inland Clinic")
    tour = Tour(clinic, other)
    stops = [stop for stop in tour.stops("GET") if stop.name not in LEFT_OUT]
    page = context.new_page()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    expect_console.append("status of 404")  # a page that is the person's own, and there is none

    faults, seen = [], []
    for who in dict.fromkeys(stop.who for stop in stops):
        context.clear_cookies()
        come_in(context, live_server.url, tour, who)
        for stop in [stop for stop in stops if stop.who == who]:
            try:
                answer = page.goto(live_server.url + stop.url)
            except Error as error:
                faults.append(f"{stop.name} as {who}: {error.message.splitlines()[0]}")
                continue
            if answer is None or answer.status != 200:
                faults.append(f"{stop.name} as {who}: answers {answer and answer.status}")
                continue
            seen.append(stop.name)
            faults += [f"{stop.name} as {who}, {fault}" for fault in looked_at(page)]

    with capsys.disabled():
        print(f"\n  {len(seen)} pages, {len(LEFT_OUT)} left out", end="")
    assert len(seen) > 50
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


def come_in(context, site, tour, who):
    if who != NOBODY:
        cookies = tour.client(WalledClient, who).cookies
        context.add_cookies([{"name": name, "value": cookie.value, "url": site} for name, cookie in cookies.items()])


def looked_at(page):
    """What axe and the scroll bar say, at both sizes."""
    page.evaluate(AXE_SCRIPT)
    for size, look in ((WIDE, "light"), (NARROW, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=look, reduced_motion="reduce")  # or colours are met halfway
        yield from (
            f"{look} {size['width']}: {found}"
            for found in page.evaluate(RUN, {"runOnly": AXE_RULES, "resultTypes": ["violations"]})
        )
        if page.evaluate(SIDEWAYS):
            yield f"{look} {size['width']}: scrolls sideways"
