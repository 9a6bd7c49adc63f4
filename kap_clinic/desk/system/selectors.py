"""What has to work for the clinic to work (REL-24). Each check says what it found; one that cannot run has failed."""

import importlib.metadata
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.accounts.actions import beat
from kap_clinic.accounts.models import Clinic, Heartbeat
from kap_clinic.documents.models import StoredDocument
from kap_clinic.documents.terms import DocumentState
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import MessageState

log = logging.getLogger(__name__)
LEAST_DISK = 0.10  # of the whole, REL-24
MOST_DRIFT = timedelta(seconds=1)  # SEC-48
WORKER_SILENT = timedelta(minutes=3)  # REL-08
OUTBOX_LATE = timedelta(minutes=10)  # PD: a poll every 30 s, and eight tries of one bad address


@dataclass(frozen=True)
class Found:
    name: str
    works: bool
    words: str


def health(now: datetime) -> list[Found]:
    """Every check, in the order a person would look."""
    return [_asked(name, check, now) for name, check in CHECKS.items()]


def _asked(name: str, check: Callable[[datetime], tuple[bool, str]], now: datetime) -> Found:
    try:
        with transaction.atomic():
            works, words = check(now)
    except (DatabaseError, OSError) as trouble:
        log.warning("the check %s could not run: %s", name, type(trouble).__name__)
        return Found(name, False, "This check could not run.")
    return Found(name, works, words)


def _writes(now: datetime) -> tuple[bool, str]:
    beat("readyz")
    return True, "The database takes a write."


def _migrations(now: datetime) -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return not waiting, f"{waiting} migrations wait." if waiting else "The schema is up to date."


def _disk(now: datetime) -> tuple[bool, str]:
    usage = shutil.disk_usage(settings.BASE_DIR)
    free = usage.free / usage.total
    return free >= LEAST_DISK, f"{free:.0%} of the disk is free."


def _clock(now: datetime) -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        drift = abs(cursor.fetchone()[0] - timezone.now())
    return drift <= MOST_DRIFT, f"Web and database clocks differ by {drift.total_seconds():.1f} s."


def _worker(now: datetime) -> tuple[bool, str]:
    last = Heartbeat.objects.filter(name="worker").first()
    if last is None:
        return False, "The worker has not been heard of."
    return now - last.at <= WORKER_SILENT, f"The worker was last heard of {_ago(now - last.at)} ago."


def _outbox(now: datetime) -> tuple[bool, str]:
    late = doubt = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with wall.as_clinic(clinic_id):
            late += Message.objects.due(now - OUTBOX_LATE).count()
            doubt += Message.objects.filter(state__in=[MessageState.IN_DOUBT, MessageState.FAILED]).count()
    return not late, f"{late} messages are late; {doubt} failed or are in doubt."


def _papers(now: datetime) -> tuple[bool, str]:
    late = failed = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with wall.as_clinic(clinic_id):
            late += StoredDocument.objects.due(now - OUTBOX_LATE).count()
            failed += StoredDocument.objects.filter(state=DocumentState.FAILED).count()
    return not late, f"{late} papers are late; {failed} failed."


def _ago(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


CHECKS: dict[str, Callable[[datetime], tuple[bool, str]]] = {
    "Database": _writes,
    "Schema": _migrations,
    "Disk": _disk,
    "Clocks": _clock,
    "Worker": _worker,
    "Messages": _outbox,
    "Papers": _papers,
}
# What stops a web process from being sent requests: late messages and papers are a person's to look at.
READY = ("Database", "Schema", "Disk", "Clocks", "Worker")


def zone_data() -> str:
    """Which edition of the world's time zones is installed."""
    return importlib.metadata.version("tzdata")
