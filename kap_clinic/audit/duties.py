"""What the audit trail does by itself: writes its heads to the second place, verifies itself, raises alarms."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.audit import alarms, chain, heads
from kap_clinic.audit.actions import record
from kap_clinic.audit.alarms import Alarm, Seen
from kap_clinic.audit.chain import Chain, Fault, Verdict
from kap_clinic.audit.models import NOBODY, AlarmWatch
from kap_clinic.audit.terms import Event, Outcome, Wrong

SYSTEM = "system"
AT_MOST = 5_000  # links read by one watch; the next goes on
SLACK = timedelta(minutes=10)  # an event's own time may be this long before its link's: the length of a transaction

READ = """
    select l.no, l.closed_at, e.actor_id, e.actor, e.event, e.outcome, e.patient_ref
    from audit_link l join audit_auditevent e on e.id = l.event_id
"""
NEW = f"{READ} where l.clinic_key = %s and l.no > %s order by l.no limit {AT_MOST}"
BEFORE = f"""{READ}
    where e.clinic_id is not distinct from %s and e.at > %s and l.clinic_key = %s and l.closed_at > %s and l.no <= %s
    and (e.outcome = %s or e.event = %s) order by l.no
"""


def heads_file() -> Path:
    return Path(settings.AUDIT_HEADS_FILE)


def write_heads(path: Path) -> int:
    """Add the end of every chain to the second place; how many there were."""
    now = timezone.now().isoformat(timespec="seconds")
    ends = [(each.key, chain.head(each.key)) for each in chain.chains()]
    written = [heads.Head(key, end.no, end.digest, now) for key, end in ends if end]
    if written:
        heads.append(path, written)
    return len(written)


def verify_all(path: Path | None, only: str | None = None) -> Iterator[tuple[Chain, Verdict]]:
    """Verify every chain, or that of one clinic by its reference, against the heads in a file, or against none.

    A chain that the file knows and the database does not is verified too, and found cut off.
    """
    written = heads.read(path) if path else heads.Heads()
    known = chain.chains()
    gone = set(written.by_chain) - {each.key for each in known}
    known += [Chain(key, "", f"Clinic {key}, which is gone", is_here=False) for key in sorted(gone)]
    for each in known:
        if only is None or each.ref == only:
            yield each, _verified(each.key, written)


def _verified(key: int, written: heads.Heads) -> Verdict:
    verdict = chain.verify(key, written.by_chain.get(key, {}))
    if key == NOBODY:
        for words in written.troubles:
            verdict.found(Wrong.HEADS, words)
    return verdict


def verify_and_tell() -> int:
    """Verify everything, and say so in each trail; one that does not hold raises an alarm. How many did not hold."""
    path = heads_file()
    found = list(verify_all(path if path.exists() else None))
    for each, verdict in found:
        with wall.as_clinic(each.key if each.is_here else NOBODY):
            _tell(each, verdict)
    return sum(not verdict.is_whole for _, verdict in found)


def _tell(each: Chain, verdict: Verdict) -> None:
    if verdict.is_whole:
        record(Event.VERIFIED, by=SYSTEM, events=verdict.events, last=verdict.last, digest=verdict.digest)
        return
    record(
        Event.ALARM_CHAIN,
        by=SYSTEM,
        outcome=Outcome.RAISED,
        reason="; ".join(fault.words for fault in verdict.faults[:3]),
        chain=each.key,
        faults=verdict.fault_count,
        first=_facts(verdict.faults[0]),
    )


def _facts(fault: Fault) -> dict[str, object]:
    return {"kind": str(fault.kind), "no": fault.no, "event": fault.event_id}


def watch(key: int) -> list[Alarm]:
    """Read what is new in one chain by the alarm rules, and raise the alarms it calls for."""
    with wall.as_clinic(key):
        place = AlarmWatch.objects.select_for_update().get_or_create(clinic_key=key)[0]
        new = _seen(NEW, [key, place.read_to])
        if not new:
            return []
        found = [alarm for alarm in alarms.raised(_before(key, new[0]) + new) if alarm.no >= new[0].no]
        for alarm in found:
            record(alarm.event, by=SYSTEM, outcome=Outcome.RAISED, reason=alarm.why, link=alarm.no)
        place.read_to = new[-1].no
        place.save(update_fields=["read_to"])
    return found


def _before(key: int, first: Seen) -> list[Seen]:
    """What the rates need to know from before the first new link."""
    since = first.at - alarms.LOOK_BACK
    clinic_id = None if key == NOBODY else key
    kinds = [Outcome.REFUSED, alarms.CHART_OPENED]
    return _seen(BEFORE, [clinic_id, since - SLACK, key, since, first.no - 1, *kinds])


def _seen(statement: str, values: list[Any]) -> list[Seen]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Seen(*row) for row in cursor.fetchall()]
