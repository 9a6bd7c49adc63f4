"""Conditions of an approval: written once with the review, kept by the database, and in force while it stands."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents.models import StoredDocument
from kap_clinic.wall import as_clinic
from screening import actions, eligibility, letters, rules, selectors
from screening.models import ApprovalCondition, Review
from screening.rules import Condition
from screening.terms import ConditionKind, Decision, Event, Judgement
from tests import factories
from tests.people import signed_in
from tests.screening.recorded import case, submitted
from tests.screening.test_condition_rules import FINE, SENTENCES

pytestmark = pytest.mark.django_db
WHY = "Discussed with the patient today; the reading settles on rest and is watched."
TYPED = tuple(one for one in FINE if one.kind != ConditionKind.IN_WORDS)
SAID = SENTENCES[:-1]


@pytest.fixture
def screening(patient, therapist):
    """With one finding to judge."""
    return submitted(patient, case("clear", family_psychosis="unsure"), by=therapist)


def decide(screening, by, decision=Decision.APPROVE_WITH_CONDITIONS, judgement=Judgement.ACCEPT, **more):
    return actions.decide(
        screening=screening,
        decision=decision,
        reason=WHY,
        judgements={finding.pk: (judgement, WHY) for finding in screening.findings.all()},
        by=by,
        role="prescriber",
        on=screening.assessment_date,
        **more,
    )


def in_force(screening, days=0):
    return selectors.conditions_in_force(screening.patient_id, screening.assessment_date + timedelta(days=days))


def add(review, **changes):
    row = {"kind": "extra_check", "words": "Pulse", "place": 9} | changes
    return ApprovalCondition.objects.create(clinic_id=review.clinic_id, review=review, **row)


# Written


def test_typed_conditions_are_written_with_the_review_in_their_order(screening, prescriber):
    review = decide(screening, prescriber, typed_conditions=TYPED)

    assert [row.condition for row in review.typed_conditions.all()] == list(TYPED)
    assert review.conditions_in_words == list(SAID)


def test_each_condition_is_told_in_the_history(screening, prescriber):
    decide(screening, prescriber, typed_conditions=TYPED)

    told = AuditEvent.objects.filter(event=Event.CONDITION_SET, patient_ref=str(screening.patient.ref)).order_by("pk")
    assert [event.reason for event in told] == list(SAID)
    assert {event.role for event in told} == {"prescriber"}


@pytest.mark.parametrize("given", [{"typed_conditions": TYPED[:1]}, {"conditions": "Half the dose"}])
def test_one_typed_condition_or_words_are_enough(screening, prescriber, given):
    assert decide(screening, prescriber, **given).conditions_in_words


@pytest.mark.parametrize(
    ("decision", "given", "reason"),
    [
        (Decision.APPROVE_WITH_CONDITIONS, {}, "Add a condition, or write the conditions in words."),
        (Decision.APPROVE_WITH_CONDITIONS, {"conditions": " "}, "Add a condition, or write the conditions in words."),
        (Decision.APPROVE, {"typed_conditions": TYPED}, "You set conditions, so choose Approve with conditions."),
        (Decision.APPROVE, {"conditions": "Half"}, "You set conditions, so choose Approve with conditions."),
        (Decision.DECLINE, {"conditions": "A letter", "typed_conditions": TYPED}, "Only an approval has conditions."),
        (
            Decision.APPROVE_WITH_CONDITIONS,
            {"typed_conditions": [Condition(ConditionKind.UPPER_MG)]},
            "Condition 1: enter the upper limit in mg, like 55.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(screening, prescriber, decision, given, reason):
    with pytest.raises(actions.NotPossible) as no:
        decide(screening, prescriber, decision, **given)

    assert reason in no.value.reasons
    assert not Review.objects.exists()
    assert not ApprovalCondition.objects.exists()


# Kept by the database


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "upper_mg", "mg": None, "words": ""},
        {"kind": "upper_mg", "mg": Decimal(0), "words": ""},
        {"kind": "upper_mg", "mg": Decimal(5)},
        {"kind": "upper_mg", "mg": Decimal(5), "words": "", "route": "po"},
        {"words": ""},
        {"mg": Decimal(5)},
        {"kind": "confirm_on_day", "hours_before": 3},
        {"kind": "in_words"},
        {"kind": "other"},
        {"kind": "medicine_hold"},
        {"kind": "medicine_hold", "medicine": "zolpidem"},
        {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "hold"},
        {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "hold", "hours_before": 0},
        {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "continue", "hours_before": 4},
        {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "taper", "words": ""},
        {"kind": "medicine_hold", "medicine": "", "disposition": "continue"},
        {"place": 1},
    ],
)
def test_the_database_refuses_a_row_its_kind_does_not_allow(screening, prescriber, changes):
    review = decide(screening, prescriber, typed_conditions=TYPED[:1])

    with pytest.raises(IntegrityError), transaction.atomic():
        add(review, **changes)


@pytest.mark.parametrize(
    ("decision", "given"), [(Decision.APPROVE, {}), (Decision.DECLINE, {"conditions": "A letter"})]
)
def test_only_an_approval_with_conditions_has_rows(screening, prescriber, decision, given):
    review = decide(screening, prescriber, decision, **given)

    with pytest.raises(IntegrityError, match="only an approval with conditions"), transaction.atomic():
        ApprovalCondition.objects.create(
            clinic_id=review.clinic_id, review=review, place=1, kind="extra_check", words="x"
        )


@pytest.mark.parametrize("statement", ["update {} set words = 'other'", "delete from {}"])
def test_nobody_changes_or_deletes_a_condition(screening, prescriber, statement):
    decide(screening, prescriber, typed_conditions=TYPED)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("screening_approvalcondition"))


@pytest.mark.django_db(transaction=True)
def test_a_signed_review_takes_no_more_conditions(clinic, patient, therapist, prescriber):
    with as_clinic(clinic.pk):
        screening = submitted(patient, case("clear"), by=therapist)
    with as_clinic(clinic.pk):
        review = decide(screening, prescriber, typed_conditions=TYPED)

    with pytest.raises(IntegrityError, match="takes no more conditions"), as_clinic(clinic.pk):
        add(review)
    with as_clinic(clinic.pk):
        assert review.typed_conditions.count() == len(TYPED)


# In force


def test_the_conditions_of_the_standing_approval_are_in_force_with_who_and_when(screening, prescriber):
    review = decide(screening, prescriber, typed_conditions=TYPED, conditions="Call the daughter")

    found = in_force(screening)

    assert [one.in_words for one in found] == [*SAID, "Call the daughter"]
    assert {(one.prescriber, one.decided_at, one.until) for one in found} == {
        (prescriber.name, review.decided_at, review.expires_on)
    }
    assert (found[0].kind, found[0].mg, found[0].route) == (ConditionKind.UPPER_MG, Decimal("55.50"), "")
    assert (found[3].medicine, found[3].disposition, found[3].hours_before) == ("zolpidem", "hold", 24)
    assert rules.upper_mg([one.condition for one in found], "im") == Decimal("55.50")


def test_what_was_said_of_a_finding_accepted_with_a_condition_is_in_force_too(screening, prescriber):
    decide(screening, prescriber, judgement=Judgement.ACCEPT_WITH_CONDITION, conditions="As said below")

    found = in_force(screening)

    assert [(one.label, one.words) for one in found] == [
        ("In words", "As said below"),
        (rules.RULES["family-history-psychosis"].title, WHY),
    ]


def test_nothing_is_in_force_before_an_approval_without_conditions_or_after_its_end(screening, prescriber):
    assert in_force(screening) == []
    decide(screening, prescriber, Decision.APPROVE)
    assert in_force(screening) == []


@pytest.mark.parametrize(("days", "count"), [(0, 7), (30, 7), (31, 0)])
def test_conditions_end_with_the_approval(screening, prescriber, days, count):
    until = screening.assessment_date + timedelta(days=30)
    decide(screening, prescriber, typed_conditions=TYPED, expires_on=until)

    assert len(in_force(screening, days)) == count


def test_a_newer_version_takes_the_old_conditions_out_of_force(screening, prescriber, therapist):
    decide(screening, prescriber, typed_conditions=TYPED)

    submitted(screening.patient, case("clear"), by=therapist)

    assert in_force(screening) == []
    assert not eligibility.standing(screening.patient, screening.assessment_date).eligible


def test_conditions_are_those_of_the_review_eligibility_rests_on(screening, prescriber):
    review = decide(screening, prescriber, typed_conditions=TYPED)

    standing = eligibility.standing(screening.patient, timezone.localdate(review.decided_at))

    assert standing.eligible
    assert standing.until == review.expires_on
    assert standing.screening == screening
    assert {one.until for one in in_force(screening)} == {standing.until}


def test_another_patient_has_none_of_them(clinic, screening, prescriber, therapist):
    decide(screening, prescriber, typed_conditions=TYPED)
    other = factories.patient(clinic, by=therapist, team=(therapist, prescriber))

    assert selectors.conditions_in_force(other.pk, screening.assessment_date) == []


def test_reading_them_costs_the_same_for_one_and_for_six(screening, prescriber, django_assert_max_num_queries):
    decide(screening, prescriber, typed_conditions=TYPED)

    with django_assert_max_num_queries(4):
        in_force(screening)


# Printed


def test_the_paper_the_screening_and_the_course_page_say_each_condition(client, screening, prescriber):
    decide(screening, prescriber, typed_conditions=TYPED, conditions="Call the daughter", expires_on=None)
    signed_in(client, prescriber)
    document = StoredDocument.objects.get(kind="screening", subject_ref=screening.ref)

    texts = [
        letters.screening(document),
        client.get(reverse("screening:check", args=[screening.ref])).text,
        client.get(reverse("desk:review", args=[screening.ref])).text,
    ]

    for text in texts:
        for sentence in (*SAID, "Call the daughter"):
            assert sentence in text


def test_the_course_page_says_what_binds_today(client, screening, prescriber):
    decide(screening, prescriber, typed_conditions=TYPED)
    course = screening.patient.courses.live().get()
    signed_in(client, prescriber)

    page = client.get(reverse("desk:course", args=[course.ref]))

    assert [one.in_words for one in page.context["conditions"]] == list(SAID)
    for sentence in SAID:
        assert sentence in page.text


def test_declining_prints_what_was_offered_and_calls_it_no_condition(client, screening, prescriber):
    decide(screening, prescriber, Decision.DECLINE, conditions="A letter to the doctor")
    signed_in(client, prescriber)

    text = client.get(reverse("screening:check", args=[screening.ref])).text

    assert "Offered instead:</b> A letter to the doctor" in text
    assert "Conditions" not in text


def test_a_row_and_a_condition_say_the_same(screening, prescriber):
    review = decide(screening, prescriber, typed_conditions=TYPED[:1])
    [row] = review.typed_conditions.all()

    assert str(row) == TYPED[0].in_words
    assert row.patient == screening.patient
    assert replace(row.condition, mg=TYPED[0].mg) == TYPED[0]
