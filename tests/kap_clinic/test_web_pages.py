"""Does the frame of pages show what it should, to whom it should, and hold in a browser?"""

import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.urls import include, path
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from kap_clinic.web import rail, samples, views
from kap_clinic.web.context_processors import page as page_context


class Someone:
    is_authenticated = True


def request_at(path: str, user: object = None, **cookies: str):
    request = RequestFactory().get(path)
    request.user = user or Someone()
    request.COOKIES.update(cookies)
    return request


def counted(request):
    return {"today": 3, "reviews": 0}


@pytest.fixture
def places(settings, monkeypatch):
    monkeypatch.setattr(rail, "exists", lambda url: url != "/reports/")
    settings.RAIL_COUNTS = f"{__name__}.counted"


def test_the_rail_shows_places_that_exist_and_that_this_person_may_open(places):
    entries = rail.entries(request_at("/screening/reviews/0199/"))

    assert [(e.name, e.count, e.current) for e in entries] == [("Today", 3, False), ("Reviews", None, True)]


def test_without_counts_every_place_that_exists_is_shown(places, settings):
    settings.RAIL_COUNTS = None

    names = [entry.name for entry in rail.entries(request_at("/"))]

    assert names == ["Today", "Patients", "Reviews", "Schedule", "Settings"]


def test_who_is_not_signed_in_has_no_rail(places):
    assert rail.entries(request_at("/", AnonymousUser())) == []


def test_the_rail_is_not_counted_for_parts_that_do_not_show_it(settings):
    settings.RAIL_COUNTS = "nowhere.at_all"

    context = page_context(request_at("/"))

    with pytest.raises(ImportError):
        list(context["rail"])


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", "auto"), ('"><script>', "auto"), ("AUTO", "auto")]
)
def test_a_device_keeps_its_theme_and_nonsense_is_passed_over(cookie, theme):
    assert page_context(request_at("/", kap_theme=cookie))["theme"] == theme


def test_the_living_page_is_only_where_no_real_patient_is(settings):
    settings.DEBUG = settings.DEMO = False
    with pytest.raises(Http404):
        views.styles(request_at("/styles/"))

    settings.DEMO = True
    with pytest.raises(Http404):
        views.styles(request_at("/styles/x/"), "x")


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_stand_without_any_context(name):
    text = Template(f'{{% include "{name}.html" %}}').render(Context())

    assert "<h1>" in text
    assert "988" in text
    assert ("<script" in text) is (name not in {"400", "500"})  # no nonce where no request is known


# In a browser

PARTS = [f"{part}/" if part else "" for part in views.PARTS]


@pytest.fixture
def living(live_server, settings):
    """The address of the living page, served as everywhere: with the policy, without exceptions."""
    settings.DEMO = True
    settings.ROOT_URLCONF = __name__
    return f"{live_server.url}/styles/"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_components_are_accessible_and_keep_the_policy(living, page, axe, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)

    for part in PARTS:
        page.goto(living + part)
        axe(page)


@pytest.mark.browser
def test_nothing_scrolls_sideways_at_320_pixels_with_large_text(living, page):
    page.set_viewport_size({"width": 320, "height": 640})

    wide = {}
    for part in PARTS:
        page.goto(living + part)
        page.evaluate("() => { document.documentElement.dataset.text = 'l' }")
        wide[part] = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert wide == dict.fromkeys(PARTS, 0)


@pytest.mark.browser
def test_keys_work_except_while_typing_and_can_be_switched_off(living, page: Page):
    page.goto(living)
    help_dialog = page.locator("#keys")

    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("?gp")
    assert page.input_value("#q") == "?gp"

    page.locator("h1").click()
    page.keyboard.press("?")
    expect(help_dialog).to_be_visible()

    page.get_by_label("Single keys work on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(help_dialog).to_be_hidden()


@pytest.mark.browser
def test_j_and_k_move_along_a_list_from_the_open_row(living, page: Page):
    page.goto(f"{living}reviews/")

    page.keyboard.press("j")
    expect(page.locator("[data-item]").nth(2)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator("[data-item]").nth(0)).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[data-key=a]")).to_be_checked()


@pytest.mark.browser
def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(living, page: Page):
    page.goto(f"{living}question-error/")

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    page.locator(".error-summary a").click()
    expect(page.locator("input[type=radio]").first).to_be_focused()


@pytest.mark.browser
def test_theme_and_text_size_are_kept_on_the_device(living, page: Page):
    page.goto(living)
    page.locator("[data-menu] summary").click()
    page.locator("[data-look=kap_theme] label", has_text="Dark").click()
    page.locator("[data-look=kap_text] label", has_text="L").click()

    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-text", "l")


@pytest.mark.browser
def test_the_patient_is_on_every_sheet_of_paper(living, page: Page, tmp_path):
    page.goto(f"{living}chart/")
    page.pdf(path=tmp_path / "chart.pdf")

    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "chart.pdf").pages]
    assert len(sheets) > 1
    for number, sheet in enumerate(sheets, 1):
        assert "RIVERA, Alexandra" in sheet
        assert "Allergy: penicillin (rash)" in sheet
        assert f"Page {number} of {len(sheets)}" in sheet
        assert "Printed by M. Reyes" in sheet


# A form that htmx posts, in the frame of every staff page


@login_not_required
def post_form(request):
    form = samples.SampleQuestion(request.POST or None)
    text = engines["django"].from_string(POSTED).render({**samples.everything(), "form": form}, request)
    return HttpResponse(text, status=form.status)


POSTED = """{% extends "base.html" %}{% load crispy_forms_tags %}
{% block main %}<div id="part"><h1>Form</h1>
<form hx-post="" hx-target="#part" hx-select="#part" hx-swap="outerHTML" novalidate>
{% crispy form %}<button class="btn" type="submit">Save</button></form></div>{% endblock %}"""


@pytest.mark.browser
def test_a_refused_form_comes_back_with_the_focus_on_what_is_wrong(living, page: Page):
    page.goto(living.replace("/styles/", "/post/"))

    page.get_by_role("button", name="Save").click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))


urlpatterns = [path("", include("kap_clinic.web.urls")), path("post/", post_form)]
