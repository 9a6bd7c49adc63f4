"""The table of rights: the CSV, the names in code, the table as people read it, and the handbook say the same."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from kap_clinic.accounts import handbook
from kap_clinic.accounts.conditions import CONDITIONS
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.rights import OTHER_PRINCIPALS, PRINCIPALS
from kap_clinic.accounts.scopes import SCOPES
from kap_clinic.accounts.terms import Role
from tests.kap_clinic.rights_table import FIELDS, ROLES, ROWS

ACCOUNTS = Path(__file__).parents[2] / "kap_clinic" / "accounts"
TOKEN = re.compile(r"(?P<what>[A-Za-z0-9]+):(?P<scope>[a-z])(?:\((?P<conditions>[a-z_,]+)\))?")


def lines(name: str) -> list[dict[str, str]]:
    with (ACCOUNTS / name).open(newline="") as file:
        return list(csv.DictReader(file))


def told(permissions: dict[str, str], cell: str) -> set[tuple[str, str, str]]:
    """A cell as (permission, scope, conditions)."""
    rows = set()
    for token in cell.split():
        token = "V:b" if token == "B" else token
        match = TOKEN.fullmatch(token)
        assert match, f"{token!r} is no token of a cell"
        what, conditions = match["what"], " ".join((match["conditions"] or "").split(","))
        names = [permissions[what]] if what in permissions else [permissions[letter] for letter in what]
        rows |= {(name, match["scope"], conditions) for name in names}
    return rows


def as_cell(rows: set[tuple[str, str, str]]) -> str:
    return "; ".join(sorted(f"{name}:{scope}{f' ({c})' if c else ''}" for name, scope, c in rows)) or "-"


@pytest.mark.parametrize("row", ROWS)
def test_the_csv_says_what_the_table_says(row):
    permissions, cells = ROWS[row]
    written = defaultdict(set)
    for line in lines("permissions.csv"):
        if line["permission"] in permissions.values():
            written[line["role"]].add((line["permission"], line["scope"], line["condition"]))

    table = {role: told(permissions, cells.get(short, "")) for short, role in ROLES.items()}
    differences = [
        f"{row} / {role}\n  table: {as_cell(table[role])}\n  csv:   {as_cell(written[role])}"
        for role in ROLES.values()
        if table[role] != written[role]
    ]

    assert not differences, "\n".join(differences)


def test_every_permission_is_in_one_row_of_the_table():
    named = [name for permissions, _ in ROWS.values() for name in permissions.values()]

    assert sorted(named) == sorted(map(str, Permission))


def test_every_permission_stands_in_the_csv_and_in_words():
    assert {line["permission"] for line in lines("permissions.csv")} == set(map(str, Permission))
    assert all(permission.words for permission in Permission)
    assert len({permission.words for permission in Permission}) == len(Permission)


def test_every_role_scope_and_condition_of_the_csv_is_known_and_every_known_one_is_used():
    rows = lines("permissions.csv")

    assert {line["role"] for line in rows} == set(PRINCIPALS) == set(map(str, Role)) | set(OTHER_PRINCIPALS)
    assert {line["scope"] for line in rows} == set(SCOPES)
    assert {code for line in rows for code in line["condition"].split()} == set(CONDITIONS)
    assert len({tuple(line.values()) for line in rows}) == len(rows)


def test_no_right_deletes_and_none_reaches_a_process_note_but_through_its_author():
    rows = lines("permissions.csv")

    assert not [line for line in rows if re.search("delete|remove", line["permission"])]
    beyond = [line for line in rows if line["permission"].startswith("process_note.") and line["scope"] != "a"]
    assert [(line["role"], line["condition"]) for line in beyond] == [("supervisor", "shared_by_author")]


def test_emergency_access_only_views():
    rows = [line for line in lines("permissions.csv") if line["scope"] == "b"]

    assert rows
    assert {Permission(line["permission"]).letter for line in rows} == {"V"}
    assert {line["role"] for line in rows} == {"therapist", "prescriber", "nurse", "medical_director"}


def test_the_field_table_says_what_people_read():
    written = {line["group"]: line for line in lines("permissions_fields.csv")}
    assert set(written) == set(FIELDS)

    differences = [
        f"{group} / {role}\n  table: {cells.get(short, '') or '-'}\n  csv:   {written[group][role] or '-'}"
        for group, cells in FIELDS.items()
        for short, role in ROLES.items()
        if role in set(map(str, Role)) and cells.get(short, "") != written[group][role]
    ]

    assert not differences, "\n".join(differences)


def test_the_handbook_is_printed_from_the_tables():
    page = Path(__file__).parents[2] / "docs" / "roles.md"

    assert page.read_text() == handbook.page(), "run manage.py print_roles"


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_in_the_handbook(permission):
    assert f"(`{permission}`)" in handbook.page()
