"""When the audit trail looks after itself. The schedule is in the settings."""

import logging

from celery import shared_task

from kap_clinic.audit import chain, duties

log = logging.getLogger(__name__)


@shared_task(name="audit.write_heads")
def write_heads() -> None:
    duties.write_heads(duties.heads_file())


# Long, and safe to lose: taken off the queue when it starts, so that no second worker picks it up meanwhile.
@shared_task(name="audit.verify_nightly", acks_late=False, soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def verify_nightly() -> None:
    if broken := duties.verify_and_tell():
        log.error("audit chains that do not verify", extra={"count": broken})


@shared_task(name="audit.watch")
def watch() -> None:
    for each in chain.chains():
        duties.watch(each.key)
