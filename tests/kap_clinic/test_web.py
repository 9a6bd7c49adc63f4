"""Are only listed files served, whole, and do templates and colours keep the rules?"""

import base64
import hashlib
import os
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import Context, Template
from django.template.exceptions import TemplateSyntaxError

from kap_clinic.web import assets
from kap_clinic.web.finders import HOW_TO_GET_THEM, NpmFinder, all_packages_are_there
from kap_clinic.web.templatetags.kap import icons

TEMPLATES = project.BASE_DIR / "templates"
STATIC = project.BASE_DIR / "static"
ALL_TEMPLATES = sorted(TEMPLATES.rglob("*.html"))
# Letters become paper inside the worker and are never sent to a browser; their styles travel with them.
PAGES = [file for file in ALL_TEMPLATES if file.relative_to(TEMPLATES).parts[0] != "letters"]
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))


def name_of(file: Path) -> str:
    return file.relative_to(TEMPLATES).as_posix()


def sha384(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


# Files of npm packages


@pytest.fixture
def packages(tmp_path, settings):
    for file in ("tool/dist/tool.css", "tool/dist/other.css", "tool/deep/dist/tool.css", "@house/type/files/a.woff2"):
        (tmp_path / "node_modules" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "node_modules" / file).write_text(file)
    (tmp_path / "secret.txt").write_text("not for browsers")
    settings.NPM_ROOT = tmp_path / "node_modules"
    settings.NPM_ASSETS = {"tool": ["dist/tool.css"], "@house/type": ["files/*.woff2"]}
    return tmp_path / "node_modules"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("npm/tool/dist/tool.css", True),
        ("npm/@house/type/files/a.woff2", True),
        ("npm/tool/dist/other.css", False),  # there, but not listed
        ("npm/tool/deep/dist/tool.css", False),  # a listed name in another folder
        ("npm/tool/dist/missing.css", False),
        ("npm/tool/dist/../dist/tool.css", False),
        ("npm/../secret.txt", False),
        ("npm", False),
        ("tool/dist/tool.css", False),
    ],
)
def test_only_listed_files_of_packages_are_served(packages, asked, served):
    found = NpmFinder().find(asked)

    assert bool(found) is served
    assert not served or Path(found).read_text() == asked.removeprefix("npm/")


def test_collecting_takes_the_listed_files_and_no_others(packages):
    listed = [(name, storage.prefix) for name, storage in NpmFinder().list([])]

    assert listed == [("tool/dist/tool.css", "npm"), ("@house/type/files/a.woff2", "npm")]


def test_a_missing_package_is_named_with_the_command_that_brings_it(packages, settings):
    settings.NPM_ASSETS = {**settings.NPM_ASSETS, "gone": ["x.js"], "tool": ["dist/tool.css", "dist/moved.css"]}

    found = all_packages_are_there()

    assert [error.msg for error in found] == [
        "The file dist/moved.css of the npm package tool is missing.",
        "The npm package gone is missing.",
    ]
    assert all(HOW_TO_GET_THEM in error.hint for error in found)


def test_everything_the_project_lists_is_installed():
    assert all_packages_are_there() == []


# Fingerprints


@pytest.fixture
def fresh_fingerprints():
    assets._integrity.cache_clear()
    yield
    assets._integrity.cache_clear()


def test_a_style_sheet_carries_the_fingerprint_of_the_file_behind_it(fresh_fingerprints):
    tag = Template('{% css "css/tokens.css" %}').render(Context())

    assert f'integrity="{sha384((STATIC / "css/tokens.css").read_bytes())}"' in tag


def test_a_script_carries_fingerprint_and_nonce(fresh_fingerprints):
    tag = Template('{% script "js/kap.js" %}').render(Context({"csp_nonce": "n0nce"}))

    assert f'integrity="{sha384((STATIC / "js/kap.js").read_bytes())}"' in tag
    assert 'nonce="n0nce"' in tag
    assert 'type="module"' in tag


def test_after_collecting_the_fingerprint_is_that_of_the_stored_file(fresh_fingerprints, settings, tmp_path):
    """Collecting rewrites addresses in style sheets, so the source's fingerprint would be refused by browsers."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    for name in ("css/tokens.css", "js/kap.js", "npm/bootstrap/dist/css/bootstrap.min.css"):
        stored = tmp_path / staticfiles_storage.stored_name(name)
        assert stored.name != Path(name).name
        assert assets.integrity(name) == sha384(stored.read_bytes())
    assert assets.read("css/tokens.css") != (STATIC / "css/tokens.css").read_bytes()


def test_an_edited_file_gets_a_new_fingerprint_while_one_works_on_it(fresh_fingerprints, settings, tmp_path):
    settings.DEBUG = True
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    (tmp_path / "a.css").write_text("a{}")
    before = assets.integrity("a.css")

    (tmp_path / "a.css").write_text("b{}")
    later = (tmp_path / "a.css").stat().st_mtime_ns + 1
    os.utime(tmp_path / "a.css", ns=(later, later))

    assert assets.integrity("a.css") == sha384(b"b{}") != before
    finders.get_finder.cache_clear()


def test_modules_import_each_other_by_names_the_import_map_knows():
    known = assets.modules()

    asked = {
        (file.name, name)
        for file in (STATIC / "js").glob("*.js")
        for name in re.findall(r"""from\s+["'](.+?)["']|import\s+["'](.+?)["']""", file.read_text())
        for name in name
        if name
    }

    assert ("kap.js", "kap/keys") in asked
    assert {name for _, name in asked} <= set(known)


def test_the_import_map_cannot_be_broken_out_of():
    text = Template("{% importmap %}").render(Context({"csp_nonce": "n"}))

    assert text.count("<") == 2  # the element's own two tags
    assert '"kap/keys":"/static/js/keys' in text


# Templates under a strict policy

REFUSED = {
    "a style attribute": re.compile(r"""\sstyle\s*=\s*["']"""),
    "an inline handler": re.compile(r"""<[^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*=\s*["']"""),
    "a script written by hand, without nonce": re.compile(r"<script(?![^>]*nonce)"),
    "a style element without nonce": re.compile(r"<style(?![^>]*nonce)"),
    "text marked as safe": re.compile(r"\|\s*safe(seq)?\b|autoescape off"),
    "an address of another house": re.compile(r"""(src|href|action)\s*=\s*["'](https?:)?//"""),
    "evaluated values": re.compile(r"""hx-vals\s*=\s*["']\s*js:|javascript:"""),
}


@pytest.mark.parametrize("file", PAGES, ids=name_of)
def test_no_template_needs_an_exception_from_the_policy(file):
    text = file.read_text()

    assert [what for what, pattern in REFUSED.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a style attribute", '<p style="color:red">'),
        ("an inline handler", '<button onclick="go()">'),
        ("an inline handler", '<b hx-on:click="go()">'),
        ("a script written by hand, without nonce", "<script>go()</script>"),
        ("a style element without nonce", "<style>b{}</style>"),
        ("text marked as safe", "{{ words|safe }}"),
        ("an address of another house", '<img src="https://example.org/a.png">'),
        ("evaluated values", "<b hx-vals='js:{a: 1}'>"),
    ],
)
def test_what_the_policy_refuses_is_recognised(what, text):
    assert REFUSED[what].search(text)


@pytest.mark.parametrize("file", COMPONENTS, ids=name_of)
def test_a_component_names_its_arguments_and_stays_small(file):
    lines = file.read_text().splitlines()

    assert lines[0].startswith("{# ")
    assert len(lines) < 40


def test_every_icon_a_template_asks_for_is_drawn():
    asked = {
        name for file in ALL_TEMPLATES for name in re.findall(r"""\{%\s*icon\s+["']([\w-]+)["']""", file.read_text())
    }

    assert len(asked) > 20
    assert asked <= set(icons())


def test_an_unknown_icon_says_which_there_are():
    with pytest.raises(TemplateSyntaxError, match=r"no icon 'octopus'\. There are: alert, arrow"):
        Template('{% icon "octopus" %}').render(Context())


def test_words_inside_components_are_escaped():
    text = Template('{% chip "warn" words %}{% card words %}{{ words }}{% endcard %}').render(Context({"words": "<b>"}))

    assert "<b>" not in text
    assert text.count("&lt;b&gt;") == 3


# Colours

TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\b")


def themes() -> dict[str, dict[str, str]]:
    text = (STATIC / "css/tokens.css").read_text()
    blocks = {"light": ":root {", "dark": '[data-theme="dark"] {', "auto": '[data-theme="auto"] {'}
    return {name: dict(TOKEN.findall(text.partition(start)[2].partition("}")[0])) for name, start in blocks.items()}


def brightness(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_dark_theme_is_the_same_whether_chosen_or_asked_for_by_the_system():
    assert themes()["dark"] == themes()["auto"]
    assert themes()["dark"].keys() == themes()["light"].keys()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        *[("ink", ground, 4.5) for ground in ("bg", "surface", "sunken", "warn-soft", "danger-soft", "brand-soft")],
        *[("ink-2", ground, 4.5) for ground in ("bg", "surface", "sunken", "warn-soft", "danger-soft", "brand-soft")],
        *[(f"{kind}", f"{kind}-soft", 4.5) for kind in ("prep", "dose", "integ", "ok", "warn", "danger", "brand")],
        *[(kind, "surface", 4.5) for kind in ("prep", "dose", "integ", "ok", "warn", "danger", "brand")],
        ("on-brand", "brand", 4.5),
        ("on-brand", "brand-hover", 4.5),
        ("on-alert", "alert", 4.5),
        ("rail-ink", "rail", 4.5),
        ("rail-on-ink", "rail-on", 4.5),
        ("on-count", "count", 4.5),
        ("line-strong", "surface", 3),
        ("line-strong", "bg", 3),
        *[("ink-2", f"band-{tint}", 4.5) for tint in range(5)],
        *[("brand", f"band-{tint}", 3) for tint in range(5)],
    ],
)
def test_colours_can_be_told_apart(theme, ink, ground, least):
    tokens = themes()[theme]

    assert contrast(tokens[ink], tokens[ground]) >= least
