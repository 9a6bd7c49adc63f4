"""Every form of the site, filled with what nobody should send: no 500, and no field is set that is not shown.

The fields are learned from the pages themselves, so a new form is fuzzed as soon as its address stands in `things.py`.
"""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import Resolver404, resolve
from django.utils import timezone

from kap_clinic.accounts.actions import beat
from kap_clinic.accounts.models import Membership
from tests.kap_clinic.test_matrix import OTHER
from tests.kap_clinic.tour import Tour
from tests.people import WalledClient

SEED = 20260302
FORM = "application/x-www-form-urlencoded"
SCRIPT = "<script>alert('kap')</script>"
TEXTS = [
    "\0", "a\0b", "\ud800", "a\udfff", "\u202egnp.exe\u202c", "👩🏽‍⚕️🧠" * 20, "x" * 100_000, "=cmd()|' /C calc'!A0",
    "+1", "@SUM(A1)",
    SCRIPT, f'"><img src=x onerror=1>{SCRIPT}', "' OR 1=1 --", "{{ 7*7 }}{% debug %}", "%s%n%x", "../../etc/passwd",
    "a\r\nSet-Cookie: a=b", "\ufeff", "\u200b", "   ", "", "\x1b[31m", "[" * 100_000, "[]", "{}", "null", '{"id": 1}',
]  # fmt: skip
NUMBERS = [
    "9" * 20, "-1", "-" + "9" * 20, "NaN", "sNaN", "-Infinity", "1e999", "1e-999", "1e25", "0x10", "1_000", "١٢",
    "²", "0",
    "-0", "1,5", "0.000000001", "2147483648", "9223372036854775808", "9" * 5000,
]  # fmt: skip
DATES = [
    "0001-01-01", "9999-12-31", "2026-02-30", "yesterday", "10000-01-01", "0000-00-00", "2026-13-01T25:61",
    "0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+23:59", "2026-03-08T02:30", "24:00", "12/31/99",
]  # fmt: skip
WORDS = ["True", "yes", "off", "None", "on", str(UUID(int=7)), "clear", "other"]
CODE = ("field", "id", "thing", "page", "q", "next", "found", "show", "from", "to", "who", "event", "kind", "sort")

NEVER_IN = {
    "accept_invitation": "needs the token of an invitation",
    "new_password": "needs the token of a letter",
    "choose_clinic": "the person works in one clinic only",
    "end_session": "the person has no other session",
    "remove_factor": "the person has no second factor yet",
    "held": "nothing is held",
    "drop_held": "nothing is held",
    "portal:over": "the link is not over",
    "portal:wishes": "not all parts are read yet",
}


# What a page asks for


@dataclass
class Field:
    name: str
    type: str
    values: list[str] = field(default_factory=list)  # what stands in it, or may be chosen


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)


class Reader(HTMLParser):
    """The forms of a page, with the fields that say `form=` beside them."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url, self.forms, self.by_id = url, [], {}
        self.now: Form | None = None
        self.select: Field | None = None
        self.area: Field | None = None
        self.outside: list[tuple[str, str, dict[str, str]]] = []
        self.feed(html)
        for owner, tag, said in self.outside:
            if owner in self.by_id:
                self._keep(self.by_id[owner], tag, said)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        said = {key: value or "" for key, value in attrs}
        if tag == "form":
            action = said.get("hx-post") or said.get("action") or self.url
            self.now = Form(urlsplit(action).path, said.get("method", "get").lower())
            self.forms.append(self.now)
            self.by_id[said.get("id", "")] = self.now
        elif tag == "option" and self.select is not None:
            self.select.values.append(said.get("value", ""))
        elif tag in {"input", "select", "textarea", "button"} and said.get("name"):
            if said.get("form"):
                self.outside.append((said["form"], tag, said))
            elif self.now:
                self._keep(self.now, tag, said)

    def _keep(self, form: Form, tag: str, said: dict[str, str]) -> None:
        kept = form.fields.setdefault(said["name"], Field(said["name"], said.get("type", tag)))
        if tag == "select":
            self.select = kept
        elif tag == "textarea":
            self.area = kept
        else:
            kept.values.append(said.get("value", "on" if said.get("type") == "checkbox" else ""))

    def handle_data(self, data: str) -> None:
        if self.area is not None and data.strip():
            self.area.values.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


# What is sent


def plausible(one: Field, chance: random.Random) -> str:
    if one.type in {"select", "radio", "button", "submit", "checkbox"}:
        return chance.choice([value for value in one.values if value] or [""])
    if one.values and one.values[0]:
        return one.values[0]
    today = str(timezone.localdate())
    return {"date": today, "number": "5", "datetime-local": f"{today}T09:00", "time": "09:00", "hidden": ""}.get(
        one.type, "Words"
    )


def hostile(one: Field, chance: random.Random) -> str:
    own = {"number": NUMBERS, "date": DATES, "datetime-local": DATES, "time": DATES, "hidden": NUMBERS + WORDS}
    return chance.choice(chance.choice([own.get(one.type, TEXTS), TEXTS + NUMBERS + DATES + WORDS]))


def fillings(fields: dict[str, Field], extras: dict[str, str], chance: random.Random) -> Iterator[tuple[str, list]]:
    """Each way to fill this form once: (what it is called, pairs)."""
    plain = [(name, plausible(one, chance)) for name, one in fields.items()]
    yield "plain", plain
    hidden = {name: value for name, value in extras.items() if name not in fields}
    if not fields:  # nobody here can open the page of this form: what it must carry is not known
        hidden.pop("version", None)
    yield "extras", plain + list(hidden.items())
    yield "nothing", []
    yield "all hostile", [(name, hostile(one, chance)) for name, one in fields.items()]
    yield "repeated", [(name, hostile(one, chance)) for name, one in fields.items() for _ in range(2)]
    if len(fields) > 1:
        bad = set(chance.sample(list(fields), 2))
        yield "some hostile", [(name, hostile(fields[name], chance) if name in bad else value) for name, value in plain]


BODIES = [
    b"", b"\xff\xfe", b"[]", b"null", b"1e999", b"NaN", b"[" * 100_000, b'{"thing": {}, "fields": []}',
    b'{"thing": "\\u0000", "fields": {}}', b'{"thing": "", "fields": {"a": "\\ud800"}}',
    b'{"thing": "", "fields": {"\\u0000": ["\\u0000", {}, null, 1e999]}}',
    b'{"thing": 9, "fields": {"a": {"b": {}}}}',
    json.dumps({"thing": "", "fields": {"note": "x" * 1_000_000}}).encode(),
    b'{"thing": "a", "fields": {"a": ' + b"9" * 5000 + b"}}",
]  # fmt: skip


def encoded(pairs: list, fields: dict[str, Field]) -> tuple[bytes, str]:
    files = [name for name, one in fields.items() if one.type == "file"]
    if not files:
        return urlencode(pairs, errors="surrogatepass").encode(), FORM
    sent = {name: value.encode(errors="replace").decode() for name, value in pairs if name not in files}
    upload = SimpleUploadedFile("a\u202egpj.exe", b"%PDF-1.7\n\0" + b"\xff" * 2000, "application/pdf")
    return encode_multipart(BOUNDARY, sent | dict.fromkeys(files, upload)), MULTIPART_CONTENT


# The test


@dataclass
class Fuzz:
    tour: Tour
    chance: random.Random
    clients: dict[str, WalledClient] = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)
    met: defaultdict = field(default_factory=lambda: defaultdict(set))  # name -> statuses
    faults: list[str] = field(default_factory=list)

    def ask(self, stop, method, body=b"", content_type=FORM, *, looking=lambda: None) -> tuple[Any, str, Any]:
        """One question, undone afterwards: the answer, its text, and what `looking` saw before it was undone."""
        client = self.clients.get(stop.who) or self.clients.setdefault(
            stop.who, self.tour.client(WalledClient, stop.who)
        )
        here, cookies = transaction.savepoint(), client.cookies.copy()
        response = client.generic(method, stop.url, body, content_type)
        text = (b"".join(response) if response.streaming else response.content).decode(errors="replace")
        seen = looking() if response.status_code < 500 else None
        transaction.savepoint_rollback(here)
        client.cookies = cookies
        self.counts[method, response.status_code] += 1
        self.met[stop.name].add(response.status_code)
        return response, text, seen

    def check(self, stop, what, response, text) -> None:
        if response.status_code >= 500:
            why = getattr(response, "exc_info", None)
            where = _frame(why[2]) if why else ""
            self.faults.append(
                f"{stop.name} as {stop.who}: {response.status_code} {str(why and why[1])[:160]!r} {where} {what}"
            )
        elif SCRIPT in text:
            self.faults.append(f"{stop.name}: shows a script as it was typed, {what}")


def _frame(trace: Any) -> str:
    """The last frame in our own code."""
    found = ""
    while trace:
        path = trace.tb_frame.f_code.co_filename
        if ".venv" not in path and "/lib/python" not in path and "/tests/" not in path:
            found = f"{path.rsplit('/', 2)[-2]}/{path.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def short(pairs: list) -> str:
    return str([(name, value if len(value) < 40 else f"{value[:20]}… {len(value)}") for name, value in pairs])[:500]


@pytest.fixture
def fuzz(clinic, other_clinic):
    beat("worker")  # without one, supervisors are told so with a 503
    return Fuzz(Tour(clinic, other_clinic), random.Random(SEED))


def forms_by_name(fuzz: Fuzz) -> tuple[dict[str, dict[str, Field]], dict[str, set[str]]]:
    """The fields each address is sent by any page, and those it is asked with."""
    posts: dict[str, dict[str, Field]] = defaultdict(dict)
    asks: dict[str, set[str]] = defaultdict(set)
    for stop in fuzz.tour.stops("GET"):
        response, text, _ = fuzz.ask(stop, "GET")
        fuzz.check(stop, "as it is", response, text)
        for form in Reader(stop.url, text).forms if "html" in response.headers.get("Content-Type", "") else []:
            if form.method == "post":
                posts[name_of(form.action)] |= form.fields
            else:
                asks[name_of(form.action)] |= set(form.fields)
    return posts, asks


def row_values(row: Any) -> dict[str, Any]:
    fresh = type(row)._base_manager.filter(pk=row.pk).values().first() or {}
    return {name: value for name, value in fresh.items() if not name.endswith(("_at", "_hash", "sha256"))}


IDENTITY = re.compile(
    r"^(id|ref|clinic_id|patient_id|record_number|(created|registered|made|opened|asked|given)_by_id)$"
)


def identities(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row_values(row).items() if IDENTITY.match(name)}


def extras_of(tour: Tour) -> dict[str, str]:
    """Fields a form might set although it does not show them: the other clinic's rows, states, signatures, rights."""
    other = tour.places[OTHER].patient
    said = {
        "clinic_id": other.clinic_id, "clinic": other.clinic_id, "ref": other.ref, "id": other.pk, "pk": other.pk,
        "patient": other.ref, "patient_id": other.pk, "patient_ref": other.ref, "record_number": 987654,
        "version": 987654,
        "state": "signed", "stage": "completed", "status": "approved", "submitted_at": "2020-01-01T00:00:00Z",
        "signed_at": "2020-01-01T00:00:00Z", "ended_at": "2020-01-01T00:00:00Z", "voided_at": "2020-01-01T00:00:00Z",
        "roles": "admin", "role": "admin", "is_active": "", "is_staff": "on", "is_superuser": "on", "user": other.pk,
        "created_by": 1, "registered_by": 1, "made_by": 1, "opened_by": 1, "by": 1, "owner": 1, "owner_role": "admin",
        "author": 1, "result": "clear", "overall": "clear", "severity": "clear", "seconded_by": 1,
        "permission": "today.view",
    }  # fmt: skip
    return {name: str(value) for name, value in said.items()}


def test_no_form_or_address_breaks_and_none_sets_a_field_it_does_not_show(fuzz, capsys):
    tour = fuzz.tour
    stops, extras = tour.stops("POST"), extras_of(tour)
    places = {place.user.pk: place for place in Membership.objects.select_related("user")}
    posts, asks = forms_by_name(fuzz)
    ask_questions(fuzz, asks)

    for stop in stops:
        person = tour.people.get(stop.who)
        rows = [*stop.rows, *([person, places[person.pk]] if person else [])]
        identity = [identities(row) for row in rows]
        outcomes = {}
        for what, pairs in fillings(posts.get(stop.name, {}), extras, fuzz.chance):
            body, content_type = encoded(pairs, posts.get(stop.name, {}))
            response, text, seen = fuzz.ask(
                stop, "POST", body, content_type, looking=lambda rows=rows: [row_values(row) for row in rows]
            )
            fuzz.check(stop, f"{what} {short(pairs)}", response, text)
            outcomes[what] = (response.status_code, seen)
            for before, after in zip(identity, seen or [], strict=False):
                changed = {name for name, value in before.items() if after.get(name, value) != value}
                if changed:
                    fuzz.faults.append(f"{stop.name}: changes {sorted(changed)}, {what} {short(pairs)}")
        if outcomes["plain"] != outcomes["extras"]:
            fuzz.faults.append(f"{stop.name}: hidden fields make a difference: {difference(outcomes)}")
        for body in BODIES if stop.name in {"draft", "mfa_login_webauthn", "unlock", "add_passkey"} else []:
            response, text, _ = fuzz.ask(stop, "POST", body, "application/json")
            fuzz.check(stop, f"body {body[:60]!r}", response, text)

    sent = sum(number for (method, _), number in fuzz.counts.items() if method == "POST")
    never_in = {stop.name for stop in stops if fuzz.met[stop.name] <= {403, 404, 405, 429}}
    with capsys.disabled():
        print(f"\n  seed {SEED}, {sent} posts to {len(stops)} addresses, {len(posts)} with fields, {dict(fuzz.counts)}")
    assert never_in <= set(NEVER_IN), f"no post gets in: {sorted(never_in - set(NEVER_IN))}"
    assert sent >= 500
    assert not fuzz.faults, f"seed {SEED}, {len(fuzz.faults)} faults\n" + "\n".join(fuzz.faults[:60])


def difference(outcomes: dict[str, Any]) -> Any:
    (status, plain), (other, extra) = outcomes["plain"], outcomes["extras"]
    if status != other:
        return status, other
    return [
        {name: (before[name], after.get(name)) for name in before if before[name] != after.get(name)}
        for before, after in zip(plain or [], extra or [], strict=False)
        if before != after
    ]


def ask_questions(fuzz: Fuzz, asks: dict[str, set[str]]) -> None:
    """Each page with nonsense in its address, more often where it is asked with something."""
    chance, texts = fuzz.chance, TEXTS + NUMBERS + DATES + WORDS

    for stop in fuzz.tour.stops("GET"):
        names = sorted(asks.get(stop.name, set()) | set(CODE))
        for _ in range(2 + 3 * bool(asks.get(stop.name))):
            pairs = [(name, chance.choice(texts)[:2000]) for name in names if chance.random() < 0.7]
            query = urlencode(pairs, errors="surrogatepass")
            asked = type(stop)(stop.name, f"{stop.url}?{query}", stop.who)
            response, text, _ = fuzz.ask(asked, "GET")
            fuzz.check(stop, f"asked {short(pairs)}", response, text)
