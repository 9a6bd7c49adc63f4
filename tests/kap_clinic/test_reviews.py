"""Reviews: the riskiest first; a decision is signed only when nothing stands in its way."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from patients.medicines.actions import add_medicine
from patients.record.days import today_in
from screening import rules
from screening.models import Override, Review
from screening.terms import Decision, ScreeningState
from tests import factories
from tests.people import signed_in
from tests.screening.recorded import case, submitted

pytestmark = pytest.mark.django_db
WHY = "Discussed with the patient today; the reading settles on rest and is watched."
UNTIL = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def waiting(patient, therapist):
    """A screening with one finding to judge: seizures over a year ago are a caution, a family history is a decision."""
    return submitted(patient, case("clear", family_psychosis="unsure", seizures="over_12_months_ago"), by=therapist)


def post(client, screening, **typed):
    return client.post(
        reverse("desk:decide", args=[screening.ref]), {"reason": WHY, "expires_on": UNTIL.isoformat(), **typed}
    )


def judged(screening, *, judgement="accept", words=WHY):
    """What the form posts when every finding was judged."""
    typed = {}
    for finding in screening.findings.all():
        if finding.severity == "needs_prescriber_decision":
            typed |= {f"judgement-{finding.pk}": judgement, f"words-{finding.pk}": words}
        elif finding.severity == "caution":
            typed |= {f"judgement-{finding.pk}": "on"}
    return typed


def test_the_riskiest_comes_first(client, clinic, prescriber, therapist):
    signed_in(client, prescriber)
    for overall, changes in [
        ("clear", {}),
        ("clear", {"family_psychosis": "yes"}),
        ("clear", {"asq_result": "acute"}),
        ("clear", {"raised_icp": "yes"}),
    ]:
        row = factories.patient(clinic, by=therapist, team=(therapist, prescriber))
        submitted(row, case(overall, **changes), by=therapist)

    page = client.get(reverse("desk:reviews"))

    assert [row.risk.word for row in page.context["rows"]] == ["Safety", "Stop", "Judge", "Clear"]


def test_a_review_nobody_has_shows_to_every_prescriber_and_one_with_a_prescriber_does_not(client, clinic, prescriber):
    other = factories.member(clinic, Role.PRESCRIBER, name="Dr E. Other")
    therapist = factories.member(clinic, Role.THERAPIST, name="T. New")
    unassigned = factories.patient(clinic, by=therapist, team=(therapist,))
    treated = factories.patient(clinic, by=therapist, team=(therapist, other))
    for row in (unassigned, treated):
        submitted(row, case("clear"), by=therapist)
    signed_in(client, prescriber)

    rows = client.get(reverse("desk:reviews")).context["rows"]

    assert [row.patient for row in rows] == [unassigned]


def test_the_page_says_what_was_found_and_the_rule_behind_it(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = client.get(reverse("desk:review", args=[waiting.ref]))

    assert page.status_code == 200
    for finding in waiting.findings.all():
        rule = rules.RULES[finding.rule]
        assert rule.title in page.text
        assert rule.do in page.text or rule.do.replace("'", "&#x27;") in page.text
    assert "Show the 43 clear rules" in page.text


def test_approval_waits_for_every_finding(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve")

    assert page.status_code == 422
    assert "choose one to go on" in page.text
    assert "tick that you have seen this caution" in page.text
    assert WHY in page.text
    assert not Review.objects.exists()


def test_a_short_why_is_not_enough(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve", **judged(waiting, words="fine"))

    assert page.status_code == 422
    assert "write why in 30 characters or more" in page.text


def test_what_changed_is_said_when_the_rules_ran_again(client, patient, prescriber, waiting):
    signed_in(client, prescriber)
    post(client, waiting, decision="approve", **judged(waiting))
    add_medicine(patient=patient, by=prescriber, text="Nardil 15 mg", last_taken="current")
    again = patient.screenings.get(version=2)

    queue = client.get(reverse("desk:reviews"))
    page = client.get(reverse("desk:review", args=[again.ref]))
    check = client.get(reverse("screening:check", args=[again.ref]))

    assert [row.cause for row in queue.context["rows"]] == ["New medicine: Nardil 15 mg"]
    assert "New medicine: Nardil 15 mg" in queue.text
    assert page.context["detail"].risen == ["MAO inhibitor"]
    assert "New or worse now: MAO inhibitor." in page.text
    assert "The rules ran again by themselves (New medicine: Nardil 15 mg)" in check.text


def test_a_screening_somebody_submitted_says_nothing_of_a_change(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = client.get(reverse("desk:review", args=[waiting.ref]))

    assert page.context["detail"].risen == []
    assert "The rules ran again" not in page.text


def test_a_judged_screening_is_approved_and_leaves_the_queue(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve", **judged(waiting))

    assert page.status_code == 302, page.text
    review = Review.objects.get()
    assert (review.decision, review.decided_by, review.role_used) == (Decision.APPROVE, prescriber, Role.PRESCRIBER)
    assert review.judgements.count() == 2
    waiting.refresh_from_db()
    assert waiting.state == ScreeningState.DECIDED
    assert client.get(reverse("desk:reviews")).context["rows"] == []


def test_a_condition_cannot_hide_in_a_plain_approval(client, prescriber, waiting):
    signed_in(client, prescriber)
    typed = judged(waiting, judgement="accept_with_condition")

    plain = post(client, waiting, decision="approve", **typed)
    with_conditions = post(client, waiting, decision="approve_with_conditions", more="BP before each dose", **typed)

    assert plain.status_code == 422
    assert "choose Approve with conditions" in plain.text
    assert with_conditions.status_code == 302
    assert Review.objects.get().conditions == "BP before each dose"


TYPED_CONDITIONS = {
    "condition-1-kind": "upper_mg",
    "condition-1-mg": "55,5",
    "condition-1-route": "im",
    "condition-2-kind": "extra_check",
    "condition-2-words": "Pulse at rest",
    "condition-3-kind": "medicine_hold",
    "condition-3-medicine": "zolpidem",
    "condition-3-disposition": "hold",
    "condition-3-hours_before": "24",
    "condition-6-kind": "confirm_on_day",
    "condition-6-words": "The escort stays",
}
SENTENCES = [
    "At most 55.5 mg in a session, boosters included (Intramuscular)",
    "Check before each dose: Pulse at rest",
    "Hold zolpidem: last taken 24 h or more before the dose",
    "Confirm on the day: The escort stays",
]


def test_typed_conditions_need_no_words_and_print_where_the_decision_does(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve_with_conditions", **judged(waiting), **TYPED_CONDITIONS)

    assert page.status_code == 302, page.text
    assert Review.objects.get().conditions_in_words == SENTENCES
    assert all(said in client.get(reverse("desk:review", args=[waiting.ref])).text for said in SENTENCES)


def test_approving_with_conditions_needs_one(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve_with_conditions", **judged(waiting))

    assert page.status_code == 422
    assert "Add a condition, or write the conditions in words." in page.text


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"kind": "upper_mg"}, "Enter the upper limit in mg, like 55."),
        ({"kind": "upper_mg", "mg": "much"}, "Enter the upper limit in a session in mg, like 55"),
        ({"kind": "upper_mg", "mg": "0"}, "Enter an upper limit above 0"),
        ({"kind": "upper_mg", "mg": "1e9"}, "Enter an upper limit above 0 and up to 1000 mg."),
        ({"kind": "upper_mg", "mg": "55.555"}, "Enter at most two decimals."),
        ({"kind": "upper_mg", "mg": "NaN"}, "Enter the upper limit in a session in mg, like 55"),
        ({"kind": "upper_mg", "mg": "55", "route": "po"}, "Select a valid choice"),
        ({"kind": "extra_check", "words": " "}, "Write what is to be checked or confirmed."),
        ({"kind": "extra_check", "words": "x" * 501}, "Write at most 500 characters."),
        ({"kind": "medicine_hold", "medicine": "zolpidem"}, "Choose hold, taper or continue."),
        (
            {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "hold"},
            "Enter how many hours before the dose it is last taken.",
        ),
        (
            {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "hold", "hours_before": "a day"},
            "Enter the hours as a whole number, like 24.",
        ),
        (
            {"kind": "medicine_hold", "medicine": "zolpidem", "disposition": "hold", "hours_before": "9" * 30},
            "Enter between 1 and 720 hours.",
        ),
        ({"kind": "medicine_hold", "medicine": "xanax", "disposition": "taper"}, "Write the taper"),
        ({"kind": "", "words": "Pulse"}, "Choose what kind of condition this is"),
        ({"kind": "shred"}, "Select a valid choice"),
    ],
)
def test_a_condition_that_is_not_whole_is_refused_beside_its_field_and_kept(client, prescriber, waiting, typed, error):
    signed_in(client, prescriber)
    rows = {f"condition-2-{name}": value for name, value in typed.items()}

    page = post(client, waiting, decision="approve_with_conditions", more="Half", **judged(waiting), **rows)

    assert page.status_code == 422
    assert page.text.count(error) >= 2  # in the summary, and above the field
    assert f"Condition 2: {error}" in page.text
    assert page.text.count("<title>Error: ") == 1
    assert "Error: Error" not in page.text
    for value in typed.values():
        assert value.strip() in page.text
    assert not Review.objects.exists()


def test_what_belongs_to_another_kind_is_not_looked_at(client, prescriber, waiting):
    signed_in(client, prescriber)
    rows = {"condition-1-kind": "extra_check", "condition-1-words": "Pulse", "condition-1-mg": "much"}

    page = post(client, waiting, decision="approve_with_conditions", **judged(waiting), **rows)

    assert page.status_code == 302
    assert Review.objects.get().conditions_in_words == ["Check before each dose: Pulse"]


def test_typed_conditions_cannot_hide_in_a_plain_approval_and_do_not_stop_a_decline(client, prescriber, waiting):
    signed_in(client, prescriber)
    half_typed = {**TYPED_CONDITIONS, "condition-1-mg": ""}

    plain = post(client, waiting, decision="approve", **judged(waiting), **TYPED_CONDITIONS)
    declined = post(client, waiting, decision="decline", more="A letter", **half_typed)

    assert plain.status_code == 422
    assert "You set conditions, so choose Approve with conditions." in plain.text
    assert 'value="55,5"' in plain.text
    assert declined.status_code == 302
    assert not Review.objects.get().typed_conditions.exists()


def test_not_safe_now_cannot_be_approved(client, prescriber, waiting):
    signed_in(client, prescriber)

    page = post(client, waiting, decision="approve", **judged(waiting, judgement="not_safe_now"))

    assert page.status_code == 422
    assert "judged this not safe now" in page.text


@pytest.mark.parametrize("days", [-1, 91])
def test_an_approval_ends_within_ninety_days(client, prescriber, waiting, days):
    signed_in(client, prescriber)
    until = today_in("America/New_York") + timedelta(days=days)

    page = post(client, waiting, decision="approve", **{**judged(waiting), "expires_on": until.isoformat()})

    assert page.status_code == 422
    assert "Choose an end between" in page.text


def test_asking_for_more_names_the_question_and_keeps_the_screening(client, prescriber, waiting):
    signed_in(client, prescriber)

    without = post(client, waiting, decision="ask_for_more")
    with_question = post(client, waiting, decision="ask_for_more", more="At what age was the aunt ill?")

    assert without.status_code == 422
    assert with_question.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == ScreeningState.MORE_ASKED


def test_declining_needs_a_reason_and_what_was_offered_instead(client, prescriber, waiting):
    signed_in(client, prescriber)

    without = post(client, waiting, decision="decline", reason="Not for us.")
    page = post(client, waiting, decision="decline", reason="Not for us.", more="A letter to the referring doctor")

    assert without.status_code == 422
    assert "What was offered instead is not written down." in without.text
    assert page.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == ScreeningState.DECLINED


@pytest.mark.parametrize("decision", ["", "shred", "approve' --"])
def test_an_unknown_decision_is_refused_in_words(client, prescriber, waiting, decision):
    signed_in(client, prescriber)

    page = post(client, waiting, decision=decision)

    assert page.status_code == 422
    assert not Review.objects.exists()


class TestStops:
    @pytest.fixture
    def single(self, patient, therapist):
        return submitted(patient, case("clear", benzodiazepine_now="yes"), by=therapist)

    @pytest.fixture
    def dual(self, patient, therapist):
        return submitted(patient, case("clear", raised_icp="yes"), by=therapist)

    def override(self, client, screening, **typed):
        finding = screening.findings.first()
        return client.post(
            reverse("desk:override", args=[screening.ref, finding.ref]),
            {"reason": WHY, "risk_plan": "Taper first", "expires_on": UNTIL.isoformat(), **typed},
        )

    def test_a_stop_is_not_approved_without_an_override(self, client, prescriber, single):
        signed_in(client, prescriber)

        page = post(client, single, decision="approve")

        assert page.status_code == 422
        assert "a stop without a valid override" in page.text

    def test_one_prescriber_sets_a_single_stop_aside(self, client, prescriber, single):
        signed_in(client, prescriber)

        assert self.override(client, single).status_code == 302
        assert post(client, single, decision="approve").status_code == 302

    def test_a_dual_stop_waits_for_a_second_person(self, client, prescriber, medical_director, dual):
        signed_in(client, prescriber)
        self.override(client, dual)
        override = Override.objects.get()
        url = reverse("desk:second_override", args=[dual.ref, override.ref])

        assert post(client, dual, decision="approve").status_code == 422
        assert client.post(url).status_code == 403  # who treats the patient does not second
        signed_in(client, medical_director)
        assert "Second signature" in client.get(url).text
        assert [row.pk for row in client.get(reverse("desk:today")).context["day"].to_second] == [override.pk]
        client.post(url)
        override.refresh_from_db()
        assert override.seconded_by == medical_director
        signed_in(client, prescriber)
        assert post(client, dual, decision="approve").status_code == 302

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"aneurysm_avm_or_brain_bleed": "yes"}, "Nobody can set this stop aside"),
            ({"hyperthyroidism": "untreated"}, "goes only with a new measurement or test"),
        ],
    )
    def test_some_stops_nobody_sets_aside(self, client, prescriber, therapist, patient, changes, words):
        screening = submitted(patient, case("clear", **changes), by=therapist)
        signed_in(client, prescriber)

        page = self.override(client, screening)

        assert page.status_code == 422
        assert words in page.text
        assert not Override.objects.exists()

    def test_a_weight_nobody_can_have_needs_a_new_measurement(self, client, prescriber, therapist, patient):
        intake = case("clear")
        intake["vitals"] = {**intake["vitals"], "weight": {"value": 40, "unit": "kg"}, "height_cm": 190}
        screening = submitted(patient, intake, by=therapist)
        signed_in(client, prescriber)

        page = post(client, screening, decision="approve", **judged(screening))

        assert page.status_code == 422
        assert "needs a new measurement" in page.text

    @pytest.mark.parametrize("typed", [{"reason": "short"}, {"risk_plan": ""}, {"expires_on": "2199-01-01"}])
    def test_an_override_needs_reason_plan_and_end(self, client, prescriber, single, typed):
        signed_in(client, prescriber)

        page = self.override(client, single, **typed)

        assert page.status_code == 422
        assert not Override.objects.exists()


@pytest.mark.parametrize("who", ["therapist", "nurse", "admin", "front_desk", "auditor"])
def test_only_prescribers_decide(client, request, waiting, who):
    signed_in(client, request.getfixturevalue(who))

    assert client.get(reverse("desk:reviews")).status_code == 403
    assert client.get(reverse("desk:review", args=[waiting.ref])).status_code == 403
    assert post(client, waiting, decision="decline").status_code == 403
    assert not Review.objects.exists()


def test_a_stranger_finds_nothing(client, stranger, waiting):
    signed_in(client, stranger)

    assert client.get(reverse("screening:check", args=[waiting.ref])).status_code == 404


def test_signing_asks_again_who_it_is_when_the_proof_is_old(client, prescriber, waiting, frozen):
    signed_in(client, prescriber)
    frozen(timezone.now() + timedelta(minutes=6))

    page = post(client, waiting, decision="approve", **judged(waiting))

    assert page.status_code == 302
    assert reverse("confirm") in page.url
    assert not Review.objects.exists()
