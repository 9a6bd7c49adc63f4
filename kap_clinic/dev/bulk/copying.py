"""Copies of a set of rows, made by the database: every row of it again for each copy, with its own keys.

A copy moves the rows in time, hands them to other people and changes a few columns. What the block points at outside
itself stays. Inserts go through the constraints, triggers and policies the application meets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateField, DateTimeField, Field, ForeignKey, Model, UUIDField

from kap_clinic.accounts.models import Room, User

Fields = Mapping[str, str]  # column -> SQL over `p` (the original), `c` (the copy), `s` (the seal)
Seals = Mapping[int, str]  # key of a copy -> SHA-256 of what is signed there
SEAL = "s.sha256"
AS_IT_WAS: Fields = MappingProxyType({})


@dataclass
class Kind:
    """The rows of one table in a block, and where the numbers of their copies begin.

    `stands`: rows that are there once, whatever the copy; `base` says where.
    """

    model: type[Model]
    ids: list[int]
    base: int = 0
    stands: bool = False
    place: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = {key: number for number, key in enumerate(self.ids)}

    @property
    def stride(self) -> int:
        return 0 if self.stands else len(self.ids)

    @property
    def table(self) -> str:
        return self.model._meta.db_table


@dataclass
class Block:
    """What is copied, by table. `people`: user id -> which column of the copies says who it is instead."""

    kinds: dict[type[Model], Kind]
    people: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows one copy has."""
        return sum(len(kind.ids) for kind in self.kinds.values())

    def ids(self, model: type[Model]) -> list[int]:
        return self.kinds[model].ids if model in self.kinds else []


class Copies:
    """Some copies of a block: a column for each thing that differs, by name: (SQL type, values)."""

    def __init__(self, columns: Mapping[str, tuple[str, list[Any]]]) -> None:
        self.columns = dict(columns)
        self.count = len(self.columns["n"][1])
        self.columns["k"] = ("int", list(range(self.count)))

    def of(self, name: str, k: int) -> Any:
        """What a column says of one copy."""
        return self.columns[name][1][k]

    @property
    def source(self) -> str:
        parts = ", ".join(f"%({name}_)s::{kind}[]" for name, (kind, _) in self.columns.items())
        return f"unnest({parts}) as c({', '.join(self.columns)})"

    @property
    def values(self) -> dict[str, list[Any]]:
        return {f"{name}_": values for name, (_, values) in self.columns.items()}


def ref_of(ref: UUID | str, n: int) -> UUID:
    """The reference a row has in copy `n`; the database says the same."""
    return UUID(bytes=md5(f"{ref}/{n}".encode(), usedforsecurity=False).digest())


REF = "md5(p.{column}::text || '/' || c.n)::uuid"


class Press:
    """Makes the copies of one block."""

    def __init__(self, block: Block, copies: Copies, changes: Mapping[str, str] = {}) -> None:
        self.block, self.copies, self.changes = block, copies, changes  # by "model.column": what it says instead
        for kind in block.kinds.values():
            if not kind.stands:
                kind.base = _numbers(kind.table, len(kind.ids) * copies.count)

    def insert(
        self,
        model: type[Model],
        said: Fields = AS_IT_WAS,
        *,
        only: Iterable[int] | None = None,
        seals: Seals | None = None,
    ) -> int:
        """Insert the copies of these rows; `said` replaces columns, SEAL is the seal. How many rows that was."""
        kind = self.block.kinds.get(model)
        ids = (list(only) if only is not None else kind.ids) if kind else []
        if not kind or not ids:
            return 0
        fields = {str(one.column): said.get(one.attname) or self._value(one) for one in _fields(model)}
        columns = ", ".join(f'"{column}"' for column in fields)
        statement = f"""
            with p as materialized ({self._originals(kind)})
            insert into {kind.table} ({columns})
            select {", ".join(fields.values())} from {self.copies.source} cross join p {self._sealing(kind, seals)}
            order by c.k, p.place_
        """  # noqa: S608  # names of our own tables and columns
        self._run(statement, ids, kind, seals)
        return len(ids) * self.copies.count

    def update(
        self,
        model: type[Model],
        names: Iterable[str],
        said: Fields = AS_IT_WAS,
        *,
        only: Iterable[int] | None = None,
        seals: Seals | None = None,
    ) -> None:
        """Give the copies of these rows what the original has in these columns, or what `said` says."""
        kind = self.block.kinds.get(model)
        ids = (list(only) if only is not None else kind.ids) if kind else []
        if not kind or not ids:
            return
        by_name = {one.attname: one for one in _fields(model)}
        values = {by_name[name].column: self._value(by_name[name]) for name in names}
        values |= {by_name[name].column: text for name, text in said.items()}
        changes = ", ".join(f'"{column}" = {text}' for column, text in values.items())
        statement = f"""
            with p as materialized ({self._originals(kind)})
            update {kind.table} t set {changes} from {self.copies.source} cross join p {self._sealing(kind, seals)}
            where t.id = {self._key(kind)}
        """  # noqa: S608  # constants
        self._run(statement, ids, kind, seals)

    def _originals(self, kind: Kind) -> str:
        """The rows that are copied, each with its place, and the places of those it points at."""
        places = [f"array_position(%(all_{kind.table})s::bigint[], t.id) - 1 as place_"]
        for one in _fields(kind.model):
            if isinstance(one, ForeignKey) and (other := self._kind_of(one)):
                places.append(
                    f'array_position(%(all_{other.table})s::bigint[], t."{one.column}") - 1 as "{one.column}_"'
                )
        return f"select t.*, {', '.join(places)} from {kind.table} t where t.id = any(%(ids)s)"  # noqa: S608  # constants

    def _kind_of(self, one: "ForeignKey[Any, Any]") -> Kind | None:
        return self.block.kinds.get(one.related_model)  # type: ignore[arg-type]

    def _key(self, kind: Kind, place: str = "place_") -> str:
        return f'{kind.base} + c.k * {kind.stride} + p."{place}"'

    def _value(self, one: "Field[Any, Any]") -> str:
        """What a column of the copy says."""
        own = f'p."{one.column}"'
        if changed := self.changes.get(f"{one.model._meta.model_name}.{one.column}"):
            return changed
        if one.primary_key:
            return self._key(self.block.kinds[one.model])
        if isinstance(one, ForeignKey):
            return self._other(one, own)
        if isinstance(one, UUIDField):
            return self._reference(one, own)
        if isinstance(one, DateTimeField):
            return f"{own} + c.shift"
        if isinstance(one, DateField):
            return f"({own} + c.shift)::date"
        return own

    def _other(self, one: "ForeignKey[Any, Any]", own: str) -> str:
        if kind := self._kind_of(one):
            return f"coalesce({self._key(kind, one.column + '_')}, {own})"
        if one.related_model is Room:
            return f"case when {own} is not null then c.room end"
        if one.related_model is User and self.block.people:
            cases = " ".join(f"when {user} then c.{who}" for user, who in self.block.people.items())
            return f"case {own} {cases} else {own} end"
        return own

    def _reference(self, one: "UUIDField[Any, Any]", own: str) -> str:
        return (
            f"case when {own} is not null then {REF.format(column=one.column)} end"
            if one.null
            else REF.format(column=one.column)
        )

    def _sealing(self, kind: Kind, seals: Seals | None) -> str:
        if seals is None:
            return ""
        return f"join unnest(%(sealed)s::bigint[], %(seals)s::text[]) as s(id, sha256) on s.id = {self._key(kind)}"

    def _run(self, statement: str, ids: list[int], kind: Kind, seals: Seals | None) -> None:
        places: dict[str, Any] = {f"all_{one.table}": one.ids for one in self.block.kinds.values()}
        sealed: dict[str, Any] = (
            {"sealed": list(seals), "seals": list(seals.values())} if seals else {"sealed": [], "seals": []}
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, {"ids": ids, **places, **sealed, **self.copies.values})

    def keys(self, model: type[Model], only: Iterable[int] | None = None) -> list[int]:
        """The keys of the copies, copy by copy."""
        kind = self.block.kinds.get(model)
        if kind is None:
            return []
        places = [kind.place[key] for key in (kind.ids if only is None else only)]
        return [kind.base + k * kind.stride + place for k in range(self.copies.count) for place in places]

    def copy_of(self, row: Model) -> int:
        """Which copy a written row belongs to, counted in this press from 0."""
        kind = self.block.kinds[type(row)]
        return (row.pk - kind.base) // len(kind.ids)

    def original_of(self, row: Model) -> int:
        kind = self.block.kinds[type(row)]
        return kind.ids[(row.pk - kind.base) % len(kind.ids)]

    def name_of(self, person: str, name: str) -> str:
        """What a column with a person's name says in the copy."""
        cases = " ".join(f"when {user} then c.{who}_name" for user, who in self.block.people.items())
        return f'case p."{person}" {cases} else p."{name}" end'


def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return list(model._meta.concrete_fields)


def _numbers(table: str, count: int) -> int:
    """The first of so many numbers in a row, taken from the table's own sequence."""
    taken = "select nextval(pg_get_serial_sequence(%s, 'id')) as number from generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"select min(number), max(number) from ({taken}) as taken", [table, count])  # noqa: S608  # constants
        first, last = cursor.fetchone()
    if last - first + 1 != count:
        raise RuntimeError(f"Somebody else wrote into {table} meanwhile. Fill a clinic in which nobody works.")
    return int(first)
