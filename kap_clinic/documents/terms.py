"""The words of papers."""

from django.db.models import TextChoices


class DocumentState(TextChoices):
    QUEUED = "queued", "Being made"
    STORED = "stored", "Stored"
    FAILED = "failed", "Could not be made"


class Event(TextChoices):
    PAPER_ASKED = "paper.asked", "asked for a paper"
    PAPER_STORED = "paper.stored", "stored a paper"
    PAPER_FAILED = "paper.failed", "could not make a paper"
    PAPERS_OPENED = "papers.opened", "opened the papers"
    PAPER_OPENED = "paper.opened", "opened a paper"
