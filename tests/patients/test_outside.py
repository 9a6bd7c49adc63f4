"""Results and papers from outside: kept, corrected, struck out, and never changed."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from kap_clinic import wiring
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.audit.models import AuditEvent
from patients.models import LabResult, OutsideDocument
from patients.outside import actions, selectors
from patients.outside.files.intake import CleanFile
from patients.outside.rules import Result
from patients.outside.terms import LabKind, Unit
from tests import factories
from tests.people import member_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
PAPER = CleanFile("text/plain", b"Dear colleague", 1, ("links",))


@pytest.fixture(autouse=True)
def today(frozen):
    return frozen("2026-03-09T10:00-05:00")


@pytest.fixture
def told(monkeypatch):
    """What the rules were told."""
    heard = []
    monkeypatch.setattr("screening.actions.rerun", lambda **facts: heard.append(facts["why"]))
    monkeypatch.setitem(wiring.TABLE, "patients.facts_changed", ("screening.actions.rerun",))
    return heard


def alt(value="42", limit="40"):
    return Result(LabKind.ALT, Decimal(value), unit=Unit.U_PER_L, upper_limit=Decimal(limit))


def recorded(patient, by, result=None, *, on=DAY):
    return actions.record_lab(patient=patient, by=by, result=result or alt(), taken_on=on, source="report")


def corrected(lab, by, result, *, why="Read the wrong line"):
    return actions.correct_lab(lab=lab, by=by, result=result, taken_on=DAY, source="report", why=why)


def added(patient, by, **more):
    said = {"kind": "referral", "title": "Letter of Dr Ames", "dated": DAY, "file": PAPER} | more
    return actions.add_document(patient=patient, by=by, **said)


# Results


def test_a_result_is_kept_and_the_rules_hear_of_it(patient, nurse, told):
    lab = recorded(patient, nurse)

    assert (lab.value, lab.upper_limit, lab.taken_on, lab.recorded_by) == (42, 40, DAY, nurse)
    assert told == ["New result: ALT 42 U/L"]
    event = AuditEvent.objects.get(event="lab.recorded")
    assert (event.actor_id, event.thing_ref) == (nurse.pk, str(lab.ref))


def test_a_result_of_tomorrow_is_refused(patient, nurse, told):
    with pytest.raises(actions.NotUsable, match="not in the future"):
        recorded(patient, nurse, on=date(2026, 3, 10))

    assert not LabResult.objects.exists()
    assert told == []


def test_today_is_the_clinics(patient, nurse, frozen):
    frozen("2026-03-10T03:00+00:00")  # still the 9th in New York

    recorded(patient, nurse, on=date(2026, 3, 9))
    with pytest.raises(actions.NotUsable):
        recorded(patient, nurse, on=date(2026, 3, 10))


def test_a_correction_takes_the_place_of_what_was_wrong(patient, nurse, prescriber, told):
    wrong = recorded(patient, nurse, alt("420"))

    right = corrected(wrong, prescriber, alt("42"))

    assert right.corrects == wrong
    assert selectors.alt_times_uln(patient) == Decimal("1.05")
    assert told[-1] == "Corrected result: ALT 42 U/L"
    assert [(lab.value, lab.counts) for lab in selectors.labs(patient, member_of(prescriber))] == [
        (42, True),
        (420, False),
    ]


def test_a_result_is_corrected_once(patient, nurse):
    wrong = recorded(patient, nurse)
    corrected(wrong, nurse, alt("43"))

    with pytest.raises(NotPossible, match="corrected this result meanwhile"):
        corrected(wrong, nurse, alt("44"))


def test_what_was_struck_out_is_not_corrected(patient, nurse):
    lab = actions.strike_out_lab(lab=recorded(patient, nurse), by=nurse, why="Another patient's")

    with pytest.raises(NotPossible, match="was struck out"):
        corrected(lab, nurse, alt("43"))


@pytest.mark.parametrize(
    ("result", "why", "words"),
    [
        (alt("43"), "", "Say what was wrong"),
        (Result(LabKind.PREGNANCY, finding="negative"), "Wrong test", "same test"),
        (alt("0"), "Wrong", "is not between"),
    ],
)
def test_a_correction_has_a_reason_and_is_of_the_same_test(patient, nurse, result, why, words):
    with pytest.raises(NotPossible, match=words):
        corrected(recorded(patient, nurse), nurse, result, why=why)

    assert LabResult.objects.count() == 1


def test_a_struck_out_result_counts_no_more_and_is_read_by_who_may_see_it(patient, therapist, prescriber, told):
    old = recorded(patient, therapist, alt("30"), on=date(2026, 2, 2))
    lab = recorded(patient, therapist, alt("130"))

    actions.strike_out_lab(lab=lab, by=therapist, why="Another patient's")
    again = actions.strike_out_lab(lab=lab, by=prescriber, why="Again")

    assert selectors.alt_times_uln(patient) == Decimal("0.75")
    assert [one.ref for one in selectors.labs(patient, member_of(therapist))] == [old.ref]
    assert [one.ref for one in selectors.labs(patient, member_of(prescriber))] == [lab.ref, old.ref]
    assert (again.voided_by, again.voided_why) == (therapist, "Another patient's")
    assert told[2:] == ["Result struck out: ALT 130 U/L"]


def test_striking_out_has_a_reason(patient, nurse):
    with pytest.raises(NotPossible, match="Say why"):
        actions.strike_out_lab(lab=recorded(patient, nurse), by=nurse, why="")


# What the rules read


def test_no_alt_is_not_known_and_not_normal(patient, nurse):
    recorded(patient, nurse, Result(LabKind.AST, Decimal(30), unit=Unit.U_PER_L))

    assert selectors.alt_times_uln(patient) is None
    assert selectors.latest_lab(patient, LabKind.ALT) is None


def test_the_newest_sample_counts_and_not_the_newest_entry(patient, nurse):
    recorded(patient, nurse, alt("120"))
    recorded(patient, nurse, alt("40"), on=date(2026, 1, 5))

    assert selectors.alt_times_uln(patient) == 3


def test_of_two_samples_of_a_day_the_last_entry_counts(patient, nurse):
    recorded(patient, nurse, alt("120"))
    recorded(patient, nurse, alt("60"))

    assert selectors.alt_times_uln(patient) == Decimal("1.5")


def test_the_newest_of_each_test_in_the_order_of_the_list(clinic, patient, nurse, django_assert_num_queries):
    recorded(patient, nurse, Result(LabKind.OTHER, finding="5.6 %", name="HbA1c"))
    recorded(patient, nurse, Result(LabKind.OTHER, finding="141", name="Sodium"))
    recorded(patient, nurse, Result(LabKind.PREGNANCY, finding="negative"), on=date(2026, 1, 5))
    recorded(patient, nurse, Result(LabKind.PREGNANCY, finding="positive"))
    recorded(patient, nurse)
    other = factories.patient(clinic, by=nurse)
    recorded(other, nurse, alt("400"))

    with django_assert_num_queries(1):
        found = selectors.latest_labs(patient)

    assert [(lab.test, lab.in_words) for lab in found] == [
        ("ALT", "42 U/L"),
        ("Pregnancy test", "Positive"),
        ("HbA1c", "5.6 %"),
        ("Sodium", "141"),
    ]


def test_the_card_of_the_chart_costs_one_query(patient, nurse, django_assert_num_queries):
    recorded(patient, nurse)
    for number in range(5):
        added(patient, nurse, title=f"Letter {number}")
    actions.strike_out_document(paper=added(patient, nurse, title="Wrong"), by=nurse, why="Another patient's")

    with django_assert_num_queries(1):
        card = selectors.card(patient)

    assert [lab.in_words for lab in card.labs] == ["42 U/L"]
    assert [paper.title for paper in card.papers] == ["Letter 4", "Letter 3", "Letter 2"]
    assert card.paper_count == 5


# Papers


def test_a_paper_is_kept_with_its_hash(patient, therapist):
    paper = added(patient, therapist)

    paper = OutsideDocument.objects.get(pk=paper.pk)
    assert bytes(paper.content) == b"Dear colleague"
    assert paper.sha256 == hashlib.sha256(b"Dear colleague").hexdigest()
    assert (paper.size, paper.pages, paper.left_out, paper.received_by) == (14, 1, "links", therapist)
    assert AuditEvent.objects.get(event="outside_paper.added").facts["sha256"] == paper.sha256


def test_a_paper_of_tomorrow_is_refused_and_one_older_than_the_patient_is_not(patient, therapist):
    with pytest.raises(NotPossible, match="not in the future"):
        added(patient, therapist, dated=date(2026, 3, 10))

    assert added(patient, therapist, dated=date(1950, 1, 1)).dated == date(1950, 1, 1)
    assert added(patient, therapist, dated=None).dated is None


def test_the_name_of_the_file_says_nothing(patient, therapist):
    paper = added(patient, therapist, title="Cirrhosis")

    assert paper.file_name == f"document-{str(paper.ref)[-8:]}.txt"


def test_lists_do_not_read_the_bytes(patient, prescriber, django_assert_num_queries):
    added(patient, prescriber)

    with django_assert_num_queries(1) as asked:
        OutsideDocument.objects.get()
    assert "content" not in asked.captured_queries[0]["sql"]
    papers = selectors.papers(patient, member_of(prescriber))
    assert [(paper.title, paper.file_in_words) for paper in papers] == [("Letter of Dr Ames", "Text, 1 kB")]


# What the database holds fast

SEALED = [
    ("lab", "value = 41"),
    ("lab", "upper_limit = 100"),
    ("lab", "corrects_id = id"),
    ("outsidedocument", "content = 'x'"),
    ("outsidedocument", "sha256 = 'x'"),
    ("outsidedocument", "title = 'x'"),
]


@pytest.mark.parametrize(("table", "change"), SEALED)
def test_the_application_cannot_change_what_was_written(patient, nurse, table, change):
    recorded(patient, nurse)
    added(patient, nurse)
    table = "patients_labresult" if table == "lab" else "patients_outsidedocument"

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update {table} set {change}")  # noqa: S608  # words of this test


@pytest.mark.parametrize("table", ["patients_labresult", "patients_outsidedocument"])
def test_nor_delete_it_nor_take_the_striking_out_back(patient, nurse, table):
    actions.strike_out_lab(lab=recorded(patient, nurse), by=nurse, why="Another patient's")
    actions.strike_out_document(paper=added(patient, nurse), by=nurse, why="Another patient's")

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"delete from {table}")  # noqa: S608  # words of this test
    with pytest.raises(DatabaseError, match="struck out does not"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update {table} set voided_at = null, voided_by_id = null, voided_why = ''")  # noqa: S608  # words of this test


def test_a_correction_of_another_patients_result_is_refused_by_the_database(clinic, patient, nurse):
    other = recorded(factories.patient(clinic, by=nurse), nurse)

    with pytest.raises(DatabaseError, match="same test of the same patient"), transaction.atomic():
        LabResult.objects.create(
            clinic=clinic,
            patient=patient,
            kind="alt",
            value=42,
            unit="U/L",
            upper_limit=40,
            taken_on=DAY,
            source="report",
            corrects=other,
            why="x",
            recorded_by=nurse,
        )


@pytest.mark.parametrize(
    "change",
    [
        {"upper_limit": None},
        {"unit": ""},
        {"value": None},
        {"finding": "high"},
        {"value": Decimal(0)},
        {"name": "ALT"},
        {"kind": "other"},
    ],
)
def test_half_a_result_is_refused_by_the_database(clinic, patient, nurse, change):
    row = {"kind": "alt", "value": 42, "unit": "U/L", "upper_limit": 40, "taken_on": DAY, "source": "report"} | change

    with pytest.raises(DatabaseError, match="constraint"), transaction.atomic():
        LabResult.objects.create(clinic=clinic, patient=patient, recorded_by=nurse, **row)
