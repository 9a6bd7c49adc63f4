"""Several reads of the database in one statement: each becomes a column of JSON rows, and comes back as what it was.

A page about one patient reads a dozen small lists. Asked one by one they cost a dozen round trips; here one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS
from django.db.models import DecimalField, F, Field, ForeignKey, Func, JSONField, Model, QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

Rows = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Read:
    """Columns of some rows, each row a tuple. A column may follow foreign keys, `asked_by__name`, or be annotated."""

    rows: QuerySet[Any]
    columns: tuple[str, ...]

    def now(self) -> list[Any]:
        """These rows by themselves, in a query of their own."""
        return list(self.rows.values_list(*self.columns))

    @cached_property
    def fields(self) -> list["Field[Any, Any] | None"]:
        """The field behind each column; None: annotated, handed over as JSON says it."""
        return [_field(self.rows.model, column) for column in self.columns]

    @property
    def as_json(self) -> ArraySubquery:
        """A subquery of one column: an array of each row as a JSON array."""
        values = [_exact(column, field) for column, field in zip(self.columns, self.fields, strict=True)]
        row = Func(*values, function="jsonb_build_array", output_field=JSONField())
        return ArraySubquery(self.rows.values(row_=row))

    def made_of(self, row: Sequence[Any]) -> Any:
        pairs = zip(row, self.fields, strict=True)
        return tuple(value if field is None else field.to_python(value) for value, field in pairs)


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


def together(about: Model, reads: Mapping[str, Read]) -> dict[str, list[Any]]:
    """Every read in one statement, by its name. `about` is a row that exists: what the statement hangs on."""
    names = list(reads)
    here = type(about)._base_manager.filter(pk=about.pk)
    found = here.values_list(*(reads[name].as_json for name in names)).get()
    return {name: [reads[name].made_of(row) for row in rows] for name, rows in zip(names, found, strict=True)}


def _field(model: type[Model], column: str) -> "Field[Any, Any] | None":
    *path, name = column.split("__")
    try:
        for part in path:
            model = model._meta.get_field(part).related_model  # type: ignore[assignment]
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field.target_field if isinstance(field, ForeignKey) else field


def _exact(column: str, field: "Field[Any, Any] | None") -> Combinable:
    """JSON knows one kind of number; a decimal goes as text and keeps every digit."""
    return Cast(column, TextField()) if isinstance(field, DecimalField) else F(column)


def _point(made: Model, name: str, values: Mapping[str, Any]) -> None:
    """Fill in the row a foreign key points at."""
    key: Any = made._meta.get_field(name)
    other = getattr(made, key.attname)
    setattr(made, name, None if other is None else _instance(key.related_model, {"id": other, **values}))


def _instance(model: Any, values: Mapping[str, Any]) -> Any:
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(DEFAULT_DB_ALIAS, names, [values[name] for name in names])
