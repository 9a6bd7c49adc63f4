"""Several reads of the database in one statement: each becomes a column of JSON rows, and comes back as what it was.

A page about one patient reads dozens of small lists. Asked one by one they cost as many round trips; here one. What a
read looks like is the same for every patient, so it is put together by the ORM once a process (`compiled`), and planned
by PostgreSQL once a connection.
"""

import copy
import inspect
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cached_property, lru_cache, wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    Expression,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    QuerySet,
    TextField,
    UUIDField,
)

Rows = Mapping[str, Sequence[Any]]
AS_JSON = (BooleanField, CharField, IntegerField, TextField)  # a value of these is the same in JSON
FIELDS: dict[type, Any] = {
    int: BigIntegerField(),
    str: TextField(),
    UUID: UUIDField(),
    datetime: DateTimeField(),
    date: DateField(),
}
NO_TIME = timedelta()
MARK = secrets.token_hex(8)  # so that no constant can look like a place
TOKEN = re.compile(rf"<{MARK} (\w+) (\d+)>")
OF_ONE_CALL = (date, datetime, time, timedelta, UUID)  # a value of these stands for now or for somebody


class Given(Expression):
    """A value of a read that is known when it is read, not when it is put together. A moment may be set back."""

    def __init__(self, name: str, kind: type, back: timedelta = NO_TIME) -> None:
        super().__init__(output_field=FIELDS[kind])
        self.name, self.kind, self.back = name, kind, back

    def __sub__(self, back: Any) -> Any:
        return Given(self.name, self.kind, self.back + back) if isinstance(back, timedelta) else super().__sub__(back)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        return f"{self.token}::{self.output_field.db_type(connection)}", ()

    @property
    def token(self) -> str:
        return f"<{MARK} {self.name} {int(self.back.total_seconds())}>"


class Read:
    """Columns of some rows, each row a tuple. A column may follow foreign keys, `asked_by__name`, or be annotated."""

    def __init__(self, rows: QuerySet[Any], columns: tuple[str, ...]) -> None:
        self.rows, self.columns = rows, columns
        self.model: Any = rows.model
        self.given: Mapping[str, Any] = {}

    def with_values(self, given: Mapping[str, Any]) -> "Read":
        """The same read, as it was put together, of these."""
        made = copy.copy(self)
        made.given = given
        return made

    def now(self) -> list[Any]:
        """These rows by themselves, in a query of their own."""
        return together({"": self})[""]

    @cached_property
    def sql(self) -> tuple[str, tuple[Any, ...]]:
        """What the ORM asks for these columns, and the constants in it; "" where it knows that none can be."""
        try:
            return self.rows.values_list(*self.columns).query.sql_with_params()
        except EmptyResultSet:
            return "", ()

    @cached_property
    def as_json(self) -> str:
        """A subquery of one column, an array of each row as a JSON array. Constants stand in it."""
        if not self.sql[0]:
            return "'[]'::json"
        names, values = _as_columns(self.model, self.columns)
        row = f"json_agg(json_build_array({values}))"
        return f"(select coalesce({row}, '[]') from ({_whole(*self.sql)}) as read_({names}))"  # noqa: S608  # the ORM's own

    def made_of(self, row: list[Any]) -> Any:
        """One row as it came out of JSON, each value as its field has it."""
        for place, to_python in _back(self.model, self.columns):
            if row[place] is not None:
                row[place] = to_python(row[place])
        return tuple(row)


class ReadModels(Read):
    """The same as instances of the model; a column `text__version` fills in the row a foreign key points at.

    Name `id` and every column that is used: what is left out is asked of the database when it is touched.
    """

    def made_of(self, row: list[Any]) -> Any:
        own, others = _parts(self.model, self.columns)
        values = super().made_of(row)
        made = self.model.from_db(DEFAULT_DB_ALIAS, *_picked(own, values))
        for key, parts in others.items():
            other = getattr(made, key.attname)
            names, found = _picked(parts, values)
            filled = key.related_model.from_db(DEFAULT_DB_ALIAS, ["id", *names], [other, *found])
            setattr(made, key.name, None if other is None else filled)
        return made


class Count(Read):
    """How many rows there are, as the one row `(number,)`."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by(), ("pk",))

    @cached_property
    def as_json(self) -> str:
        if not self.sql[0]:
            return "'[[0]]'::json"
        row = "json_build_array(count(*))"
        return f"(select json_build_array({row}) from ({_whole(*self.sql)}) as read_)"  # noqa: S608  # the ORM's own


P = ParamSpec("P")
R = TypeVar("R", Read, dict[str, Read])


def compiled(reads: Callable[P, R]) -> Callable[P, R]:
    """Put reads together once: positional arguments are what differs from call to call, keywords are their shape.

    An instance of a model is given as its key. TypeError: an argument is nothing a column can be compared with, or a
    moment or a reference has found its way in that is not an argument and would stay what it was the first time.
    """
    names = tuple(inspect.signature(reads).parameters)

    @lru_cache(maxsize=256)
    def made(kinds: tuple[type, ...], shape: tuple[tuple[str, Any], ...]) -> R:
        given = [Given(name, kind) for name, kind in zip(names, kinds, strict=False)]
        found: Any = reads(*given, **dict(shape))  # type: ignore[arg-type]
        for read in found.values() if isinstance(found, dict) else [found]:
            _ = read.as_json  # now, and kept for every copy
            if strays := [value for value in read.sql[1] if isinstance(value, OF_ONE_CALL)]:
                raise TypeError(f"{strays} would stay in the read for good: give them as arguments")
        return found  # type: ignore[no-any-return]

    @wraps(reads)
    def asked(*arguments: P.args, **shape: P.kwargs) -> R:
        values = [one.pk if isinstance(one, Model) else one for one in arguments]
        found: Any = made(tuple(map(type, values)), tuple(sorted(shape.items())))
        given = dict(zip(names, values, strict=False))
        if isinstance(found, dict):
            return {name: read.with_values(given) for name, read in found.items()}  # type: ignore[return-value]
        return found.with_values(given)  # type: ignore[no-any-return]

    return asked


def together(reads: Mapping[str, Read]) -> dict[str, list[Any]]:
    """Every read in one statement, by its name. ValueError: two of them mean something else by the same name."""
    if not reads:
        return {}
    given: dict[str, Any] = {}
    for read in reads.values():
        for name, value in read.given.items():
            if given.setdefault(name, value) != value:
                raise ValueError(f"{name} is {given[name]} and {value}")
    parts = tuple(read.as_json for read in reads.values())
    statement, needed = _statement(parts)
    values = {key: given[name] - back if back else given[name] for key, (name, back) in needed.items()}
    found = json.loads(_asked(statement, values))
    return {name: [read.made_of(row) for row in rows] for (name, read), rows in zip(reads.items(), found, strict=True)}


def _asked(statement: str, given: Mapping[str, Any]) -> str:
    """The one value of the statement. The server binds what is given, so that it need not plan the statement again."""
    connection.ensure_connection()
    with connection._prepare_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, given)
        return str(cursor.fetchone()[0])


@lru_cache(maxsize=512)
def _statement(parts: tuple[str, ...]) -> tuple[str, dict[str, tuple[str, timedelta]]]:
    """The whole statement, and what it is to be given: of each placeholder the name, and how far it is set back."""
    needed: dict[str, tuple[str, timedelta]] = {}

    def placed(token: re.Match[str]) -> str:
        key = f"{token[1]}_{token[2]}"
        needed[key] = token[1], timedelta(seconds=int(token[2]))
        return f"%({key})s"

    statement = f"select json_build_array({', '.join(parts)})::text".replace("%", "%%")
    return TOKEN.sub(placed, statement), needed


def _whole(sql: str, constants: Sequence[Any]) -> str:
    """SQL of the ORM with its constants in their places."""
    plain = [value.value if isinstance(value, Enum) else value for value in constants]
    return str(connection.ops.compose_sql(sql, plain))  # type: ignore[attr-defined]


@lru_cache(maxsize=512)
def _as_columns(model: type[Model], columns: tuple[str, ...]) -> tuple[str, str]:
    """Names for so many columns, and what goes into JSON of each. JSON knows one kind of number; a decimal goes as
    text and keeps every digit."""
    names = [f"c{place}" for place in range(len(columns))]
    exact = [isinstance(_field(model, column), DecimalField) for column in columns]
    return ", ".join(names), ", ".join(
        f"{c}::text" if is_exact else c for c, is_exact in zip(names, exact, strict=True)
    )


@lru_cache(maxsize=512)
def _back(model: type[Model], columns: tuple[str, ...]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Where a value is not what JSON says, and what makes it again."""
    fields = enumerate(_field(model, column) for column in columns)
    return tuple((at, _from_json(field)) for at, field in fields if not (field is None or isinstance(field, AS_JSON)))


def _from_json(field: Any) -> Callable[[Any], Any]:
    known = {DateTimeField: datetime.fromisoformat, DateField: date.fromisoformat, UUIDField: UUID}
    make: Callable[[Any], Any] = known.get(type(field)) or field.to_python  # type: ignore[assignment]
    return make


def _field(model: type[Model], column: str) -> "Field[Any, Any] | None":
    """The field behind a column; None: annotated, handed over as JSON says it."""
    *path, name = column.split("__")
    try:
        for part in path:
            model = model._meta.get_field(part).related_model  # type: ignore[assignment]
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field.target_field if isinstance(field, ForeignKey) else field


@lru_cache(maxsize=512)
def _parts(model: type[Model], columns: tuple[str, ...]) -> tuple[dict[str, int], dict[Any, dict[str, int]]]:
    """Where the values of an instance stand in a row, by its field; and of each row a foreign key points at."""
    places = {column: place for place, column in enumerate(columns)}
    own = {field.attname: places[field.attname] for field in model._meta.concrete_fields if field.attname in places}
    others: dict[Any, dict[str, int]] = {}
    for column, place in places.items():
        name, _, part = column.partition("__")
        if part:
            others.setdefault(model._meta.get_field(name), {})[part] = place
    return own, {key: _in_order(key.related_model, parts) for key, parts in others.items()}


def _in_order(model: Any, parts: Mapping[str, int]) -> dict[str, int]:
    return {field.attname: parts[field.attname] for field in model._meta.concrete_fields if field.attname in parts}


def _picked(places: Mapping[str, int], values: Sequence[Any]) -> tuple[list[str], list[Any]]:
    return list(places), [values[place] for place in places.values()]
