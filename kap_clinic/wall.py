"""How one clinic's rows are kept from another's: transaction-local settings, and policies that read them.

Every table that carries a clinic has row-level security (SEC-07). What only its author may read is kept from everybody
else in the clinic too, by the person who asks (SEC-10). Both settings last for one transaction and are always set, also
to nothing, so that a pooled connection carries nothing over.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, migrations, transaction

HERE = "nullif(current_setting('app.clinic_id', true), '')::bigint"
ME = "nullif(current_setting('app.user_id', true), '')::bigint"


def set_clinic(clinic_id: int | None, person_id: int | None = None) -> None:
    """Show the rows of this clinic, or of none, until the transaction ends.

    Of rows that are their author's alone those of `person_id`: whoever sets the clinic sets the person too, also to
    nobody.
    """
    values = ["" if one is None else str(one) for one in (clinic_id, person_id)]
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.clinic_id', %s, true), set_config('app.user_id', %s, true)", values)


def current() -> tuple[int | None, int | None]:
    """The clinic and the person the wall stands at."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {HERE}, {ME}")  # constants
        row = cursor.fetchone()
    return row or (None, None)


def current_clinic_id() -> int | None:
    return current()[0]


@contextmanager
def as_clinic(clinic_id: int, person_id: int | None = None) -> Iterator[None]:
    """One transaction inside a clinic's wall: for tasks, commands and streamed exports."""
    with transaction.atomic():
        before = current()
        set_clinic(clinic_id, person_id)
        yield
        set_clinic(*before)


def walled(*tables: str, column: str = "clinic_id") -> migrations.RunSQL:
    """A migration step: row-level security, forced, on tables that carry a clinic."""
    forward: list[Any] = []
    back: list[Any] = []
    for table in tables:
        forward += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy clinic_wall on {table} using ({column} = {HERE}) with check ({column} = {HERE})",
        ]
        back += [f"drop policy clinic_wall on {table}", f"alter table {table} no force row level security"]
        back += [f"alter table {table} disable row level security"]
    return migrations.RunSQL(forward, back)


def walled_by_author(*tables: str, column: str = "author_id") -> migrations.RunSQL:
    """A migration step: row-level security, forced, on tables of which each row is its author's alone (SEC-10)."""
    own = f"clinic_id = {HERE} and {column} = {ME}"
    forward: list[Any] = []
    back: list[Any] = []
    for table in tables:
        forward += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy author_wall on {table} using ({own}) with check ({own})",
        ]
        back += [f"drop policy author_wall on {table}", f"alter table {table} no force row level security"]
        back += [f"alter table {table} disable row level security"]
    return migrations.RunSQL(forward, back)


def may_delete(*tables: str) -> migrations.RunSQL:
    """A migration step: the few tables whose rows the application may delete (nothing clinical is)."""
    return migrations.RunSQL(
        _each("grant delete on {} to kap_app", tables), _each("revoke delete on {} from kap_app", tables)
    )


def append_only(*tables: str) -> migrations.RunSQL:
    """A migration step: tables whose rows the application writes once."""
    return migrations.RunSQL(
        _each("revoke update on {} from kap_app", tables), _each("grant update on {} to kap_app", tables)
    )


def _each(sql: str, tables: Iterable[str]) -> list[Any]:
    return [sql.format(table) for table in tables]
