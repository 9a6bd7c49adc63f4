"""What must hold for any intake at all. Sizes are in the docstrings; examples are the same on every run."""

import copy
import json
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kap_clinic.dev.samples import sample_intakes
from screening.rules import (
    DEFAULTS,
    QUESTIONS,
    RULES,
    Overall,
    Severity,
    UnusableIntake,
    evaluate,
    evaluate_line,
)
from tests.screening.intakes import BLANK, days_ago, entry, intake

MANY = settings(max_examples=200, deadline=None, derandomize=True)

SAMPLES = list(sample_intakes(600, seed=7))
REQUIRED = [key for key, question in QUESTIONS.items() if question.required]
TEXTS = ["Xanax 1 mg", "ativann", "Nardil, stopped", "Ritalin prn", "Zoloft", "Tylenol", "blue thing", "moclobemide"]
TEXTS += ["Invega injection", "Prozac rivotrl", "phenobarbital", "none", "ketamine troche", "Suboxone 8/2 film"]
LAST_TAKEN = ["current", "never", None, "last week", *map(days_ago, (0, 1, 3, 7, 8, 14, 28, 30, 60, 90, 180, -1))]

samples = st.sampled_from(SAMPLES).map(copy.deepcopy)
entries = st.builds(entry, st.sampled_from(TEXTS), st.sampled_from(LAST_TAKEN))
plain = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["yes", "current"])
)
anything = plain | st.lists(plain, max_size=3) | st.dictionaries(st.text(max_size=8), plain, max_size=3)


def fired(result):
    return {finding.rule: finding.severity for finding in result.findings}


def is_no_milder(after, before):
    """Whether every rule that fired before still fires, as severely or more."""
    return all(rule in fired(after) and fired(after)[rule].rank <= was.rank for rule, was in fired(before).items())


def worry(key, answer):
    """How seriously an answer alone is taken: the worst severity of a tier that asks for it."""
    tiers = [tier for rule in RULES.values() for tier in rule.tiers if tier.key == key and answer in tier.codes]
    return min((tier.severity.rank for tier in tiers), default=len(Severity))


@given(samples, entries, st.integers(0, 4))
@MANY
def test_a_medicine_added_never_makes_a_screening_milder(given_intake, added, place):
    """200 intakes and entries. The list itself must be answered before: filling an empty one closes a gap."""
    before = evaluate(given_intake)
    assume(not {"medications", "no_medications"} & set(before.missing))

    given_intake["medications"].insert(place, added)
    after = evaluate(given_intake)

    assert after.overall.rank <= before.overall.rank
    assert is_no_milder(after, before)


@given(samples, st.data())
@MANY
def test_a_worse_answer_never_makes_a_screening_milder(given_intake, data):
    """200 intakes, each with one answer changed to one that is taken as seriously or more."""
    answers = given_intake["answers"]
    key = data.draw(
        st.sampled_from([key for key, question in QUESTIONS.items() if question.options and key in answers])
    )
    assume(key not in ("no_medications", "pregnancy_test"))  # these two say what else must be answered
    before = evaluate(given_intake)
    was = answers[key]

    answers[key] = data.draw(
        st.sampled_from([code for code in QUESTIONS[key].options if worry(key, code) <= worry(key, was)])
    )
    after = evaluate(given_intake)

    assert after.overall.rank <= before.overall.rank


@pytest.mark.parametrize(
    ("key", "milder_to_worse"),
    [
        ("systolic", [*range(135, 90, -1), *range(89, 80, -1)]),
        ("systolic", range(135, 261)),
        ("diastolic", range(70, 131)),
        ("diastolic", range(70, 29, -1)),
        ("heart_rate", range(72, 221)),
        ("heart_rate", range(72, 24, -1)),
        ("spo2", range(100, 49, -1)),
        ("temperature_c", [36.6 + step / 10 for step in range(64)]),
    ],
)
def test_a_worse_measurement_never_makes_a_screening_milder(key, milder_to_worse):
    """Every whole value (temperature: every tenth) from an unremarkable one to the last a patient can have."""
    vitals = {"systolic": 135, "diastolic": 70}
    results = [evaluate(intake(vitals=vitals | {key: value})) for value in milder_to_worse]

    ranks = [result.overall.rank for result in results]
    assert ranks == sorted(ranks, reverse=True)


@given(samples, st.sampled_from(REQUIRED), st.sampled_from([BLANK, None, "", "perhaps", float("nan")]))
@MANY
def test_without_a_required_answer_a_screening_is_never_clear(given_intake, key, blank):
    """200 intakes, each with one required answer taken away or made nonsense."""
    given_intake["answers"][key] = blank
    if blank is BLANK:
        del given_intake["answers"][key]

    result = evaluate(given_intake)

    assert result.overall in (Overall.INCOMPLETE, Overall.CONTRAINDICATED)
    assert key in result.missing


@given(samples, st.randoms(use_true_random=False))
@MANY
def test_the_order_of_answers_and_medicines_does_not_matter(given_intake, chance):
    """200 intakes, shuffled."""
    shuffled = copy.deepcopy(given_intake)
    chance.shuffle(shuffled["medications"])
    for part in ("answers", "vitals"):
        items = list(shuffled[part].items())
        chance.shuffle(items)
        shuffled[part] = dict(items)

    before, after = evaluate(given_intake), evaluate(shuffled)

    assert [(found.rule, found.severity) for found in after.findings] == [
        (found.rule, found.severity) for found in before.findings
    ]
    assert after.overall == before.overall
    assert len(after.missing) == len(before.missing)


@given(samples)
@MANY
def test_the_overall_result_is_the_first_line_that_applies(given_intake):
    """200 intakes, against screening-rules 1.2 written once more."""
    result = evaluate(given_intake)
    severities = set(fired(result).values())

    if Severity.CONTRAINDICATED in severities:
        expected = "contraindicated"
    elif result.missing:
        expected = "incomplete"
    elif Severity.NEEDS_PRESCRIBER_DECISION in severities:
        expected = "needs_prescriber_decision"
    else:
        expected = "caution" if Severity.CAUTION in severities else "clear"
    assert result.overall == expected


@given(samples)
@MANY
def test_a_result_is_in_order_and_fires_each_rule_once(given_intake):
    """200 intakes."""
    found = evaluate(given_intake).findings
    order = list(RULES)

    assert len({finding.rule for finding in found}) == len(found)
    keys = [(finding.severity.rank, order.index(finding.rule)) for finding in found]
    assert keys == sorted(keys)
    assert all(finding.reason and finding.evidence for finding in found)


@given(st.dictionaries(st.sampled_from(["assessment_date", "answers", "medications", "vitals", "id"]), anything))
@MANY
def test_nonsense_is_refused_or_incomplete_never_clear(nonsense):
    """200 objects of any JSON at all."""
    try:
        overall = evaluate(nonsense).overall
    except UnusableIntake:
        overall = None

    assert overall != Overall.CLEAR


@given(
    st.dictionaries(st.sampled_from(list(QUESTIONS)), anything),
    st.lists(st.fixed_dictionaries({"text": anything, "last_taken": anything}), max_size=3),
    st.dictionaries(st.sampled_from(["systolic", "diastolic", "weight", "spo2", "height_cm"]), anything),
)
@MANY
def test_any_values_in_the_right_places_are_answered(answers, medications, vitals):
    """200 intakes of the right shape with any JSON as values: always a result that JSON can hold."""
    line = evaluate_line({"answers": answers, "medications": medications, "vitals": vitals})

    assert line["overall"] in {*Overall} - {Overall.CLEAR}
    assert json.loads(json.dumps(line, allow_nan=False))["missing"] == line["missing"]


def test_samples_are_the_same_for_a_seed_and_varied():
    """200 of each: same seed, same intakes; many texts; every overall result comes up in 600."""
    assert list(sample_intakes(200, 3)) == list(sample_intakes(200, 3)) != list(sample_intakes(200, 4))
    assert len({listed["text"] for sample in SAMPLES for listed in sample["medications"]}) > 900
    assert {evaluate(sample).overall for sample in SAMPLES} == set(Overall)


def test_stricter_settings_never_make_a_screening_milder():
    """600 intakes, against days 50 % longer and limits of blood pressure and pulse 10 lower."""
    longer = {
        name: getattr(DEFAULTS, name) * 1.5
        for name in ("maoi_days", "benzodiazepine_days", "benzodiazepine_recent_days", "stimulant_days")
    }
    strict = type(DEFAULTS).from_values(
        longer | {"bp_stop_systolic": 150, "bp_caution_systolic": 130, "hr_stop_high": 110}
    )

    for sample in random.Random(5).sample(SAMPLES, 600):
        assert is_no_milder(evaluate(sample, strict), evaluate(sample))
