"""/readyz and /system/: what supervisors hear, what people see, and a check that cannot run."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.actions import beat
from kap_clinic.accounts.models import Heartbeat
from kap_clinic.desk.system import selectors
from tests.people import signed_in


@pytest.fixture
def worker(db):
    beat("worker")


def test_ready_is_one_word_to_anybody(client, worker):
    response = client.get(reverse("desk:readyz"))

    assert (response.status_code, response.content) == (200, b"ready")
    assert Heartbeat.objects.filter(name="readyz").exists()


def test_not_ready_says_no_more_to_a_stranger(client, worker):
    Heartbeat.objects.filter(name="worker").update(at=timezone.now() - timedelta(minutes=4))

    response = client.get(reverse("desk:readyz"))

    assert (response.status_code, response.content) == (503, b"not ready")


def test_a_worker_nobody_heard_of_is_not_ready(client, db):
    found = {check.name: check for check in selectors.health(timezone.now())}

    assert not found["Worker"].works


@pytest.mark.parametrize("name", selectors.CHECKS)
def test_a_check_that_cannot_run_has_failed(name, worker, monkeypatch):
    def broken(now):
        raise DatabaseError("gone")

    monkeypatch.setitem(selectors.CHECKS, name, broken)
    found = {check.name: check for check in selectors.health(timezone.now())}

    assert not found[name].works
    assert all(check.works for other, check in found.items() if other != name)


def test_a_full_disk_is_not_ready(worker, monkeypatch):
    monkeypatch.setattr(selectors.shutil, "disk_usage", lambda path: selectors.shutil._ntuple_diskusage(100, 95, 5))

    found = {check.name: check for check in selectors.health(timezone.now())}

    assert (found["Disk"].works, found["Disk"].words) == (False, "5% of the disk is free.")


def test_the_page_shows_each_check_in_words(client, worker, admin):
    signed_in(client, admin)

    page = client.get(reverse("desk:system")).content.decode()

    assert all(name in page for name in selectors.CHECKS)
    assert "The schema is up to date." in page
