"""Whoever owns the database tampers with the audit trail, triggers off, and verification must see it every time.

Each round is one tampering, committed, looked for as the application's role, and undone. Untouched, the same trail must
verify without a word: that is asked again and again in between.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from kap_clinic import wall
from kap_clinic.accounts.actions import open_clinic
from kap_clinic.accounts.terms import Event
from kap_clinic.audit import chain, duties
from kap_clinic.audit.actions import record, record_apart
from kap_clinic.audit.models import NOBODY
from kap_clinic.audit.terms import Outcome
from kap_clinic.dev.soaks import Report

EVENTS = 40  # in each chain before the heads are written, and again
CHECK_UNTOUCHED_EVERY = 50
FAR = 1_000_000
PEOPLE = ("Dr N. Okafor", "Alex Moreno", "Jo Winter", "Zoë Brandt-Åkesson", "system")
REASONS = ("", "Called by the front desk", "Zweite Prüfung – «später»", "= cmd", "a\nb\tc", '{"quoted": "text"}')
EDITS: dict[str, tuple[str, ...]] = {
    "at": ("at - interval '1 microsecond'", "at + interval '1 day'"),
    "actor_id": ("coalesce(actor_id, 0) + 1",),
    "actor": ("actor || ' '", "'Dr N. Nobody'"),
    "role": ("role || 'x'",),
    "event": ("event || 's'",),
    "thing": ("thing || 'x'",),
    "thing_ref": ("thing_ref || '0'",),
    "patient_ref": ("patient_ref || '0'",),
    "reason": ("reason || '.'", "upper(reason) || ' '"),
    "outcome": ("outcome || 'x'",),
    "facts": ("facts || '{\"more\": 1}'", "jsonb_build_object('n', 1.50)", "'[]'"),
    "request_id": ("request_id || '0'",),
    "address": ("address || '1'",),
    "session_hash": ("session_hash || '0'",),
}


@dataclass
class Intruder:
    """A connection with every right and no trigger, at work on one chain."""

    cursor: psycopg.Cursor
    chance: Random
    key: int
    others: list[int]
    size: int = EVENTS

    def events(self) -> list[int]:
        """The events of the chain in its order."""
        self.cursor.execute("select event_id from audit_link where clinic_key = %s order by no", [self.key])
        return [row[0] for row in self.cursor.fetchall()]

    def any_event(self) -> int:
        return self.chance.choice(self.events())

    def run(self, statement: str, *values: object) -> None:
        self.cursor.execute(statement, values)

    def change(self, event: int) -> str:
        column = self.chance.choice(sorted(EDITS))
        value = self.chance.choice(EDITS[column])
        self.set("audit_auditevent", column, value, event)
        return f"{column} of event {event} became {value}"

    def set(self, table: str, column: str, value: str, event: int) -> None:
        """`value` is an SQL expression from the lists of this module."""
        key = "id" if table == "audit_auditevent" else "event_id"
        change = sql.SQL("update {} set {} = ").format(sql.Identifier(table), sql.Identifier(column)) + sql.SQL(value)
        self.cursor.execute(change + sql.SQL(" where {} = %s").format(sql.Identifier(key)), [event])

    def remove(self, *events: int) -> None:
        self.run("delete from audit_auditevent where id = any(%s)", list(events))
        self.run("delete from audit_link where event_id = any(%s)", list(events))

    def forge(self) -> int:
        """A made-up event that looks like another; its id."""
        columns = sql.SQL(", ").join(map(sql.Identifier, ["clinic_id", *EDITS]))
        copy = sql.SQL("insert into audit_auditevent ({0}) select {0} from audit_auditevent where id = %s returning id")
        self.cursor.execute(copy.format(columns), [self.any_event()])
        row = self.cursor.fetchone()
        assert row
        return row[0]

    def rechain(self, events: list[int]) -> None:
        """Link these events in this order, all digests new: what somebody does who has read our source."""
        self.run("delete from audit_link where clinic_key = %s and not event_id = any(%s)", self.key, events)
        self.run("update audit_link set no = no + %s where clinic_key = %s", FAR, self.key)
        before = chain.START
        for no, event in enumerate(events, start=1):
            self.run(
                "insert into audit_link (event_id, clinic_key, no, closed_at, previous, digest)"
                " values (%s, %s, %s, now(), %s, '')"
                " on conflict (event_id) do update set no = excluded.no, previous = excluded.previous",
                *(event, self.key, no, before),
            )
            self.run(
                f"update audit_link set digest = sealed.digest from (select l.event_id, {chain.SEALED} as digest"  # noqa: S608
                " from audit_link l join audit_auditevent e on e.id = l.event_id where l.event_id = %s) sealed"
                " where audit_link.event_id = sealed.event_id returning audit_link.digest",
                event,
            )
            row = self.cursor.fetchone()
            assert row
            before = row[0]


def edit(by: Intruder) -> str:
    return by.change(by.any_event())


def edit_link(by: Intruder) -> str:
    column, value = by.chance.choice(
        [
            ("digest", "md5(digest) || md5(digest)"),
            ("previous", "md5(previous) || md5(previous)"),
            ("closed_at", "closed_at + interval '1 ms'"),
        ]
    )
    event = by.any_event()
    by.set("audit_link", column, value, event)
    return f"{column} of the link of event {event}"


def delete(by: Intruder) -> str:
    event = by.any_event()
    by.run("delete from audit_auditevent where id = %s", event)
    return f"event {event} deleted"


def delete_with_link(by: Intruder) -> str:
    event = by.chance.choice(by.events()[:-1])
    by.remove(event)
    return f"event {event} and its link deleted"


def delete_and_renumber(by: Intruder) -> str:
    place = by.chance.randrange(len(by.events()) - 1) + 1
    by.remove(by.events()[place - 1])
    by.run("update audit_link set no = no + %s where clinic_key = %s and no > %s", FAR, by.key, place)
    by.run("update audit_link set no = no - %s where clinic_key = %s and no > %s", FAR + 1, by.key, FAR)
    return f"link {place} and its event deleted, the rest moved up"


def swap(by: Intruder) -> str:
    one, other = by.chance.sample(by.events(), 2)
    what = by.chance.choice(["identities", "links", "places"])
    table, column, key = {
        "identities": ("audit_auditevent", "id", "id"),
        "links": ("audit_link", "event_id", "event_id"),
        "places": ("audit_link", "no", "event_id"),
    }[what]
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column), "key": sql.Identifier(key)}
    read = sql.SQL("select {column} from {table} where {key} = %s").format(**names)
    first, second = (by.cursor.execute(read, [event]).fetchone()[0] for event in (one, other))  # type: ignore[index]
    write = sql.SQL("update {table} set {column} = %s where {column} = %s").format(**names)
    if what == "places":
        write += sql.SQL(" and clinic_key = {}").format(by.key)
    for new, old in ((-1, first), (first, second), (second, -1)):
        by.cursor.execute(write, [new, old])
    return f"{what} of events {one} and {other} swapped"


def cut(by: Intruder) -> str:
    events = by.events()
    tail = events[-by.chance.randint(1, len(events)) :]
    by.remove(*tail)
    return f"the last {len(tail)} of {len(events)} cut off"


def cut_and_go_on(by: Intruder) -> str:
    """The end is cut off, and the application, none the wiser, writes on from there."""
    words = cut(by)
    by.cursor.connection.commit()
    _write(by.key, by.chance, 3 * by.size)
    return f"{words}, then written on"


def edit_and_rechain(by: Intruder) -> str:
    words = by.change(by.any_event())
    by.rechain(by.events())
    return f"{words}, chain rewritten"


def delete_and_rechain(by: Intruder) -> str:
    events = by.events()
    event = events.pop(by.chance.randrange(len(events)))
    by.remove(event)
    by.rechain(events)
    return f"event {event} deleted, chain rewritten"


def swap_and_rechain(by: Intruder) -> str:
    events = by.events()
    one, other = by.chance.sample(range(len(events)), 2)
    events[one], events[other] = events[other], events[one]
    by.rechain(events)
    return f"links {one + 1} and {other + 1} swapped, chain rewritten"


def forge(by: Intruder) -> str:
    return f"event {by.forge()} made up"


def forge_and_rechain(by: Intruder) -> str:
    events = by.events()
    place = by.chance.randrange(len(events))
    events.insert(place, by.forge())
    by.rechain(events)
    return f"event {events[place]} made up and put at {place + 1}, chain rewritten"


def move_away(by: Intruder) -> str:
    """An event is given to another clinic."""
    event, to = by.any_event(), by.chance.choice(by.others)
    by.run("update audit_auditevent set clinic_id = nullif(%s, 0) where id = %s", to, event)
    with_link = by.chance.random() < 0.5
    if with_link:
        by.run(
            "update audit_link set clinic_key = %s, no = (select max(no) + 1 from audit_link where clinic_key = %s)"
            " where event_id = %s",
            *(to, to, event),
        )
    return f"event {event} given to clinic {to}{', link and all' if with_link else ''}"


def drop_chain(by: Intruder) -> str:
    by.remove(*by.events())
    return "the whole chain deleted"


KINDS: tuple[Callable[[Intruder], str], ...] = (
    *(edit, edit_link, delete, delete_with_link, delete_and_renumber, swap, cut, cut_and_go_on, edit_and_rechain),
    *(delete_and_rechain, swap_and_rechain, forge, forge_and_rechain, move_away, drop_chain),
)


def run(n: int, seed: int) -> Report:
    with tempfile.TemporaryDirectory() as folder, _superuser() as superuser:
        return trial(n, seed, superuser, Path(folder) / "heads.jsonl")


def trial(n: int, seed: int, superuser: psycopg.Connection, heads: Path, events: int = EVENTS) -> Report:
    """`n` tamperings of a fresh trail in Django's database, each by `superuser`, a connection to the same one."""
    chance = Random(seed)  # noqa: S311 -- which row is tampered with, nothing secret
    keys = lay_trail(chance, heads, events)
    _keep(superuser)
    injected: Counter[str] = Counter()
    broken = _false_alarms(heads, "before the first round")
    for number in range(n):
        kind = KINDS[number % len(KINDS)]
        key = chance.choice(keys)
        others = [other for other in keys if other != key]
        words = _tamper(superuser, kind, Intruder(superuser.cursor(), chance, key, others, events))
        injected[kind.__name__] += 1
        if not _faults(heads):
            broken.append(f"seed {seed}, round {number}: not seen in chain {key}: {words}")
        _undo(superuser)
        if number % CHECK_UNTOUCHED_EVERY == 0:
            broken += _false_alarms(heads, f"after round {number}")
    broken += _false_alarms(heads, "after the last round")
    length = sum(verdict.events for _, verdict in duties.verify_all(heads))
    return Report(dict(injected), broken, {"chains": len(keys), "events": length, "seed": seed})


def lay_trail(chance: Random, heads: Path, events: int = EVENTS) -> list[int]:
    """A trail of three chains, made by the application: `events` in each, the heads written down, and as many again.

    Answers with the keys of the chains.
    """
    keys = [NOBODY, *(open_clinic(name=name, zone="UTC").pk for name in ("Harbour Clinic", "Inland Clinic"))]
    for _ in range(2):
        for key in keys:
            _write(key, chance, events)
        duties.write_heads(heads)
    return keys


def _write(key: int, chance: Random, count: int) -> None:
    """Events of all sorts, a few in each transaction."""
    while count > 0:
        together = min(count, chance.randint(1, 4))
        with wall.as_clinic(key):
            for _ in range(together):
                facts: dict[str, Any] = {
                    "n": chance.randint(0, 9),
                    "share": chance.random(),
                    "word": chance.choice(REASONS),
                }
                outcome, reason = chance.choice(Outcome.values), chance.choice(REASONS)
                record(chance.choice(list(Event)), by=chance.choice(PEOPLE), reason=reason, outcome=outcome, **facts)
        count -= together
    record_apart(key or None, Event.PAGE_DENIED, by=chance.choice(PEOPLE), outcome=Outcome.REFUSED)


def _faults(heads: Path) -> int:
    return sum(verdict.fault_count for _, verdict in duties.verify_all(heads))


def _false_alarms(heads: Path, when: str) -> list[str]:
    found = [fault.words for _, verdict in duties.verify_all(heads) for fault in verdict.faults]
    return [f"An untouched trail was blamed {when}: {words}" for words in found]


def _superuser() -> psycopg.Connection:
    settings = connection.settings_dict
    is_more = bool(settings["OPTIONS"].get("assume_role"))  # then the login is the superuser's, acting as a role
    return psycopg.connect(
        dbname=settings["NAME"],
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"] if is_more else "postgres",
        password=settings["PASSWORD"] or None,
    )


def _tamper(superuser: psycopg.Connection, kind: Callable[[Intruder], str], by: Intruder) -> str:
    by.run("set session_replication_role = replica")
    words = kind(by)
    superuser.commit()
    return words


def _keep(superuser: psycopg.Connection) -> None:
    for table in ("audit_auditevent", "audit_link"):
        superuser.execute(sql.SQL("create temporary table {} as table {}").format(*_copy_of(table)))
    superuser.commit()


def _undo(superuser: psycopg.Connection) -> None:
    for table in ("audit_auditevent", "audit_link"):
        copy, original = _copy_of(table)
        superuser.execute(sql.SQL("truncate {}").format(original))
        superuser.execute(sql.SQL("insert into {} overriding system value table {}").format(original, copy))
    superuser.commit()


def _copy_of(table: str) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(f"kept_{table}"), sql.Identifier("public", table)
