"""The project, and what all apps stand on."""

from kap_clinic.celery import app as celery_app

__all__ = ["celery_app"]
