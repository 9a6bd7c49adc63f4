"""Letters to staff about their own account. Plain words, nothing about the clinic's work in them (SEC-30).

Sent after the change is committed, on a thread of its own: no answer takes longer because an address exists (SEC-20).
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

log = logging.getLogger(__name__)
_post = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notices")


def notify(address: str, kind: str, **facts: Any) -> None:
    """Send `emails/account/<kind>.txt` to one address once the transaction has committed."""
    transaction.on_commit(lambda: _hand_over(address, kind, facts))


def _hand_over(address: str, kind: str, facts: dict[str, Any]) -> None:
    if settings.TESTING:
        _send(address, kind, facts)
    else:
        _post.submit(_send, address, kind, facts)


def _send(address: str, kind: str, facts: dict[str, Any]) -> None:
    letter = render_to_string(f"emails/account/{kind}.txt", {**facts, "site": settings.BASE_URL})
    subject, _, body = unescape(letter).partition("\n")  # a letter is plain text: nothing in it is markup
    try:
        send_mail(subject.strip(), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [address])
    except OSError:
        log.exception("A letter of kind %s could not be sent", kind)
