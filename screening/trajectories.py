"""How somebody's measures went: one panel for each instrument, a table, and item answers side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kap_clinic.reads import Read, ReadModels, compiled
from kap_clinic.web import charts
from patients.record.days import day_in
from patients.record.models import Patient
from screening import measures
from screening.measures import Instrument
from screening.models import MeasureResponse

TRENDED = ("phq-9", "gad-7", "pcl-5", "isi", "madrs", "qids-sr16", "who-5", "wsas", "kap-bladder", "cgi-s")
BASELINE = ("phq-9", "gad-7", "pc-ptsd-5", "audit-c", "asq")  # asked of everybody at intake; PCL-5 may follow
PCL5_FROM = 3  # PC-PTSD-5 total from which the PCL-5 is asked, instruments.md 3


@dataclass(frozen=True)
class Panel:
    """One instrument's drawing with what it came to, in words."""

    instrument: str
    name: str
    chart: charts.Panel
    change: str
    change_kind: str


@dataclass(frozen=True)
class Overview:
    """One instrument in the list: the last result, or that it is still to be asked."""

    instrument: str
    name: str
    title: str
    result: str
    flags: list[str]
    answered_at: datetime | None
    asked_at_intake: bool


@dataclass(frozen=True)
class Column:
    """One response in the table of item answers."""

    answered_at: datetime
    entered: str
    result: str
    is_corrected: bool
    flags: list[dict[str, str]]
    answers: list[str]


@dataclass(frozen=True)
class Depth:
    """One instrument in depth: its panel, and every response with its item answers side by side."""

    panel: Panel | None
    items: list[str]
    columns: list[Column]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        return [(item, [column.answers[at] for column in self.columns]) for at, item in enumerate(self.items)]


RESPONSE = ("id", "instrument", "total", "estimate", "band", "complete", "flags", "answered_at")


@compiled
def responses_read(patient: Patient) -> Read:
    """Every response nobody corrected since, oldest first: what panels and the baseline need of it."""
    rows = MeasureResponse.objects.standing().filter(patient=patient).order_by("answered_at", "id")
    return ReadModels(rows, RESPONSE)


def responses(patient: Patient, instruments: Sequence[str] | None = None) -> list[MeasureResponse]:
    rows = MeasureResponse.objects.standing().filter(patient=patient).order_by("answered_at", "id")
    return list(rows.filter(instrument__in=instruments) if instruments else rows)


def overview(patient: Patient) -> list[Overview]:
    """Every instrument with something on file, and what intake still asks for."""
    latest = {response.instrument: response for response in responses(patient)}
    missing = [name for name in baseline_open(patient) if name not in latest]
    names = [*missing, *(form.id for form in measures.all_instruments() if form.id in latest)]
    return [_overview(measures.instrument(name), latest.get(name)) for name in names]


def _overview(form: Instrument, response: MeasureResponse | None) -> Overview:
    return Overview(
        instrument=form.id,
        name=form.short_title,
        title=form.title,
        result=in_words(form, response) if response else "Not asked yet",
        flags=[flag["action"] for flag in response.flags] if response else [],
        answered_at=response.answered_at if response else None,
        asked_at_intake=form.id in BASELINE,
    )


def in_words(form: Instrument, response: MeasureResponse) -> str:
    """What a response came to: "14, moderate", "not finished, about 8", "Negative"."""
    band = next((band.label for band in form.bands if band.key == response.band), "")
    if response.total is not None and form.id != "asq":
        return f"{response.total.normalize():f}{f', {band.lower()}' if band else ''}"
    if band:
        return band
    return f"Not finished, about {response.estimate}" if response.estimate is not None else "Not finished"


def baseline_open(patient: Patient) -> list[str]:
    """What of the baseline is not complete yet. PCL-5 is asked when PC-PTSD-5 says so (instruments.md 3)."""
    return baseline_open_of(responses(patient))


def baseline_open_of(found: Sequence[MeasureResponse]) -> list[str]:
    """The same from responses a page has read."""
    done = {response.instrument: response for response in found if response.complete}
    asked = list(BASELINE)
    trauma = done.get("pc-ptsd-5")
    if trauma is not None and trauma.total is not None and trauma.total >= PCL5_FROM:
        asked.append("pcl-5")
    return [name for name in asked if name not in done]


def panels(patient: Patient, names: Sequence[str] = TRENDED, marks: Sequence[charts.Mark] = ()) -> list[Panel]:
    """A panel for each trended instrument with at least one response, in the order given."""
    return panels_of(responses(patient, names), patient.clinic.zone, names, marks)


def panels_of(
    found: Sequence[MeasureResponse], zone: str, names: Sequence[str] = TRENDED, marks: Sequence[charts.Mark] = ()
) -> list[Panel]:
    """The same from responses a page has read; a score stands on the day it had at the clinic, like a dose."""
    by_name: dict[str, list[MeasureResponse]] = {}
    for response in found:
        by_name.setdefault(response.instrument, []).append(response)
    return [
        panel
        for name in names
        if name in by_name and (panel := _panel(measures.instrument(name), by_name[name], zone, marks))
    ]


def _panel(form: Instrument, rows: Sequence[MeasureResponse], zone: str, marks: Sequence[charts.Mark]) -> Panel | None:
    readings = [_reading(form, row, zone) for row in rows]
    if form.total_range is None or not any(reading.value is not None for reading in readings):
        return None
    totals = [row for row in rows if row.total is not None]
    words, kind = change_in_words(form, totals)
    low, high = form.total_range
    chart = charts.panel(
        key=form.id,
        name=form.short_title,
        title=f"{form.short_title}: {words}",
        readings=readings,
        bands=_bands(form),
        lowest=float(low),
        highest=float(high),
        marks=marks,
        line=_response_line(form, totals),
    )
    return Panel(form.id, form.short_title, chart, words, kind)


def _reading(form: Instrument, row: MeasureResponse, zone: str) -> charts.Reading:
    day = day_in(row.answered_at, zone)
    if row.total is not None:
        return charts.Reading(day, float(row.total), note=in_words(form, row))
    estimate = None if row.estimate is None else float(row.estimate)
    return charts.Reading(day, estimate, estimated=estimate is not None, note=in_words(form, row))


def _bands(form: Instrument) -> list[charts.Band]:
    ranged = [band for band in form.bands if band.low is not None and band.high is not None]
    if form.higher_is == "better":
        ranged = ranged[::-1]
    last = max(len(ranged) - 1, 1)
    tinted = [
        charts.Band(_short(band.label), float(band.low or 0), float(band.high or 0), round(4 * at / last))
        for at, band in enumerate(ranged)
    ]
    return sorted(tinted, key=lambda band: band.low)


def _short(label: str) -> str:
    return label.replace("Moderately severe", "Mod. severe").replace("None or minimal", "Minimal").split(":")[0][:16]


def _response_line(form: Instrument, totals: Sequence[MeasureResponse]) -> charts.Line | None:
    rule = form.change_rules.response
    if rule is None or not totals or totals[0].total is None or rule.type != "percent_decrease":
        return None
    baseline = float(totals[0].total)
    if rule.min_baseline is not None and baseline < rule.min_baseline:
        return None
    level = baseline * (1 - float(rule.value) / 100)
    return charts.Line(level, f"Response ≤ {level:g}")


def change_in_words(form: Instrument, totals: Sequence[MeasureResponse]) -> tuple[str, str]:
    """How far the last complete total is from the first, and the chip it wears."""
    if len(totals) < 2 or totals[0].total is None or totals[-1].total is None:
        return f"{in_words(form, totals[-1])}" if totals else "no complete total yet", "plain"
    moved = measures.change(form.id, _plain(totals[0].total), _plain(totals[-1].total))
    if isinstance(moved, measures.Refusal) or moved.percent_decrease is None:
        return in_words(form, totals[-1]), "plain"
    better = moved.percent_decrease if form.higher_is != "better" else -moved.percent_decrease
    side = "below" if moved.percent_decrease >= 0 else "above"
    kind = "ok" if better > 0 else "warn" if better < 0 else "plain"
    return f"{abs(moved.percent_decrease):g} % {side} baseline", kind


def _plain(value: object) -> float | int:
    number = float(str(value))
    return int(number) if number.is_integer() else number


def in_depth(patient: Patient, form: Instrument) -> Depth:
    """One instrument: its panel, and all responses newest first, corrected ones marked."""
    rows = MeasureResponse.objects.filter(patient=patient, instrument=form.id).select_related("correction")
    newest = list(rows.order_by("-answered_at", "-id")[:50])
    found = panels(patient, [form.id])
    keys = [item.link_id for item in form.items] or [field.id for field in form.fields]
    items = [item.text for item in form.items] or [field.label for field in form.fields]
    return Depth(found[0] if found else None, items, [_column(form, row, keys) for row in newest])


def _column(form: Instrument, row: MeasureResponse, keys: Sequence[str]) -> Column:
    return Column(
        answered_at=row.answered_at,
        entered=row.get_entry_display(),
        result=in_words(form, row),
        is_corrected=hasattr(row, "correction"),
        flags=row.flags,
        answers=[_answer(form, key, row.answers.get(key)) for key in keys],
    )


def _answer(form: Instrument, key: str, value: object) -> str:
    if value is None:
        return "-"
    if not form.items:
        return str(value)
    options = form.item(key).options
    label = next((option.label for option in options if option.value == value), "")
    return f"{value} {label}".strip()
