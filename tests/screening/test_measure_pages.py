"""Pages of measures: recorded by staff, shown as panel, table and answers side by side."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from patients.models import Task
from screening import measures, trajectories
from screening.actions import record_measure
from screening.models import MeasureResponse
from screening.terms import MeasureEntry
from tests.people import signed_in

pytestmark = pytest.mark.django_db
WHEN = {"entry": "staff", "answered_at": "2026-11-20T09:30"}


def url(name, patient, *more):
    return reverse(f"screening:{name}", args=[patient.ref, *more])


@pytest.mark.parametrize("form", measures.all_instruments(), ids=lambda form: form.id)
def test_every_instrument_has_a_page_to_record_it(client, therapist, patient, form):
    signed_in(client, therapist)

    page = client.get(url("record_measure", patient, form.id))

    assert page.status_code == 200
    assert form.title in page.text or form.title.replace("'", "&#x27;") in page.text
    answers = re.findall(r'<input[^>]*name="a_[^>]*>', page.text)
    assert answers
    assert not [answer for answer in answers if "checked" in answer]  # nothing is chosen beforehand


def test_a_form_is_recorded_scored_and_shown(client, therapist, patient):
    signed_in(client, therapist)
    typed = {f"a_phq9__{n}": "2" for n in range(1, 10)}

    saved = client.post(url("record_measure", patient, "phq-9"), {**typed, **WHEN})
    page = client.get(url("measure", patient, "phq-9"))

    assert saved.status_code == 302
    assert MeasureResponse.objects.get().total == 18
    assert "18, moderately severe" in page.text
    assert "More than half the days" in page.text
    assert Task.objects.filter(flag="phq9.item9.frequent").exists()


def test_an_empty_form_is_refused_and_a_half_one_is_kept(client, therapist, patient):
    signed_in(client, therapist)

    empty = client.post(url("record_measure", patient, "gad-7"), WHEN)
    half = client.post(url("record_measure", patient, "gad-7"), {"a_gad7__1": "3", **WHEN})

    assert empty.status_code == 422
    assert "Nothing is answered yet" in empty.text
    assert half.status_code == 302
    assert MeasureResponse.objects.get().complete is False


@pytest.mark.parametrize(
    "typed",
    [
        {"a_gad7__1": "9"},
        {"a_gad7__1": "true"},
        {"a_gad7__1": "1", "answered_at": "2199-01-01T00:00"},
        {"a_gad7__1": "1", "answered_at": "soon"},
        {"a_gad7__1": "1", "entry": "link"},
    ],
)
def test_what_cannot_be_is_refused_in_words(client, therapist, patient, typed):
    signed_in(client, therapist)

    page = client.post(url("record_measure", patient, "gad-7"), {**WHEN, **typed})

    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert not MeasureResponse.objects.exists()


def test_scores_of_a_licensed_form_are_entered_without_its_words(client, therapist, patient):
    signed_in(client, therapist)

    saved = client.post(url("record_measure", patient, "madrs"), {"a_total": "31", "a_item10": "4", **WHEN})

    assert saved.status_code == 302
    response = MeasureResponse.objects.get()
    assert (response.total, response.band) == (31, "moderate")
    assert response.flags[0]["id"] == "madrs.item10"


def test_intake_asks_for_the_pcl_only_after_a_positive_pre_screen(client, therapist, patient):
    signed_in(client, therapist)
    assert "pcl-5" not in trajectories.baseline_open(patient)

    typed = {"a_pcptsd5__gate": "1", **{f"a_pcptsd5__{n}": "1" for n in range(1, 6)}}
    client.post(url("record_measure", patient, "pc-ptsd-5"), {**typed, **WHEN})

    assert "pcl-5" in trajectories.baseline_open(patient)
    assert "Open at intake" in client.get(url("measures", patient)).text


def test_a_change_is_said_in_words(client, therapist, patient):
    signed_in(client, therapist)
    for score, day in (("3", "2026-11-01T09:00"), ("1", "2026-11-20T09:00")):
        typed = {f"a_gad7__{n}": score for n in range(1, 8)}
        client.post(url("record_measure", patient, "gad-7"), {**typed, **WHEN, "answered_at": day})

    panel = next(panel for panel in trajectories.panels(patient) if panel.instrument == "gad-7")

    assert (panel.change, panel.change_kind) == ("66.7 % below baseline", "ok")
    assert "66.7 % below baseline" in client.get(url("measures", patient)).text


def test_a_score_of_the_evening_stands_on_the_day_of_the_clinic(therapist, patient):
    record_measure(
        patient=patient,
        instrument="gad-7",
        answers={f"gad7.{n}": 1 for n in range(1, 8)},
        entry=MeasureEntry.STAFF,
        by=therapist,
        answered_at=datetime(2026, 11, 25, 4, 30, tzinfo=UTC),  # 23:30 of the 24th in New York
    )

    [panel] = trajectories.panels(patient)
    assert [row.on for row in panel.chart.rows] == ["24 Nov 2026"]


@pytest.mark.parametrize(("who", "status"), [("nurse", 200), ("admin", 403), ("front_desk", 403), ("stranger", 404)])
def test_who_may_see_measures(client, request, patient, who, status):
    signed_in(client, request.getfixturevalue(who))

    assert client.get(url("measures", patient)).status_code == status


def test_an_unknown_instrument_is_not_found(client, therapist, patient):
    signed_in(client, therapist)

    assert client.get(url("measure", patient, "tea-leaves")).status_code == 404
