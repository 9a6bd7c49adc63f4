"""How one clinic's rows are kept from another's: a transaction-local setting, and policies that read it.

Every table that carries a clinic has row-level security (SEC-07). The setting lasts for one transaction and is always
set, also to nothing, so that a pooled connection carries nothing over.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, migrations, transaction

HERE = "nullif(current_setting('app.clinic_id', true), '')::bigint"


def set_clinic(clinic_id: int | None) -> None:
    """Show the rows of this clinic, or of none, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.clinic_id', %s, true)", ["" if clinic_id is None else str(clinic_id)])


def current_clinic_id() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {HERE}")  # a constant
        row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def as_clinic(clinic_id: int) -> Iterator[None]:
    """One transaction inside a clinic's wall: for tasks, commands and streamed exports."""
    with transaction.atomic():
        before = current_clinic_id()
        set_clinic(clinic_id)
        yield
        set_clinic(before)


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
