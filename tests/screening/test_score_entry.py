"""Forms answered outside the product: the figures typed in, one worked by hand for each of the 15."""

import math

import pytest

from screening.measures import Refusal, Severity, all_instruments, instrument, score

SCORE_ENTRY = [form for form in all_instruments() if form.is_score_entry]
DECIMAL_FIELDS = [("meq-30", "mystical"), ("ebi", "mean"), ("ceq", "total_mean"), ("ceq", "paranoia")]


def flags_of(result):
    return [flag.id for flag in result.flags]


def worked(answers, **figures):
    """A whole result, with what a form usually has unless the example says otherwise."""
    usual = {"valid": True, "complete": True, "prorated_total": None, "band": None, "subscales": {}, "flags": []}
    return answers, usual | figures


WORKED = {
    # 11 is the first moderate total (6-10 is mild).
    "qids-sr16": worked({"total": 11}, answered_sum=11, total=11, band="moderate"),
    # 34 is the last moderate total; the suicide item at 3 reaches the project's threshold.
    "madrs": worked(
        {"total": 34, "item10": 3},
        answered_sum=34,
        total=34,
        band="moderate",
        subscales={"item10": 3},
        flags=["madrs.item10"],
    ),
    # Thoughts with a method but no intent, plan or behaviour: moderate, so an assessment before dosing.
    "c-ssrs-screener": worked(
        {"q1": 1, "q2": 1, "q3": 1, "q4": 0, "q5": 0, "q6": 0},
        answered_sum=None,
        total=None,
        band="moderate",
        flags=["cssrs.assessment"],
    ),
    # 7 raw is 28%, the top of the stronger sign.
    "who-5": worked({"raw": 7}, answered_sum=7, total=7, band="very_low", subscales={"percent": 28}),
    # 14 is the last subthreshold total.
    "isi": worked({"total": 14}, answered_sum=14, total=14, band="subthreshold"),
    # 3 is both the first moderate total and the cut-off for a possible disorder.
    "dast-10": worked({"total": 3}, answered_sum=3, total=3, band="moderate", flags=["dast10.positive"]),
    # Exactly at all three limits: seven yes, at the same time, a moderate problem.
    "mdq": worked(
        {"yes_count": 7, "same_time": 1, "problem": 2},
        answered_sum=None,
        total=None,
        band="positive",
        flags=["mdq.positive"],
    ),
    # Above 4 is dissociation present; expected in a session, so no flag.
    "cadss": worked({"total": 5}, answered_sum=5, total=5, band="present"),
    # No published cut-off, so no band.
    "cadss-6": worked({"total": 12}, answered_sum=12, total=12),
    # (15 x 3.2 + 6 x 4 + 6 x 3.5 + 3 x 3) / 30 = (48 + 24 + 21 + 9) / 30 = 3.4; each mean reaches 3.0.
    "meq-30": worked(
        {"mystical": 3.2, "positive_mood": 4, "transcendence": 3.5, "ineffability": 3.0},
        answered_sum=None,
        total=3.4,
        band="complete",
        subscales={"mystical": 3.2, "positive_mood": 4, "transcendence": 3.5, "ineffability": 3.0},
    ),
    # The mean of six sliders, stored as typed; no cut-off.
    "ebi": worked({"mean": 66.7}, answered_sum=None, total=66.7),
    # A mean of 3.0 asks for an integration call; only two parts were worked out.
    "ceq": worked(
        {"total_mean": 3.0, "fear": 3.4, "grief": 2.17},
        answered_sum=None,
        total=3.0,
        subscales={
            **{"fear": 3.4, "grief": 2.17, "physical_distress": None, "insanity": None},
            **{"isolation": None, "death": None, "paranoia": None},
        },
        flags=["ceq.high"],
    ),
    # 3 in the 0-14 scoring is abnormal.
    "shaps": worked({"total": 3}, answered_sum=3, total=3, band="anhedonia"),
    # Not working: at most 32 can be reached, and it is.
    "wsas": worked({"total": 32, "retired": 1}, answered_sum=32, total=32, band="moderately_severe"),
    # 5 + 4 + 3 = 12, the top of mild; work alone reaches 5 and is impaired.
    "sds": worked(
        {"work": 5, "social": 4, "family": 3},
        answered_sum=12,
        total=12,
        band="mild",
        subscales={"work": 5, "social": 4, "family": 3},
        flags=["sds.impaired"],
    ),
}


@pytest.mark.parametrize("form", SCORE_ENTRY, ids=lambda form: form.id)
def test_an_example_worked_by_hand(form):
    answers, expected = WORKED[form.id]

    assert score(form.id, answers).as_json() == expected


# What may be typed


@pytest.mark.parametrize("value", [True, 3.0, "3", [], {}, math.nan])
@pytest.mark.parametrize("form", SCORE_ENTRY, ids=lambda form: form.id)
def test_a_whole_figure_is_typed_as_an_integer(form, value):
    for field in form.fields:
        if field.whole:
            assert score(form.id, {field.id: value}) == Refusal("not_an_integer", field.id)


@pytest.mark.parametrize("value", [True, False, "3.1", math.nan, math.inf, -math.inf, [], {}])
@pytest.mark.parametrize(("form_id", "field"), DECIMAL_FIELDS)
def test_a_mean_is_a_number(form_id, field, value):
    assert score(form_id, {field: value}) == Refusal("not_a_number", field)


@pytest.mark.parametrize("value", [0, 5, 3, 3.0, 0.01, 0.07, 1.1, 2.29, 4.35, 4.99])
def test_a_mean_may_be_any_hundredth(value):
    assert score("ceq", {"total_mean": value}).total == value


@pytest.mark.parametrize("value", [0.001, 2.005, 3.333333333333, 5e-324, 0.1 + 0.2])
def test_a_mean_between_the_steps_is_refused(value):
    assert score("ceq", {"total_mean": value}) == Refusal("off_step", "total_mean")
    assert score("ebi", {"mean": 66.67}) == Refusal("off_step", "mean")


@pytest.mark.parametrize("form", SCORE_ENTRY, ids=lambda form: form.id)
def test_a_figure_outside_its_field_is_refused(form):
    for field in form.fields:
        for value in (field.low - 1, field.high + 1, 10**5000, -(10**5000)):
            assert score(form.id, {field.id: value}) == Refusal("out_of_range", field.id)


@pytest.mark.parametrize("form", SCORE_ENTRY, ids=lambda form: form.id)
def test_an_empty_entry_knows_nothing(form):
    result = score(form.id, {})

    assert (result.complete, result.answered_sum, result.total, result.band) == (False, None, None, None)
    assert result.flags == ()


# What each form says for itself


@pytest.mark.parametrize(
    ("total", "retired", "stands"), [(33, 1, False), (32, 1, True), (40, 0, True), (33, None, True)]
)
def test_out_of_work_the_wsas_ends_at_32(total, retired, stands):
    result = score("wsas", {"total": total, "retired": retired})

    assert result.valid is stands
    if not stands:
        assert result == Refusal("out_of_range", "total")


def test_wsas_is_incomplete_until_it_is_known_whether_work_applies():
    result = score("wsas", {"total": 12})

    assert (result.complete, result.total, result.band) == (False, 12, "significant")


def test_without_work_the_sds_has_no_total_but_its_domains_stand():
    result = score("sds", {"work": None, "social": 6, "family": 2})

    assert (result.complete, result.answered_sum, result.total, result.band) == (True, 8, None, None)
    assert flags_of(result) == ["sds.impaired"]


@pytest.mark.parametrize("domain", ["work", "social", "family"])
def test_any_domain_of_five_is_impaired(domain):
    assert flags_of(score("sds", {domain: 5})) == ["sds.impaired"]
    assert flags_of(score("sds", {domain: 4})) == []


@pytest.mark.parametrize(
    ("yes_count", "same_time", "problem", "band"),
    [
        *[(7, 1, 2, "positive"), (13, 1, 3, "positive"), (6, 1, 3, "negative"), (13, 0, 3, "negative")],
        *[(13, 1, 1, "negative"), (13, 1, None, None), (None, 1, 2, None), (7, None, 2, None)],
    ],
)
def test_an_mdq_is_positive_only_when_all_three_say_so(yes_count, same_time, problem, band):
    result = score("mdq", {"yes_count": yes_count, "same_time": same_time, "problem": problem})

    assert result.band == band
    assert flags_of(result) == ["mdq.positive"] * (band == "positive")


@pytest.mark.parametrize("short", ["mystical", "positive_mood", "transcendence", "ineffability"])
def test_one_mean_below_sixty_percent_is_no_complete_mystical_experience(short):
    means = dict.fromkeys(["mystical", "positive_mood", "transcendence", "ineffability"], 5) | {short: 2.99}

    assert score("meq-30", means).band == "not_complete"
    assert score("meq-30", means | {short: None}).band is None
    assert score("meq-30", means | {short: None}).total is None


def test_the_meq30_mean_weighs_each_part_by_its_items():
    """(15 x 1 + 6 x 0 + 6 x 0 + 3 x 0) / 30 = 0.5, and in thousandths without binary dust."""
    means = {"mystical": 1, "positive_mood": 0, "transcendence": 0, "ineffability": 0}

    assert score("meq-30", means).total == 0.5
    assert score("meq-30", means | {"mystical": 0.1, "ineffability": 0.07}).total == 0.057


ALL_NO = {"q1": 0, "q2": 0, "q6": 0}
ASKED_ON = {"q1": 1, "q2": 1, "q3": 0, "q4": 0, "q5": 0, "q6": 0}


@pytest.mark.parametrize(
    ("answers", "level", "complete", "flags"),
    [
        (ALL_NO, "none", True, []),
        (ALL_NO | {"q1": 1}, "low", True, []),
        (ASKED_ON, "low", True, []),
        (ASKED_ON | {"q3": 1}, "moderate", True, ["cssrs.assessment"]),
        (ALL_NO | {"q6": 1, "q6_recent": 0}, "moderate", True, ["cssrs.assessment"]),
        (ALL_NO | {"q6": 1, "q6_recent": 1}, "high", True, ["cssrs.assessment", "cssrs.high"]),
        (ASKED_ON | {"q4": 1}, "high", True, ["cssrs.assessment", "cssrs.high"]),
        (ASKED_ON | {"q5": 1}, "high", True, ["cssrs.assessment", "cssrs.high"]),
        ({"q4": 1}, "high", False, ["cssrs.assessment", "cssrs.high"]),  # an answer out of turn still counts
        ({"q1": 0, "q2": 0}, None, False, []),
        ({"q1": 1, "q2": 1, "q6": 0}, None, False, ["cssrs.unanswered"]),
        (ASKED_ON | {"q5": None}, None, False, ["cssrs.unanswered"]),
        (ALL_NO | {"q6": 1}, "moderate", False, ["cssrs.assessment", "cssrs.unanswered"]),
    ],
)
def test_the_cssrs_triage(answers, level, complete, flags):
    result = score("c-ssrs-screener", answers)

    assert (result.band, result.complete, flags_of(result)) == (level, complete, flags)


def test_a_high_cssrs_blocks_dosing():
    severities = {flag.id: flag.severity for flag in score("c-ssrs-screener", {"q5": 1}).flags}

    assert severities == {"cssrs.assessment": Severity.HIGH, "cssrs.high": Severity.CRITICAL}


@pytest.mark.parametrize(("item10", "flags"), [(2, []), (3, ["madrs.item10"]), (6, ["madrs.item10"]), (None, [])])
def test_the_madrs_suicide_item_raises_its_flag_whatever_the_total(item10, flags):
    assert flags_of(score("madrs", {"total": 6, "item10": item10})) == flags
    assert flags_of(score("madrs", {"item10": item10})) == flags


def test_ceq_asks_for_a_call_from_three():
    assert flags_of(score("ceq", {"total_mean": 2.99})) == []
    assert score("ceq", {"total_mean": 3}).flags[0].severity is Severity.MEDIUM


@pytest.mark.parametrize("raw", range(26))
def test_who5_shows_four_times_its_raw_total(raw):
    assert score("who-5", {"raw": raw}).subscales == {"percent": raw * 4}
    assert instrument("who-5").band(raw).key == ("very_low" if raw * 4 <= 28 else "low" if raw < 13 else "adequate")
