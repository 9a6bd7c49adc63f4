"""Is the audit trail what was written? Recomputes each clinic's chain, in order, a few thousand links at a time.

Works as the application or as the auditor: whoever can read the clinic. The digests are computed by the statements
below, which call nothing but PostgreSQL's own functions; the function that wrote the links is not asked.

What somebody with the owner's rights can do about a chain is rewrite it whole. That is seen by comparing it with the
heads written to a second place (`heads.py`), up to the last head written before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection

from kap_clinic import wall
from kap_clinic.audit.models import NOBODY, AuditLink
from kap_clinic.audit.terms import Wrong

START = "0" * 64  # what the first link says came before
BATCH = 2_000
KEPT = 50  # faults kept in words; the rest are counted

# The twin of `audit_close()` in migration 0004.
SEALED = """
    encode(sha256(convert_to(jsonb_build_array(
        'kap audit 1', l.clinic_key, l.no, l.previous,
        to_char(l.closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.clinic_id,
        e.actor_id, e.actor, e.role, e.event, e.thing, e.thing_ref, e.patient_ref,
        e.reason, e.outcome, e.facts, e.request_id, e.address, e.session_hash
    )::text, 'UTF8')), 'hex')
"""
LINKS = f"""
    select l.no, l.event_id, l.previous, l.digest, case when e.id is not null then {SEALED} end
    from audit_link l left join audit_auditevent e on e.id = l.event_id
    where l.clinic_key = %s and l.no > %s order by l.no limit {BATCH}
"""  # noqa: S608  # constants
EVENTS = f"""
    select e.id, e.at::text, l.event_id is not null
    from audit_auditevent e left join audit_link l on l.event_id = e.id
    where e.clinic_id is not distinct from %s and (e.at, e.id) > (%s::timestamptz, %s) order by e.at, e.id limit {BATCH}
"""  # noqa: S608


@dataclass(frozen=True)
class Chain:
    key: int
    ref: str
    name: str
    is_here: bool = True  # False: only the second place remembers this clinic


@dataclass(frozen=True)
class Link:
    no: int
    event_id: int
    previous: str
    digest: str
    recomputed: str | None  # None: its event is not there


@dataclass(frozen=True)
class Fault:
    kind: Wrong
    no: int | None
    event_id: int | None
    words: str


@dataclass
class Verdict:
    """What verification of one chain found."""

    key: int
    links: int = 0
    events: int = 0
    last: int = 0
    digest: str = START
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.fault_count == 0

    def found(self, kind: Wrong, words: str, *, no: int | None = None, event_id: int | None = None) -> None:
        self.fault_count += 1
        if len(self.faults) < KEPT:
            self.faults.append(Fault(kind, no, event_id, words))


def chains() -> list[Chain]:
    """Every clinic's chain, and that of the events that have none."""
    clinics = apps.get_model("accounts", "Clinic").objects.order_by("pk").values_list("pk", "ref", "name")
    return [Chain(NOBODY, "", "No clinic"), *(Chain(key, str(ref), name) for key, ref, name in clinics)]


def verify(key: int, heads: Mapping[int, str]) -> Verdict:
    """Recompute one chain. `heads` are the digests written to the second place, by their place in the chain."""
    verdict = Verdict(key)
    for link in links(key):
        _compare(verdict, link, heads.get(link.no))
        verdict.links, verdict.last, verdict.digest = verdict.links + 1, link.no, link.digest
    if (written := max(heads, default=0)) > verdict.last:
        verdict.found(Wrong.CUT, f"The chain ends at link {verdict.last}; link {written} was seen before", no=written)
    for event_id, is_sealed in _events(key):
        verdict.events += 1
        if not is_sealed:
            verdict.found(Wrong.UNSEALED, f"Event {event_id} has no link in this chain", event_id=event_id)
    return verdict


def _compare(verdict: Verdict, link: Link, written: str | None) -> None:
    where = {"no": link.no, "event_id": link.event_id}
    if link.no != verdict.last + 1:
        verdict.found(Wrong.GAP, f"Links {verdict.last + 1} to {link.no - 1} were taken out", no=verdict.last + 1)
    elif link.previous != verdict.digest:
        verdict.found(Wrong.BROKEN, f"Link {link.no} does not follow from link {verdict.last}", **where)
    if link.recomputed is None:
        verdict.found(Wrong.DELETED, f"Event {link.event_id} of link {link.no} is gone", **where)
    elif link.recomputed != link.digest:
        verdict.found(Wrong.CHANGED, f"Event {link.event_id} or its link {link.no} was changed", **where)
    if written is not None and written != link.digest:
        verdict.found(Wrong.REWRITTEN, f"Link {link.no} is not the one seen before: the chain was rewritten", **where)


def head(key: int) -> AuditLink | None:
    """The last link of a chain."""
    with wall.as_clinic(key):
        return AuditLink.objects.filter(clinic_key=key).order_by("-no").first()


def links(key: int) -> Iterator[Link]:
    """The links of a chain in order, each batch in a short transaction of its own."""
    last, is_more = 0, True
    while is_more:
        batch = _rows(key, LINKS, [key, last])
        yield from (Link(*row) for row in batch)
        last, is_more = (batch[-1][0] if batch else last), len(batch) == BATCH


def _events(key: int) -> Iterator[tuple[int, bool]]:
    at, last, is_more = "-infinity", 0, True
    while is_more:
        batch = _rows(key, EVENTS, [None if key == NOBODY else key, at, last])
        yield from ((event_id, is_sealed) for event_id, _, is_sealed in batch)
        (last, at), is_more = (batch[-1][:2] if batch else (last, at)), len(batch) == BATCH


def _rows(key: int, statement: str, values: list[int | str | None]) -> list[tuple]:
    with wall.as_clinic(key), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
