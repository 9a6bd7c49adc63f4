"""The application as the workers of `soak messages` run it: beat does nothing but sweep for messages, every second."""

from django.conf import settings

from kap_clinic import wiring

SWEEP = 1.0  # seconds; 30 in a clinic

wiring.FACTS_FOR["visit"] = "kap_clinic.dev.soaks.messages.lines.stands"
settings.CELERY_BEAT_SCHEDULE = {"messages": {"task": "outbox.send_due", "schedule": SWEEP}}

from kap_clinic.celery import app  # noqa: E402  # reads the schedule

__all__ = ["app"]
