"""The log in words: each row as one line, newest first, what was struck through still readable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sessions.dosing.models import Dose, DosingMove, DosingSession, Entry, VitalSigns
from sessions.dosing.rules import entries, limits
from sessions.dosing.rules.monitoring import MINUTE
from sessions.dosing.terms import DosingState, EntryKind

SHORT = {"iv": "IV", "im": "IM", "sl": "lozenge", "in": "nasal", "esk": "esketamine"}
LATE = timedelta(minutes=2)  # entered so long after it happened, a line says so
CARDS: Mapping[str, entries.Card] = {card.code: card for card in entries.CARDS}
TILES: Mapping[str, str] = {tile.code: tile.name for tile in chain(entries.SEEN, entries.DID)}
SHOWN_MOVES = frozenset(
    {
        DosingState.READY,
        DosingState.RECOVERY,
        DosingState.STOPPED_EARLY,
        DosingState.TRANSFERRED,
        DosingState.DISCHARGE_CHECK,
        DosingState.DISCHARGED,
        DosingState.LEFT_AGAINST_ADVICE,
    }
)


@dataclass(frozen=True)
class Said:
    title: str
    rest: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the log. `plus`: whole minutes after the dose, with its sign; None before there was one."""

    ref: str
    kind: str  # vitals, entry, dose, move
    style: str  # help, dose, move or nothing
    at: datetime
    clock: str
    plus: str
    title: str
    rest: str
    who: str
    name: str
    struck_why: str = ""  # of a line that was struck through
    notes: tuple[str, ...] = ()  # entered late, a clock that was off, corrected
    author_id: int | None = None


def lines(dosing: DosingSession, zone: str, *, most: int | None = None) -> list[Line]:
    """Everything written down of a session, newest first: three queries and the moves."""
    rows: list[Any] = []
    for related in (dosing.vitalsignss, dosing.entrys, dosing.doses):
        rows += _told(related.select_related("entered_by"))
    witnesses = {dose.pk: dose.witnessed_by for dose in dosing.doses.select_related("witnessed_by")}
    moves = dosing.moves.filter(after__in=SHOWN_MOVES).select_related("moved_by")
    found = [_line(row, why, dosing, ZoneInfo(zone), witnesses) for row, why in rows]
    found += [_moved(row, dosing, ZoneInfo(zone)) for row in moves]
    return sorted(found, key=lambda line: (line.at, line.ref), reverse=True)[:most]


def _told(rows: Iterable[Any]) -> list[tuple[Any, str]]:
    """Rows with why they were struck through. What only adds to a line takes its place; a strike is told by it."""
    every = list(rows)
    after = {row.corrects_id: row for row in every if row.corrects_id}
    told = []
    for row in every:
        later = after.get(row.pk)
        added_to = later is not None and not later.struck_why
        if not added_to and not _only_strikes(row):
            told.append((row, later.struck_why if later is not None else ""))
    return told


def _only_strikes(row: Any) -> bool:
    if isinstance(row, Entry):
        return row.kind == EntryKind.STRUCK
    return isinstance(row, VitalSigns) and row.corrects_id is not None and row.systolic is None and row.moaas is None


def _line(row: Any, why: str, dosing: DosingSession, zone: ZoneInfo, witnesses: Mapping[int, Any]) -> Line:
    said = said_of(row)
    notes = tuple(_notes(row, zone, witnesses))
    kind = {VitalSigns: "vitals", Entry: "entry", Dose: "dose"}[type(row)]
    style = "dose" if kind == "dose" else "help" if getattr(row, "kind", "") == EntryKind.HELP else ""
    return Line(
        str(row.ref),
        kind,
        style,
        row.happened_at,
        clock(row.happened_at, zone),
        plus(row.happened_at, dosing.t0),
        said.title,
        said.rest,
        row.entered_by.initials,
        row.entered_by.name,
        why,
        notes,
        row.entered_by_id,
    )


def _moved(row: DosingMove, dosing: DosingSession, zone: ZoneInfo) -> Line:
    title = "Gate signed: ready" if row.after == DosingState.READY else DosingState(row.after).label
    who = row.moved_by
    return Line(
        str(row.ref),
        "move",
        "move",
        row.moved_at,
        clock(row.moved_at, zone),
        plus(row.moved_at, dosing.t0),
        title,
        row.reason,
        who.initials if who else "",
        who.name if who else "",
    )


def _notes(row: Any, zone: ZoneInfo, witnesses: Mapping[int, Any]) -> Iterable[str]:
    if isinstance(row, Dose):
        witness = witnesses.get(row.pk)
        yield f"witness {witness.initials}" if witness else "looked at twice, alone"
    if row.entered_at - row.happened_at > LATE:
        yield f"entered {clock(row.entered_at, zone)}"
    if entries.is_off(row.device_at, row.entered_at):
        yield "clock of the device was off"
    if row.corrects_id and row.struck_why:
        yield "corrected"


def mg(amount: Decimal) -> str:
    """An amount as people write it: 60, 62.5."""
    return f"{amount.normalize():f}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def plus(at: datetime, t0: datetime | None) -> str:
    if t0 is None:
        return ""
    minutes = int((at - t0) // MINUTE)
    return f"+{minutes}" if minutes > 0 else limits.signed(minutes)


# What a row says


def said_of(row: Any) -> Said:
    if isinstance(row, VitalSigns):
        return _vitals(row)
    if isinstance(row, Dose):
        named = "Dose" if row.kind == "first" else "Booster"
        rest = ", ".join(filter(None, [row.site, f"lot {row.lot}" if row.lot else "", row.pharmacy, row.strength]))
        return Said(f"{named} {mg(row.mg)} mg {SHORT[row.route]}", rest)
    return SAY.get(EntryKind(row.kind), _tile)(row)


def _vitals(row: VitalSigns) -> Said:
    title = f"BP {row.systolic}/{row.diastolic}" if row.systolic is not None else "Vital signs"
    parts = [
        ("pulse", row.heart_rate),
        ("SpO₂", row.spo2),
        ("breaths", row.respiratory_rate),
        ("MOAA/S", row.moaas),
        ("distress", row.distress),
    ]
    said = [f"{name} {value}" for name, value in parts if value is not None]
    said += ["with oxygen"] if row.on_oxygen else []
    return Said(title, ", ".join([*said, *filter(None, [row.note])]))


def _tile(row: Entry) -> Said:
    strength = entries.STRENGTHS.get(row.data.get("strength", ""), "").lower()
    rest = ", ".join(filter(None, [strength, str(row.data.get("what", "")), row.words]))
    name = str(row.data.get("name") or TILES.get(row.code) or row.get_kind_display())
    return Said(name, rest)


def _touch(row: Entry) -> Said:
    if row.code == "level":
        return Said(f"Touch now level {row.data.get('level')}", row.words)
    if row.code == "touch-request-declined":
        return Said("Asked for more touch, declined", "To talk about in integration")
    how = entries.TOUCH.get(str(row.data.get("how")), ("Touch", 0))[0]
    asked = {"yes": "Asked: yes", "sign": "Asked: a sign", "no": "NOT agreed"}.get(str(row.data.get("asked")), "")
    return Said(how, ", ".join(filter(None, [str(row.data.get("technique", "")), asked, row.words])))


def _kap_dr(row: Entry) -> Said:
    return Said(f"KAP-DR {row.data.get('total')} of 16", f"distress {row.data.get('distress')} of 4")


def _agitation(row: Entry) -> Said:
    level = row.data.get("level")
    return Said(f"Agitation {level}", limits.AGITATION.get(level, "").lower() if isinstance(level, int) else "")


def _symptom(row: Entry) -> Said:
    return Said(limits.SYMPTOMS.get(row.code, (row.code, None))[0], row.words)


def _help(row: Entry) -> Said:
    if row.code == entries.CLOSED:
        return Said("Help ended", row.words)
    stamp = entries.STAMPS.get(str(row.data.get("stamp", "")))
    trigger = CARDS[row.code].trigger if row.code in CARDS else row.code
    return Said(stamp or f"Help: {trigger}", trigger if stamp else row.words)


def _rate(row: Entry) -> Said:
    return Said("Infusion ended" if row.code == "ended" else "Rate changed", str(row.data.get("rate", "")) or row.words)


def _dose_check(row: Entry) -> Said:
    if row.code == "witnessed":
        return Said("Looked at what was prepared", "second person")
    return Said(
        f"Prepared {row.data.get('mg')} mg", ", ".join(filter(None, [row.data.get("site"), row.data.get("lot")]))
    )


def _note(row: Entry) -> Said:
    titles = {"check-explained": "Check not made", "chaperone-look": "Chaperone looked"}
    return Said(titles.get(row.code, ""), row.words)


SAY = {
    EntryKind.TOUCH: _touch,
    EntryKind.KAP_DR: _kap_dr,
    EntryKind.AGITATION: _agitation,
    EntryKind.VOMITING: lambda row: Said("Vomited", row.words),
    EntryKind.SYMPTOM: _symptom,
    EntryKind.HELP: _help,
    EntryKind.RATE: _rate,
    EntryKind.DOSE_CHECK: _dose_check,
    EntryKind.WORDS: lambda row: Said("Patient says", row.words),
    EntryKind.NOTE: _note,
}


def log_of(dosing: DosingSession, zone: str = "") -> list[Line]:
    """The whole log of a session in words, newest first: for the record and its paper."""
    return lines(dosing, zone or dosing.clinic.zone)
