"""What `permissions.csv` and `permissions_fields.csv` say, row by row. Nothing is inherited, nothing is a wildcard."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role

HERE = Path(__file__).parent
TABLE, FIELD_TABLE = HERE / "permissions.csv", HERE / "permissions_fields.csv"

# Who stands in the table beside the roles of a membership.
OTHER_PRINCIPALS = {
    "supervisor": "Supervisor of a trainee",
    "patient_link": "Patient, by link",
    "chaperone": "Chaperone, by link",
    "system": "The system",
}
PRINCIPALS = {**{role.value: role.label for role in Role}, **OTHER_PRINCIPALS}


@dataclass(frozen=True)
class Right:
    """One row of the table: a role may do this within a scope, under conditions."""

    role: str
    permission: Permission
    scope: str
    conditions: tuple[str, ...]


@cache
def all_rights() -> tuple[Right, ...]:
    with TABLE.open(newline="") as file:
        return tuple(
            Right(row["role"], Permission(row["permission"]), row["scope"], tuple(row["condition"].split()))  # type: ignore[call-arg]
            for row in csv.DictReader(file)
        )


@cache
def rights(role: str, permission: Permission) -> tuple[Right, ...]:
    """The rows of one role for one permission; none is a refusal."""
    return tuple(right for right in all_rights() if (right.role, right.permission) == (role, permission))


def who_may(permission: Permission) -> Iterator[str]:
    """The roles that may, in words, in the order of the table; links and the system left out."""
    yield from dict.fromkeys(
        PRINCIPALS[right.role] for right in all_rights() if right.permission == permission and right.role in list(Role)
    )


@cache
def field_rights() -> dict[tuple[str, str], str]:
    """(`<model label>.<field>`, role) -> the letters V and E that role has on it."""
    return {
        (f"{row['model']}.{field}", role): row[role]
        for row in field_table()
        for field in row["fields"].split()
        for role in map(str, Role)
    }


@cache
def field_table() -> tuple[dict[str, str], ...]:
    """The field table as it stands: a group of fields in a row, the letters of each role. `s` is status only."""
    with FIELD_TABLE.open(newline="") as file:
        return tuple(csv.DictReader(file))
