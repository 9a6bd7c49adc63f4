"""Every address, asked by every role about rows of every relation: the answer is what the table of rights says.

The addresses come from the resolver, what each needs from `things.py`, and who may from `permissions.csv`, read here by
a small evaluator of our own: nothing is asked of the code under test. Each answer is looked at whole: its status, what
it gives away, and the line in the audit trail that a refusal leaves.
"""

import csv
import re
import shlex
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from kap_clinic.accounts.public_urls import PUBLIC
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import set_clinic
from tests import factories
from tests.kap_clinic.test_rights_in_code import urls
from tests.kap_clinic.things import ABOUT_A_PATIENT, CANARIES, PAGES, Page, Place, register
from tests.people import signed_in

TABLE = Path(__file__).parents[2] / "kap_clinic" / "accounts" / "permissions.csv"
TEAM, CLINIC, OTHER, MISSING, SWAPPED = "own team", "own clinic", "other clinic", "missing", "swapped"
ALLOWED = {"GET": {200, 204, 302}, "POST": {200, 204, 302, 400, 409, 422, 423}}  # 423: the screen was just locked
WRITES_ROWS = {"note.write", "process_note.write", "schedule.book"}  # made by who asks, who will be their author


# The reference: what the table says


@cache
def rights() -> dict[tuple[str, str], list[tuple[str, set[str]]]]:
    """(role, permission) -> scope and conditions of each row."""
    table = defaultdict(list)
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            table[row["role"], row["permission"]].append((row["scope"], set(row["condition"].split())))
    return table


def somewhere(role: str, needs: str) -> bool:
    """Whether the role may do this to some row; nobody here has a grant."""
    return any(scope != "g" for permission in needs.split(" | ") for scope, _ in held(role, permission.strip()))


def held(role: str, permission: str) -> list[tuple[str, set[str]]]:
    """Rights of the role, and those of a supervisor for who could be one; nobody here has a trainee."""
    supervises = bool(rights()[role, "process_note.write"])
    return rights()[role, permission] + (rights()["supervisor", permission] if supervises else [])


def may(role: str, needs: str, relation: str, *, patient: bool) -> bool:
    """Whether the role may do this to a row in this relation, which somebody else wrote."""
    return any(
        covers(permission.strip(), scope, conditions, relation, patient=patient)
        for permission in needs.split(" | ")
        for scope, conditions in rights()[role, permission.strip()]
    )


def covers(permission: str, scope: str, conditions: set[str], relation: str, *, patient: bool) -> bool:
    on_team = patient and relation == TEAM
    if conditions & {"if_delegated", "shared_by_author"}:
        return False
    if conditions & {"on_team", "in_care"} and not on_team:
        return False
    if conditions & {"not_on_team", "not_treating"} and on_team:
        return False
    reach = {"k": True, "c": on_team, "a": permission in WRITES_ROWS}
    return reach.get(scope, False)  # o, g, b, w and t: none of them holds here


@dataclass(frozen=True)
class Cell:
    """One question and the statuses that answer it."""

    name: str
    page: Page
    role: str
    relation: str
    method: str

    @property
    def has_patient(self) -> bool:
        return bool(ABOUT_A_PATIENT & set(filled(self.page).values()))

    def expected(self) -> set[int]:
        if not somewhere(self.role, self.page.needs):
            return {403}
        if (self.page.also_first and not self._also_held()) or self._bound():
            return {403}
        if self.relation in {OTHER, MISSING}:
            return {404}
        if self.relation == SWAPPED:  # the first is one's own, the second does not belong to it
            return {404} if may(self.role, self.page.needs, TEAM, patient=True) else {403, 404}
        if self._things() and not may(self.role, self.page.needs, self.relation, patient=self.has_patient):
            return {404} if self.page.is_secret else {403}
        if not self._also_held() or not self._may_post():
            return {403}
        return ALLOWED[self.method] | ({404} if self.page.may_miss else set())

    def _things(self) -> bool:
        return bool(filled(self.page))

    def _also_held(self) -> bool:
        if self.page.also.endswith(" in the whole clinic"):
            held = rights()[self.role, self.page.also.partition(" ")[0]]
            return any(scope == "k" for scope, _ in held)
        return not self.page.also or may(self.role, self.page.also, self.relation, patient=self.has_patient)

    def _may_post(self) -> bool:
        return self.method == "GET" or not self.page.to_post or somewhere(self.role, self.page.to_post)

    def _bound(self) -> bool:
        """Whether every right they have to it is limited to something this page is not."""
        held = rights()[self.role, self.page.needs]
        return bool(self.page.beyond) and all(self.page.beyond in conditions for _, conditions in held)

    def __str__(self) -> str:
        return f"{self.method} {self.name} as {self.role}, {self.relation}"


# Filling an address


def filled(page: Page) -> dict[str, str]:
    """The things an address is about: keyword -> name of the thing."""
    return {key: value for key, value in words(page).items() if not value.startswith("'") and value != "nothing"}


def words(page: Page) -> dict[str, str]:
    return dict(part.split("=", 1) for part in shlex.split(page.kwargs, posix=False))


def address(cell: Cell, places: dict[str, Place]) -> str:
    kwargs = {}
    for number, (key, value) in enumerate(words(cell.page).items()):
        if value.startswith("'"):
            kwargs[key] = value.strip("'")
        elif value == "nothing" or cell.relation == MISSING:
            kwargs[key] = uuid4()
        else:
            where = (TEAM if number == 0 else CLINIC) if cell.relation == SWAPPED else cell.relation
            kwargs[key] = places[where].thing(value).ref
    return reverse(cell.name, kwargs=kwargs)


def relations(page: Page) -> list[str]:
    things = filled(page)
    if not things:
        return [CLINIC]
    near = [TEAM] if ABOUT_A_PATIENT & set(things.values()) else []
    return [*near, CLINIC, OTHER, MISSING, *([SWAPPED] if len(things) > 1 and near else [])]


def cells(role: str) -> list[Cell]:
    return [
        Cell(name, page, role, relation, method)
        for name, page in PAGES.items()
        for relation in relations(page)
        for method in page.methods.split()
    ]


# Every address is in the matrix


def test_every_address_is_in_the_matrix_or_public():
    names = {name for name, _ in urls()}

    assert sorted(names - set(PAGES) - set(PUBLIC)) == [], "say what it needs in tests/kap_clinic/things.py"
    assert sorted(set(PAGES) - names) == []


def test_each_view_declares_the_permission_the_matrix_expects():
    declared = {name: pattern.callback for name, pattern in urls()}

    differences = [
        f"{name}\n  things.py: {page.needs}\n  view:      {' | '.join(declared[name].permissions)}"
        for name, page in PAGES.items()
        if set(page.needs.split(" | ")) != set(map(str, declared[name].permissions))
    ]

    assert not differences, "\n".join(differences)


# The matrix


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_the_answers_are_those_of_the_table(role, client, clinic, other_clinic, capsys):
    me = factories.member(clinic, Role(role), name="Who Asks")
    places = {
        TEAM: Place(clinic, factories.member(clinic, Role.THERAPIST, name="Near Maker")),
        CLINIC: Place(clinic, factories.member(clinic, Role.THERAPIST, name="Far Maker")),
        OTHER: Place(other_clinic, factories.member(other_clinic, Role.THERAPIST, name="Other Maker")),
    }
    register(places[TEAM], me)
    register(places[CLINIC])
    register(places[OTHER])
    signed_in(client, me)
    client.raise_request_exception = False

    asked = cells(role)
    addresses = {cell: address(cell, places) for cell in asked}  # everything is built before the first question
    faults = [fault for cell in asked for fault in ask(client, cell, addresses[cell], me)]

    with capsys.disabled():
        count = Counter(min(cell.expected()) for cell in asked)
        print(f"\n  {role}: {len(asked)} cells, {count[403]} refused, {count[404]} not found", end="")
    assert not faults, f"{len(faults)} of {len(asked)} cells\n" + "\n".join(faults[:40])


def ask(client, cell, url, me):
    """One question, undone afterwards; what is wrong with the answer."""
    here, cookies = transaction.savepoint(), client.cookies.copy()
    denials = AuditEvent.objects.filter(event=Event.PAGE_DENIED, actor_id=me.pk)
    before = denials.count()
    response = client.get(url) if cell.method == "GET" else client.post(url, {})
    page = b"".join(response) if response.streaming else response.content
    after = list(denials.order_by("-id"))
    transaction.savepoint_rollback(here)
    client.cookies = cookies
    yield from wrong(cell, response, page.decode(errors="replace"), after[: len(after) - before])


def wrong(cell, response, page, denials):
    expected = cell.expected()
    if response.status_code not in expected:
        why = getattr(response, "exc_info", None)
        yield (
            f"{cell}: {response.status_code}, not {sorted(expected)} {why[1]!r}"
            if why
            else (f"{cell}: {response.status_code}, not {sorted(expected)}")
        )
    if response.status_code == 403 and [denial.outcome for denial in denials] != ["refused"]:
        yield f"{cell}: refused, and the audit trail says {denials}"
    if response.status_code != 403 and denials:
        yield f"{cell}: not refused, and the audit trail says so"
    yield from (f"{cell}: gives away {word}" for word in CANARIES if word in page and not may_see(cell, word))
    if not cell.role.startswith("patient") and response.headers.get("Cache-Control", "") != "no-store":
        yield f"{cell}: may be kept by a cache"


def may_see(cell, word):
    """Whether the canary of some patient may be on this page: on the team's, if the page is about that one."""
    if cell.relation in {OTHER, MISSING, SWAPPED}:
        return False
    relation = cell.relation if cell.has_patient else TEAM
    return may(cell.role, CANARIES[word], relation, patient=True)


# Who is not signed in, and methods a page does not answer


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_sign_in(client, clinic, method):
    place = Place(clinic, factories.member(clinic, Role.THERAPIST, name="Some Maker"))
    register(place)
    places = {TEAM: place, CLINIC: place}
    set_clinic(clinic.pk)

    faults = []
    for name, page in PAGES.items():
        url = address(Cell(name, page, "nobody", CLINIC, "GET"), places)
        response = getattr(client, method)(url)
        if response.status_code not in {302, 403, 423} or any(word in response.content.decode() for word in CANARIES):
            faults.append(f"{name}: {response.status_code}")
        elif response.status_code == 302 and not re.match(r"/account/login/\?next=", response["Location"]):
            faults.append(f"{name}: sent to {response['Location']}")

    assert not faults, "\n".join(faults)


def test_a_method_a_page_does_not_answer_changes_nothing(client, clinic, admin):
    place = Place(clinic, factories.member(clinic, Role.THERAPIST, name="Some Maker"))
    register(place)
    cookies = signed_in(client, admin).cookies.copy()

    faults = []
    for name, page in PAGES.items():
        for method in {"GET", "POST"} - set(page.methods.split()):
            url = address(Cell(name, page, "admin", CLINIC, method), {TEAM: place, CLINIC: place})
            response = client.generic(method, url)
            client.cookies = cookies.copy()
            if response.status_code not in {403, 404, 405}:
                faults.append(f"{method} {name}: {response.status_code}")

    assert not faults, "\n".join(faults)


# Fields (row 1)


@pytest.mark.parametrize("role", ["therapist", "prescriber", "medical_director", "admin", "front_desk"])
def test_each_role_changes_only_its_own_fields(client, clinic, role):
    from tests.kap_clinic.test_rights import lines

    me = factories.member(clinic, Role(role), name="Who Asks")
    patient = factories.patient(clinic, by=factories.member(clinic, Role.ADMIN))
    factories.join_team(patient, me, by=me)
    sent = {
        "family_name": "Changed", "given_name": "Changed", "preferred_name": "Changed", "pronouns": "changed",
        "birth_date": "1970-01-01", "sex_for_scoring": "male", "language": "Danish", "zone": "America/Denver",
        "phone": "+12125550199", "email": "changed@example.org", "address": "Changed", "message_wish": "none",
        "safe_to_leave_message": "yes", "safe_contact": "Changed", "version": "1",
        "record_number": "1", "clinic": "999", "clinic_id": "999", "ref": str(uuid4()), "registered_by": "1",
    }  # fmt: skip
    before = {field.name: getattr(patient, field.name) for field in patient._meta.fields}
    editable = {
        name
        for line in lines("permissions_fields.csv")
        if line["model"] == "patients.Patient" and "E" in line[role]
        for name in line["fields"].split()
    }

    signed_in(client, me).post(reverse("patients:change", args=[patient.ref]), sent)

    patient.refresh_from_db()
    changed = {name for name, value in before.items() if getattr(patient, name) != value}
    by_themselves = {"version", "changed_at", "changed_by", "family_key", "given_key", "preferred_key", "phone_tail"}
    assert changed - by_themselves <= editable
    assert changed & editable, "nothing was changed: the form was refused as a whole"
