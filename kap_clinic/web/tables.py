"""Rows on their way into somebody's spreadsheet: one line at a time, and no cell that the sheet would run (SEC-38)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # the wide ones count in some languages' sheets
BYTE_ORDER_MARK = "\ufeff"  # spreadsheets take the file for UTF-8 only with it


def guard_cell(value: Any) -> Any:
    """The same cell, harmless: text that a sheet would take for a formula gets an apostrophe in front.

    Numbers stay numbers, so a negative Decimal is not touched; nothing becomes an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float) or type(value).__module__ == "decimal":
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A CSV file in pieces, for a streamed answer: the head, then each row, all cells guarded."""
    yield BYTE_ORDER_MARK + csv_line(head)
    for row in rows:
        yield csv_line(row)


def csv_line(cells: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([guard_cell(cell) for cell in cells])
    return line.getvalue()
