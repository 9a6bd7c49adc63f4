"""A demo clinic filled in bulk: every stage is there, what is signed is whole, and pages open on it."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random

import pytest
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.dev.bulk import load, scores
from kap_clinic.dev.bulk.bar import Bar
from kap_clinic.dev.bulk.lanes import cells_of
from kap_clinic.dev.demo import consents, moments, staff
from kap_clinic.wall import as_clinic
from patients.consents.models import Consent
from patients.consents.selectors import is_whole as consent_is_whole
from patients.course.terms import Stage
from patients.models import Course, Note, Patient
from patients.notes.selectors import content_digest
from screening.eligibility import standing
from sessions.discharge.models import Discharge
from sessions.discharge.selectors import is_whole as discharge_is_whole
from sessions.dosing.models import DosingSession
from sessions.dosing.selectors import is_whole as record_is_whole
from sessions.gate.selectors import gate_of
from sessions.orders.models import DoseOrder
from sessions.orders.selectors import is_whole as order_is_whole
from tests.people import signed_in

PATIENTS = 60
PAGES = ("desk:chart", "screening:measures", "consents:overview", "notes:all", "desk:history")


@pytest.mark.django_db
def test_sixty_patients_pass_every_guard_at_every_stage_and_open(settings, client):
    settings.DEMO = True
    clinic, users = staff.open_demo_clinic()
    with moments.at(timezone.now() - timedelta(days=40)):
        consents.ready(clinic, admin=users["admin"], director=users["director"])

    told = load.fill(clinic, users, PATIENTS, out=StringIO())

    assert "seed 20" in told.in_words
    with as_clinic(clinic.pk):
        assert Patient.objects.count() == PATIENTS
        assert set(Course.objects.values_list("stage", flat=True)) == set(Stage.values)
        assert Patient.objects.annotate(days=Count("dosing_sessions")).order_by("-days").first().days == 40
        assert _all_signed_is_whole()
        copies = Patient.objects.filter(address__startswith="Invented person")
        by_stage = {stage: copies.filter(courses__stage=stage).first() for stage in Stage}
        for patient in filter(None, by_stage.values()):
            standing(patient, timezone.localdate())
        for dosing in DosingSession.objects.filter(patient__in=copies, state="planned")[:2]:
            assert len(gate_of(dosing, timezone.now()).items) == 23

    signed_in(client, User.objects.get(email="prescriber@demo.example"))
    for stage in (Stage.INTAKE, Stage.DOSING_SERIES, Stage.COMPLETED):
        for page in PAGES:
            assert client.get(reverse(page, args=[by_stage[stage].ref])).status_code == 200, page
    assert client.get(reverse("desk:patients")).status_code == 200
    outcomes = client.get(reverse("reports:outcomes"), {"whose": "mine"})
    assert outcomes.status_code == 200

    with pytest.raises(load.NotNow, match="filled already"):
        load.fill(clinic, users, PATIENTS, out=StringIO())


def _all_signed_is_whole() -> bool:
    kinds = ((Consent, consent_is_whole), (DoseOrder, order_is_whole), (DosingSession, record_is_whole))
    for model, is_whole in (*kinds, (Discharge, discharge_is_whole)):
        rows = model.objects.all() if model is not DoseOrder else model.objects.filter(signed_at__isnull=False)
        for row in rows.order_by("-pk")[:12]:
            assert is_whole(row), row
    note = Note.objects.filter(signed_at__isnull=False).order_by("-pk").first()
    return note is not None and content_digest(note) == note.signed_sha256


def test_shares_come_to_the_number_asked_for_and_leave_nobody_out():
    counts = load.shares(500)

    assert sum(counts.values()) == 500
    assert min(counts.values()) >= 1
    assert sum(fate.share for fate in load.FATES) == 1000


def test_some_get_better_and_some_do_not():
    rng = Random(4)

    changes = [(ways[0]["phq-9"], ways[-1]["phq-9"]) for ways in (scores.totals(rng, [0.0, 1.0]) for _ in range(200))]

    responders = sum(after * 2 <= before for before, after in changes)
    assert 60 < responders < 140


def test_a_visit_fills_the_quarters_of_an_hour_it_touches():
    start, end = datetime(2026, 3, 2, 9, 10, tzinfo=UTC), datetime(2026, 3, 2, 9, 40, tzinfo=UTC)

    cells = cells_of([(start, end)])

    assert len(cells) == 3
    assert cells[0] * 900 <= start.timestamp() < cells[1] * 900


def test_the_bar_says_a_line_for_each_tenth_where_nobody_watches():
    out = StringIO()
    bar = Bar(100, out)

    for _ in range(100):
        bar.forward(1)

    assert len(out.getvalue().splitlines()) == 10
    assert "100 of 100 patients" in out.getvalue()
