"""Background work. Tasks are named by string and only wake up actions; no row lives in the broker."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kap_clinic.settings")

app = Celery("kap_clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_start(**facts: Any) -> None:
    from kap_clinic.accounts import boot

    boot.refuse_unsafe_start()
