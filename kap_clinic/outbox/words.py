"""The words of a message: a template for each kind, first line the subject. Nothing clinical, ever (SEC-30)."""

from collections.abc import Mapping
from html import unescape
from typing import Any

from django.template.loader import render_to_string

from kap_clinic.outbox.models import Message


def words(kind: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body as the reader gets them."""
    letter = unescape(render_to_string(f"emails/outbox/{kind}.txt", dict(facts)))  # plain text: nothing is markup
    subject, _, body = letter.partition("\n")
    return subject.strip(), body.strip() + "\n"


def preview(message: Message) -> tuple[str, str]:
    """As the reader will get it; the address of a link is made when it is sent, and shown as what it is."""
    return words(message.kind, {**message.facts, "address": message.facts.get("address", "(the link)")})
