"""Several reads of the database in one statement: each becomes a column of JSON rows, and comes back as what it was.

A page about one patient reads a dozen small lists. Asked one by one they cost a dozen round trips; here one. The rows
are asked for as plain columns and made JSON around that, so that the ORM need not resolve a column twice.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    BooleanField,
    CharField,
    DecimalField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    QuerySet,
    TextField,
)

Rows = Mapping[str, Sequence[Any]]
AS_JSON = (BooleanField, CharField, IntegerField, TextField)  # a value of these is the same in JSON


@dataclass(frozen=True)
class Read:
    """Columns of some rows, each row a tuple. A column may follow foreign keys, `asked_by__name`, or be annotated."""

    rows: QuerySet[Any]
    columns: tuple[str, ...]

    def now(self) -> list[Any]:
        """These rows by themselves, in a query of their own."""
        return list(self.rows.values_list(*self.columns))

    @property
    def _model(self) -> Any:
        return self.rows.model

    @property
    def as_json(self) -> tuple[str, tuple[Any, ...]]:
        """A subquery of one column, an array of each row as a JSON array; and its parameters."""
        try:
            sql, parameters = self.rows.values_list(*self.columns).query.sql_with_params()
        except EmptyResultSet:  # the ORM knows that there can be none
            return "'[]'::json", ()
        names, values = _as_columns(self._model, self.columns)
        row = f"json_agg(json_build_array({values}))"
        return f"(select coalesce({row}, '[]') from ({sql}) as read_({names}))", parameters  # noqa: S608  # the ORM's own

    def made_of(self, row: Sequence[Any]) -> Any:
        """One row as it came out of JSON, each value as its field has it."""
        pairs = zip(row, _back(self._model, self.columns), strict=True)
        return tuple(value if to_python is None else to_python(value) for value, to_python in pairs)


@dataclass(frozen=True)
class ReadModels(Read):
    """The same as instances of the model; a column `text__version` fills in the row a foreign key points at.

    Name `id` and every column that is used: what is left out is asked of the database when it is touched.
    """

    def made_of(self, row: Sequence[Any]) -> Any:
        found = dict(zip(self.columns, super().made_of(row), strict=True))
        made = _instance(self.rows.model, {name: value for name, value in found.items() if "__" not in name})
        for name in {column.partition("__")[0] for column in self.columns if "__" in column}:
            parts = {column.partition("__")[2]: found[column] for column in found if column.startswith(f"{name}__")}
            _point(made, name, parts)
        return made


def together(reads: Mapping[str, Read]) -> dict[str, list[Any]]:
    """Every read in one statement, by its name."""
    parts = {name: read.as_json for name, read in reads.items()}
    statement = f"select json_build_array({', '.join(sql for sql, _ in parts.values())})::text"
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _, given in parts.values() for value in given])
        found = json.loads(cursor.fetchone()[0])
    return {name: [read.made_of(row) for row in rows] for (name, read), rows in zip(reads.items(), found, strict=True)}


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
def _back(model: type[Model], columns: tuple[str, ...]) -> tuple[Callable[[Any], Any] | None, ...]:
    """What makes a value of each column again out of JSON; None: it is what JSON says."""
    fields = [_field(model, column) for column in columns]
    return tuple(None if field is None or isinstance(field, AS_JSON) else field.to_python for field in fields)


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


def _point(made: Model, name: str, values: Mapping[str, Any]) -> None:
    """Fill in the row a foreign key points at."""
    key: Any = made._meta.get_field(name)
    other = getattr(made, key.attname)
    setattr(made, name, None if other is None else _instance(key.related_model, {"id": other, **values}))


def _instance(model: Any, values: Mapping[str, Any]) -> Any:
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])
