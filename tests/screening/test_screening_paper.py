"""A screening on paper: findings with their rule in words, what was said of each, OVERRIDE, DRAFT while undecided."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from kap_clinic.documents.models import StoredDocument
from patients.record.actions import measure_weight, record_allergies
from screening import actions, letters, selectors
from screening.terms import Decision, Judgement
from tests.people import signed_in
from tests.screening.recorded import case, submitted

pytestmark = pytest.mark.django_db
REASON = "Discussed at length with the patient and their family doctor"


def words(html):
    """What is read, without tags."""
    body = html.partition("</head>")[2]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
    return said.replace("&#x27;", "'").replace("&quot;", '"').replace("&gt;", ">").replace("&lt;", "<")


def paper(screening, number=1):
    return StoredDocument.objects.get(kind="screening", subject_ref=screening.ref, subject_version=number)


def decided(screening, decision, by, **more):
    judgements = {
        finding.pk: (Judgement.SEEN if finding.severity == "caution" else Judgement.ACCEPT, REASON)
        for finding in screening.findings.all()
        if finding.severity != "contraindicated"
    }
    return actions.decide(
        screening=screening,
        decision=decision,
        reason=REASON,
        judgements=judgements,
        by=by,
        role="prescriber",
        on=screening.assessment_date,
        **more,
    )


def test_deciding_asks_for_a_paper_with_the_permission_of_a_screening(patient, therapist, prescriber):
    screening = submitted(patient, case("needs_prescriber_decision"), by=therapist)

    decided(screening, Decision.APPROVE, prescriber)

    document = paper(screening)
    assert (document.permission, document.patient_ref) == ("screening.view", patient.ref)
    assert document.asked_by == prescriber
    assert document.title == "Screening, version 1"


def test_the_paper_says_what_was_found_by_which_rule_and_what_was_decided(patient, therapist, prescriber):
    record_allergies(
        patient=patient, by=therapist, none_known=False, allergies=[{"to": "penicillin", "reaction": "rash"}]
    )
    screening = submitted(patient, case("needs_prescriber_decision"), by=therapist)
    measure_weight(patient=patient, by=therapist, value=Decimal("70.4"), unit="kg")
    decided(screening, Decision.APPROVE_WITH_CONDITIONS, prescriber, conditions="Half the dose")

    html = letters.screening(paper(screening))

    said = words(html)
    assert 'class="draft"' not in html
    assert "Allergy: penicillin (rash)" in said
    assert "Weight 70" in said
    for finding in screening.findings.all():
        rule = selectors.said(finding.rule, finding.severity, finding.reason)
        for part in (rule.title, finding.reason, rule.in_words, rule.do, rule.sources):
            assert re.sub(r"\s+", " ", part) in said
    assert "Decision: Approve with conditions" in said
    assert "Signed by Dr N. Okafor, prescriber" in said
    assert "Conditions: Half the dose" in said
    assert "Accept. " + REASON in said
    for part in selectors.parts(screening):
        for question, answer in part.rows:
            assert question in said
            assert answer in said


def test_undecided_it_prints_draft_across_every_page(patient, therapist):
    screening = submitted(patient, case("clear"), by=therapist)
    letters.ask(screening, by=therapist)

    html = letters.screening(paper(screening))

    assert 'class="draft"' in html
    assert "Nobody has decided on this screening" in words(html)


def test_asking_for_more_is_no_decision(patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    actions.decide(
        screening=screening,
        decision=Decision.ASK_FOR_MORE,
        reason="An ECG is missing",
        questions="Please bring the ECG of May",
        judgements={},
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )

    html = letters.screening(paper(screening))

    assert 'class="draft"' in html
    assert "Asked for: Please bring the ECG of May" in words(html)


def test_an_override_is_printed_with_name_time_and_reason_until_it_counts(
    patient, therapist, prescriber, medical_director
):
    screening = submitted(patient, case("contraindicated"), by=therapist)
    finding = next(one for one in screening.findings.all() if one.severity == "contraindicated")
    override = actions.override_stop(
        finding=finding,
        reason=REASON,
        risk_plan="Half the dose, ECG, two clinicians in the room",
        expires_on=screening.assessment_date + timedelta(days=20),
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    before = letters.ask(screening, by=prescriber)
    actions.second_override(override=override, by=medical_director, role="medical_director")
    after = letters.ask(screening, by=prescriber)

    said = words(letters.screening(before))
    assert re.search(r"OVERRIDE by Dr N. Okafor , \d+ \w+ \d{4}, \d\d:\d\d E[SD]T; until", said)
    assert "Waits for a second signature: it does not count." in said
    assert f"Reason: {REASON}" in said
    assert "Risk plan: Half the dose, ECG, two clinicians in the room" in said
    said = words(letters.screening(after))
    assert "second signature Dr L. Sato" in said
    assert "Waits for a second signature" not in said


def test_a_lapsed_override_says_so(patient, therapist, prescriber):
    screening = submitted(patient, case("contraindicated"), by=therapist)
    finding = next(one for one in screening.findings.all() if one.severity == "contraindicated")
    override = actions.override_stop(
        finding=finding,
        reason=REASON,
        risk_plan="Half the dose",
        expires_on=screening.assessment_date,
        by=prescriber,
        role="prescriber",
        on=screening.assessment_date,
    )
    type(override).objects.filter(pk=override.pk).update(
        lapsed_at=override.made_at, lapsed_why="The screening was done again"
    )
    letters.ask(screening, by=prescriber)

    assert "Lapsed: The screening was done again." in words(letters.screening(paper(screening)))


def test_declining_prints_what_was_offered_instead(patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    decided(screening, Decision.DECLINE, prescriber, conditions="TMS at the university clinic")

    html = letters.screening(paper(screening))

    assert 'class="draft"' not in html
    assert "Offered instead: TMS at the university clinic" in words(html)


def test_a_paper_shows_only_what_was_decided_when_it_was_asked_for(patient, therapist, prescriber):
    screening = submitted(patient, case("clear"), by=therapist)
    first = letters.ask(screening, by=therapist)
    before = letters.screening(first)
    decided(screening, Decision.APPROVE, prescriber)

    assert letters.screening(first) == before
    assert "Decision: Approve" in words(letters.screening(paper(screening, 2)))


def test_who_only_reads_a_screening_has_no_paper_made(client, nurse, patient, therapist):
    screening = submitted(patient, case("clear"), by=therapist)
    signed_in(client, nurse)
    before = StoredDocument.objects.count()

    page = client.get(reverse("screening:check", args=[screening.ref]))
    asked = client.post(reverse("screening:print", args=[screening.ref]))

    assert page.status_code == 200
    assert "Print as it stands" not in page.text
    assert asked.status_code == 403
    assert StoredDocument.objects.count() == before


def test_who_records_a_screening_prints_it_as_it_stands(client, patient, therapist, admin, stranger):
    screening = submitted(patient, case("clear"), by=therapist)
    url = reverse("screening:print", args=[screening.ref])

    signed_in(client, stranger)
    assert client.post(url).status_code == 404
    signed_in(client, admin)
    assert client.post(url).status_code == 403
    signed_in(client, therapist)
    assert client.get(url).status_code == 405
    assert "Print as it stands" in client.get(reverse("screening:check", args=[screening.ref])).text
    assert client.post(url).url == reverse("desk:papers", args=[patient.ref])
    assert paper(screening).asked_by == therapist
