"""The handbook page `docs/roles.md`, printed from the tables of rights so that it cannot say anything else."""

from collections.abc import Iterator
from itertools import groupby

from kap_clinic.accounts.conditions import CONDITIONS
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals.effects import KINDS
from kap_clinic.accounts.rights import PRINCIPALS, Right, all_rights, field_table, who_may
from kap_clinic.accounts.scopes import SCOPES
from kap_clinic.accounts.terms import Role

TITLE = """# Who may do what

Printed by `manage.py print_roles` from `kap_clinic/accounts/permissions.csv`, `permissions_fields.csv` and the tables
beside them. Do not edit it: change the table, print again.

What is not listed is refused. No role inherits from another, nothing is allowed by a wildcard, nobody deletes, and no
right reaches beyond the clinic. Another clinic's row is not found; one of the own clinic without the right is refused,
written down, and shows whom to ask. A signed row is edited by nobody, only added to.
"""
FIELDS = """## Fields

What each role sees (V) and changes (E) of a patient's row and its neighbours, where the record is open to it at all;
`s` is status only. Government numbers are not stored.
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([TITLE, *_roles(), *_fields(), *_two_persons(), *_permissions()]).rstrip() + "\n"


def _roles() -> Iterator[str]:
    for role, name in PRINCIPALS.items():
        held = [right for right in all_rights() if right.role == role]
        yield f"## {name}\n"
        for permission, rows in groupby(held, key=lambda right: right.permission):
            yield f"- {permission.words} (`{permission}`): {'; '.join(map(_reach, rows))}"
        yield ""


def _reach(right: Right) -> str:
    return ", ".join([SCOPES[right.scope].words, *(CONDITIONS[code].words for code in right.conditions)])


def _fields() -> Iterator[str]:
    yield FIELDS
    yield f"| | {' | '.join(Role.labels)} |"
    yield f"| --- |{' --- |' * len(Role)}"
    for row in field_table():
        yield f"| {row['group']} | {' | '.join(row[role] or '-' for role in Role)} |"
    yield ""


def _two_persons() -> Iterator[str]:
    yield "## Two persons\n"
    yield "It counts persons, not roles: nobody seconds what they proposed, or what is about them.\n"
    yield "| what | proposed by | seconded by |"
    yield "| --- | --- | --- |"
    for kind, each in KINDS.items():
        yield f"| {kind.label} | {', '.join(who_may(each.propose))} | {', '.join(who_may(each.second))} |"
    yield ""


def _permissions() -> Iterator[str]:
    yield "## Who may, by permission\n"
    yield "| permission | may | who |"
    yield "| --- | --- | --- |"
    for permission in Permission:
        who = dict.fromkeys(PRINCIPALS[right.role] for right in all_rights() if right.permission == permission)
        yield f"| `{permission}` | {permission.words} | {', '.join(who)} |"
