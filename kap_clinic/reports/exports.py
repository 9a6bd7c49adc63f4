"""The rows of a report as a file: exactly the filtered ones, every cell guarded (SEC-38)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import xlsxwriter

from kap_clinic import wall
from kap_clinic.reports.rules import Group, guarded
from kap_clinic.reports.selectors import CourseRow

NAMED = (
    "Patient", "Record", "Course", "Stage", "First dose", "Doses", "Total mg", "Baseline", "Current", "Change",
    "Percent decrease", "Response", "Remission", "Reliable change", "Adverse events", "Serious", "Integration overdue",
)  # fmt: skip
COUNTED = (
    "Group", "People", "Mean baseline", "Mean current",
    "Responded", "of", "Response %", "Remitted", "of", "Remission %",
)  # fmt: skip
HIDDEN = "not shown"
CSV, XLSX = "csv", "xlsx"
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def named_cells(row: CourseRow, zone: Any) -> list[object]:
    """One course; response and remission say "not applicable" apart from "no"."""
    return [
        row.patient,
        row.record,
        row.course,
        row.stage,
        row.first_dose.astimezone(zone).date().isoformat(),
        row.doses,
        _number(row.total_mg),
        _number(row.baseline),
        _number(row.current),
        row.change,
        row.percent,
        said(row.response),
        said(row.remission),
        row.reliable,
        row.events,
        row.serious,
        row.integration_overdue,
    ]


def counted_cells(group: Group) -> list[object]:
    shares = (group.response, group.remission)
    cells = [group.name, group.people, group.baseline, group.current]
    for share in shares:
        cells += [share.some, share.of, share.percent]
    return [HIDDEN if cell is None else cell for cell in cells]


def said(value: bool | None) -> str:
    return "not applicable" if value is None else "yes" if value else "no"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]], about: Sequence[str]) -> Iterator[str]:
    """The file, line by line; what it is of stands above the header."""
    line = io.StringIO()
    writer = csv.writer(line)
    for row in chain(([text] for text in about), [header], rows):
        yield _line(writer, line, row)


def _line(writer: Any, line: io.StringIO, cells: Sequence[object]) -> str:
    writer.writerow([guarded("" if cell is None else cell) for cell in cells])
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def inside(clinic_id: int, lines: Iterator[str]) -> Iterator[str]:
    """A stream runs after the request's transaction has ended: it opens its own, inside the wall (exit 5)."""
    with wall.as_clinic(clinic_id):
        yield from lines


def as_workbook(header: Sequence[str], rows: Iterable[Sequence[object]], about: Sequence[str]) -> bytes:
    """One sheet, written row by row in constant memory; text stays text, a formula is never made of it."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("Outcomes")
        bold = book.add_format({"bold": True})
        for at, text in enumerate(about):
            sheet.write_string(at, 0, str(guarded(text)))
        for column, name in enumerate(header):
            sheet.write_string(len(about), column, name, bold)
        for at, row in enumerate(rows, start=len(about) + 1):
            for column, cell in enumerate(row):
                _write(sheet, at, column, guarded(cell))
    return file.getvalue()


def _write(sheet: Any, at: int, column: int, cell: object) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(at, column, cell)
    elif cell is not None:
        sheet.write_string(at, column, str(cell))
