"""The rules every instrument is scored by (instruments.md 2), and what each form says for itself."""

import json
import math
from pathlib import Path

import pytest

import screening.measures
from screening.measures import (
    HigherIs,
    Rater,
    Refusal,
    Severity,
    Target,
    UnknownInstrument,
    all_instruments,
    applies,
    asq_answer,
    change,
    instrument,
    read_shipped,
    score,
)

SHIPPED = [form for form in all_instruments() if not form.is_score_entry]
SCORE_ENTRY = [form for form in all_instruments() if form.is_score_entry]


def answers_to(form_id, *values):
    """The form's items answered in order; items beyond the given values stay unanswered."""
    return {item.link_id: value for item, value in zip(instrument(form_id).items, values, strict=False)}


def flags_of(result):
    return [flag.id for flag in result.flags]


def name(form):
    return form.id


# What there is


def test_twelve_forms_ship_with_text_and_fifteen_without():
    assert [form.id for form in SHIPPED] == [
        *("phq-9", "phq-2", "gad-7", "pcl-5", "pc-ptsd-5", "audit-c"),
        *("asq", "cgi-s", "cgi-i", "kap-dr", "kap-bladder", "kap-craving"),
    ]
    assert [form.id for form in SCORE_ENTRY] == [
        *("qids-sr16", "madrs", "c-ssrs-screener", "who-5", "isi", "dast-10", "mdq", "cadss", "cadss-6"),
        *("meq-30", "ebi", "ceq", "shaps", "wsas", "sds"),
    ]


@pytest.mark.parametrize("form", SCORE_ENTRY, ids=name)
def test_a_score_entry_form_holds_no_wording(form):
    assert not form.items
    assert form.stem is None
    assert form.instructions is None
    assert form.recall


@pytest.mark.parametrize("form", SHIPPED, ids=name)
def test_a_shipped_form_has_all_a_page_needs(form):
    assert form.title
    assert form.credit
    assert form.recall
    assert [item.number for item in form.items] == sorted({item.number for item in form.items})
    assert all(item.text and len(item.options) > 1 and all(o.label for o in item.options) for item in form.items)


@pytest.mark.parametrize("form", SHIPPED, ids=name)
def test_only_the_forms_written_for_this_project_say_they_are_not_validated(form):
    assert bool(form.unvalidated_notice) == form.id.startswith("kap-")


def test_each_form_says_who_rates_it():
    assert instrument("phq-9").rater is Rater.PATIENT
    assert instrument("asq").rater is Rater.ASKED
    assert instrument("kap-dr").rater is Rater.CLINICIAN
    assert instrument("madrs").rater is Rater.CLINICIAN


def test_an_unknown_id_is_an_error_to_the_programmer():
    with pytest.raises(UnknownInstrument, match="phq-10"):
        instrument("phq-10")


def test_an_item_is_found_by_its_link_id():
    assert instrument("phq-9").item("phq9.9").number == 9
    with pytest.raises(LookupError, match=r"phq9\.11"):
        instrument("phq-9").item("phq9.11")


# Published ranges and cut-offs


@pytest.mark.parametrize("form", SHIPPED, ids=name)
def test_the_answer_values_add_up_to_the_published_range(form):
    scored = [form.item(link_id) for link_id in form.scoring.scored_items]
    values = [[value for value in item.values if value != 9 or form.id != "asq"] for item in scored]  # 9 counts 0

    assert sum(min(v) for v in values) == form.scoring.low
    assert sum(max(v) for v in values) == form.scoring.high


@pytest.mark.parametrize(
    ("form_id", "low", "high"),
    [
        *[("phq-9", 0, 27), ("phq-2", 0, 6), ("gad-7", 0, 21), ("pcl-5", 0, 80), ("pc-ptsd-5", 0, 5)],
        *[("audit-c", 0, 12), ("cgi-s", 1, 7), ("cgi-i", 1, 7), ("kap-dr", 0, 16), ("kap-bladder", 0, 18)],
        *[("kap-craving", 0, 10), ("qids-sr16", 0, 27), ("madrs", 0, 60), ("who-5", 0, 25), ("isi", 0, 28)],
        *[("dast-10", 0, 10), ("cadss", 0, 92), ("cadss-6", 0, 24), ("meq-30", 0, 5), ("ebi", 0, 100)],
        *[("ceq", 0, 5), ("shaps", 0, 14), ("wsas", 0, 40), ("sds", 0, 30)],
    ],
)
def test_every_quantity_keeps_its_published_range(form_id, low, high):
    assert instrument(form_id).total_range == (low, high)


@pytest.mark.parametrize("form_id", ["asq", "c-ssrs-screener", "mdq"])
def test_a_category_has_no_range_and_no_trend(form_id):
    assert instrument(form_id).total_range is None
    assert change(form_id, 2, 1) == Refusal("not_trended")


@pytest.mark.parametrize("form", [form for form in all_instruments() if form.bands and form.total_range], ids=name)
def test_bands_cover_the_range_without_gap_or_overlap(form):
    if form.id == "meq-30":
        assert [band.low for band in form.bands] == [None, None]  # a rule over four means decides
        return
    covered = [total for band in form.bands for total in range(band.low, band.high + 1)]

    assert covered == list(range(form.total_range[0], form.total_range[1] + 1))


@pytest.mark.parametrize(
    ("form_id", "first_of_each_band"),
    [
        ("phq-9", {"minimal": 0, "mild": 5, "moderate": 10, "moderately_severe": 15, "severe": 20}),
        ("phq-2", {"negative": 0, "positive": 3}),
        ("gad-7", {"minimal": 0, "mild": 5, "moderate": 10, "severe": 15}),
        ("pcl-5", {"below_cutoff": 0, "borderline": 31, "at_or_above_cutoff": 33}),
        ("pc-ptsd-5", {"negative": 0, "positive_sensitive": 3, "positive": 4}),
        ("audit-c", {"lower_risk": 0, "increasing_risk": 5, "higher_risk": 8, "possible_dependence": 11}),
        ("cgi-i", {"responder": 1, "minimal_improvement": 3, "no_change": 4, "minimal_worsening": 5, "worse": 6}),
        ("kap-dr", {"none": 0, "mild": 1, "moderate": 5, "marked": 9, "extreme": 13}),
        ("kap-bladder", {"minimal": 0, "mild": 3, "moderate": 7, "marked": 12}),
        ("kap-craving", {"none": 0, "low": 1, "moderate": 4, "high": 7}),
        ("qids-sr16", {"none": 0, "mild": 6, "moderate": 11, "severe": 16, "very_severe": 21}),
        ("madrs", {"normal": 0, "mild": 7, "moderate": 20, "severe": 35}),
        ("who-5", {"very_low": 0, "low": 8, "adequate": 13}),
        ("isi", {"none": 0, "subthreshold": 8, "moderate": 15, "severe": 22}),
        ("dast-10", {"none": 0, "low": 1, "moderate": 3, "substantial": 6, "severe": 9}),
        ("cadss", {"not_relevant": 0, "present": 5}),
        ("shaps", {"normal": 0, "anhedonia": 3}),
        ("wsas", {"subclinical": 0, "significant": 10, "moderately_severe": 21}),
        ("sds", {"remission": 0, "mild": 7, "impaired": 13}),
    ],
)
def test_every_band_begins_at_its_published_cut_off(form_id, first_of_each_band):
    assert {band.key: band.low for band in instrument(form_id).bands} == first_of_each_band


@pytest.mark.parametrize("form", all_instruments(), ids=name)
def test_every_flag_says_how_serious_it_is_and_what_to_do(form):
    for alert in form.alerts:
        assert alert.flag.severity in Severity
        assert alert.flag.action.endswith((".", "?"))


# Refusals


@pytest.mark.parametrize("value", [True, False, 3.0, 1.5, "1", "", [], [1], {}, math.nan, math.inf])
@pytest.mark.parametrize("form", SHIPPED, ids=name)
def test_an_answer_that_is_no_integer_refuses_the_whole_response(form, value):
    last = form.items[-1].link_id

    assert score(form.id, {last: value}) == Refusal("not_an_integer", last)


@pytest.mark.parametrize("value", [-1, 8, 11, 10**30])
@pytest.mark.parametrize("form", [form for form in SHIPPED if form.id != "kap-craving"], ids=name)
def test_a_value_that_is_no_option_refuses_the_whole_response(form, value):
    first = form.items[0].link_id

    assert score(form.id, {first: value}) == Refusal("out_of_range", first)


def test_between_the_options_is_out_of_range_too():
    assert score("asq", {"asq.1": 5}) == Refusal("out_of_range", "asq.1")
    assert score("asq", {"asq.1": 9}).valid


@pytest.mark.parametrize("form", all_instruments(), ids=name)
def test_an_unknown_item_refuses_the_whole_response_even_unanswered(form):
    assert score(form.id, {"phq9.11": None}) == Refusal("unknown_item", "phq9.11")


def test_the_first_fault_in_the_order_of_the_form_is_named():
    answers = {"nonsense": 1, "phq9.7": True, "phq9.2": 9}

    assert score("phq-9", answers) == Refusal("out_of_range", "phq9.2")


@pytest.mark.parametrize("form_id", ["phq-10", "", None, 9, ["phq-9"], {}])
def test_an_unknown_instrument_is_refused(form_id):
    assert score(form_id, {}) == Refusal("unknown_instrument")
    assert change(form_id, 10, 5) == Refusal("unknown_instrument")


@pytest.mark.parametrize("answers", [None, [], "phq9.1", 3, True])
def test_answers_that_are_no_object_are_refused(answers):
    assert score("phq-9", answers) == Refusal("answers_not_an_object")


def test_a_context_that_is_no_object_is_refused():
    assert score("audit-c", {}, "female") == Refusal("context_not_an_object")


# Missing answers


def test_absent_and_null_answers_are_the_same():
    full = answers_to("phq-9", 1, 2, 3, 0, 1, 2, 3, 0, 1, 2)
    absent = {link_id: value for link_id, value in full.items() if link_id != "phq9.4"}

    assert score("phq-9", full | {"phq9.4": None}) == score("phq-9", absent)


def test_an_empty_form_has_no_total_no_estimate_and_no_flag():
    for form in SHIPPED:
        result = score(form.id, {})

        assert (result.complete, result.answered_sum, result.total, result.prorated_total) == (False, 0, None, None)
        assert result.band is None
        assert result.flags == ()


@pytest.mark.parametrize(
    ("form_id", "values", "estimate"),
    [
        ("phq-9", [0, 1, 2, 1, 0, 0, 0, 0], 5),  # 4 x 9 / 8 = 4.5, half up; half to even would say 4
        ("phq-9", [0, 1, 1, 0, 0, 0, 0], 3),  # 2 x 9 / 7 = 2.57
        ("phq-9", [0, 1, 1, 0, 0, 0], None),  # three missing
        ("gad-7", [1, 1, 1, 0, 0, 0], 4),  # 3 x 7 / 6 = 3.5, half up
        ("gad-7", [1, 1, 1, 0, 0], None),
        ("pcl-5", [1] * 8 + [0] * 8, 10),  # 8 x 20 / 16 = 10
        ("pcl-5", [1] * 15, None),
        ("kap-bladder", [1, 1, 1, 1, 1], 6),
        ("kap-bladder", [1, 1, 1, 1], None),
        ("phq-2", [3], None),  # no estimate for these forms
        ("pc-ptsd-5", [1, 1, 1, 1, 1], None),
        ("audit-c", [4, 4], None),
        ("kap-dr", [1, 1, 1], None),
    ],
)
def test_an_estimate_is_given_for_few_missing_items_and_rounds_half_up(form_id, values, estimate):
    result = score(form_id, answers_to(form_id, *values))

    assert result.total is None
    assert result.prorated_total == estimate
    assert result.band is None


def test_a_complete_form_has_no_estimate():
    assert score("gad-7", answers_to("gad-7", *[1] * 7)).prorated_total is None


def test_an_estimate_raises_no_alert():
    result = score("gad-7", answers_to("gad-7", 3, 3, 2, 2, 2, 2))

    assert result.answered_sum == 14
    assert result.prorated_total == 16
    assert result.flags == ()


def test_a_required_item_outside_the_total_can_leave_a_form_incomplete_with_a_total():
    bladder = score("kap-bladder", answers_to("kap-bladder", 1, 1, 1, 0, 0, 0))
    dissociation = score("kap-dr", answers_to("kap-dr", 1, 1, 1, 0))
    craving = score("kap-craving", {"kapcr.1": 4})

    assert [(r.complete, r.total, r.band) for r in (bladder, dissociation, craving)] == [
        (False, 3, "mild"),
        (False, 3, "mild"),
        (False, 4, "moderate"),
    ]
    assert dissociation.subscales == {"distress": None}
    assert craving.subscales == {"outside_use_days": None}


def test_phq9_is_complete_without_its_difficulty_item():
    result = score("phq-9", answers_to("phq-9", *[1] * 9))

    assert result.complete
    assert result.total == 9


# Flags


@pytest.mark.parametrize(
    ("form_id", "answers", "flags"),
    [
        ("phq-9", {"phq9.9": 1}, ["phq9.item9.any"]),
        ("phq-9", {"phq9.9": 3}, ["phq9.item9.any", "phq9.item9.frequent"]),
        ("phq-9", {"phq9.10": 2}, ["phq9.function"]),
        ("phq-2", {"phq2.1": 3}, ["phq2.positive"]),
        ("pcl-5", {"pcl5.16": 3}, ["pcl5.item16"]),
        ("pc-ptsd-5", {"pcptsd5.1": 1, "pcptsd5.2": 1, "pcptsd5.3": 1}, ["pcptsd5.positive_sensitive"]),
        ("audit-c", {"auditc.1": 4, "auditc.2": 4}, ["auditc.high", "auditc.positive"]),
        ("asq", {"asq.5": 1}, ["asq.acute", "asq.positive"]),
        ("asq", {"asq.2": 9}, ["asq.acute", "asq.positive"]),
        ("kap-dr", {"kapdr.5": 3}, ["kapdr.distress"]),
        ("kap-bladder", {"kapbl.7": 1}, ["kapbl.blood"]),
        ("kap-bladder", {"kapbl.5": 2, "kapbl.6": 2}, ["kapbl.dysuria", "kapbl.pain"]),
        ("kap-craving", {"kapcr.2": 1}, ["kapcr.outside_use"]),
    ],
)
def test_a_flag_is_raised_by_an_unfinished_form(form_id, answers, flags):
    result = score(form_id, answers)

    assert not result.complete
    assert flags_of(result) == flags


@pytest.mark.parametrize(
    ("form_id", "answers", "flag"),
    [
        ("phq-9", dict.fromkeys([f"phq9.{n}" for n in range(1, 9)], 2) | {"phq9.9": 0}, "phq9.severe"),  # 16
        ("gad-7", answers_to("gad-7", *[2] * 7), "gad7.severe"),  # 14
        ("pcl-5", answers_to("pcl-5", *[2] * 12, *[1] * 8), "pcl5.probable"),  # 32
        ("pcl-5", {"pcl5.16": 2}, "pcl5.item16"),
        ("cgi-s", {"cgis.1": 5}, "cgis.severe"),
        ("cgi-i", {"cgii.1": 5}, "cgii.worse"),
        ("kap-dr", answers_to("kap-dr", 2, 2, 2, 2, 2), "kapdr.marked"),  # 8
        ("kap-bladder", answers_to("kap-bladder", 1, 1, 1, 1, 1, 1, 0), "kapbl.moderate"),  # 6
        ("kap-craving", {"kapcr.1": 6, "kapcr.2": 0}, "kapcr.high"),
    ],
)
def test_one_below_its_threshold_a_flag_stays_down(form_id, answers, flag):
    assert flag not in flags_of(score(form_id, answers))


def test_a_flag_carries_its_severity_and_its_action():
    any_thought, frequent = score("phq-9", {"phq9.9": 2}).flags

    assert any_thought.severity is Severity.HIGH
    assert frequent.severity is Severity.CRITICAL
    assert frequent.action.startswith("Immediate clinician contact")


# Skips, gates and items that are not shown


def test_never_drinking_needs_no_further_answer():
    result = score("audit-c", {"auditc.1": 0}, {"sex": "male"})

    assert (result.complete, result.total, result.band) == (True, 0, "lower_risk")
    assert result.subscales == {"screen_positive": False}


def test_an_answer_that_contradicts_never_still_counts():
    """Only a blank is read as 0: what a patient did answer is not thrown away."""
    result = score("audit-c", {"auditc.1": 0, "auditc.2": 3, "auditc.3": None})

    assert (result.complete, result.answered_sum, result.total) == (True, 3, 3)
    assert flags_of(result) == ["auditc.positive"]


@pytest.mark.parametrize(
    ("context", "positive"),
    [
        *[({"sex": "male"}, False), ({"sex": "female"}, True), ({"sex": None}, True), ({"sex": "other"}, True)],
        *[({}, True), (None, True), ({"sex": ["male"]}, True)],
    ],
)
def test_the_alcohol_cut_off_is_three_unless_the_patient_is_a_man(context, positive):
    result = score("audit-c", answers_to("audit-c", 1, 1, 1), context)

    assert result.subscales == {"screen_positive": positive}
    assert flags_of(result) == ["auditc.positive"] * positive


def test_a_closed_gate_ends_the_form_and_ignores_what_follows():
    result = score("pc-ptsd-5", answers_to("pc-ptsd-5", 0, 1, 1, 1, 1, 1))

    assert (result.complete, result.answered_sum, result.total, result.band) == (True, 0, 0, "negative")
    assert result.flags == ()


def test_an_unanswered_gate_leaves_no_total_but_hears_the_answers():
    result = score("pc-ptsd-5", answers_to("pc-ptsd-5", None, 1, 1, 1, 1, 0))

    assert (result.complete, result.answered_sum, result.total, result.band) == (False, 4, None, None)
    assert flags_of(result) == ["pcptsd5.positive", "pcptsd5.positive_sensitive"]


def test_a_difficulty_answered_without_a_symptom_still_raises_its_flag():
    result = score("phq-9", answers_to("phq-9", *[0] * 9, 3))

    assert result.total == 0
    assert flags_of(result) == ["phq9.function"]


def test_an_item_is_shown_when_the_answers_before_it_ask_for_it():
    difficulty = instrument("phq-9").item("phq9.10")
    acuity = instrument("asq").item("asq.5")
    typical_day = instrument("audit-c").item("auditc.2")

    assert not applies(difficulty, answers_to("phq-9", *[0] * 9))
    assert applies(difficulty, {"phq9.9": 1})
    assert applies(acuity, {"asq.3": 9})
    assert not applies(acuity, dict.fromkeys(["asq.1", "asq.2", "asq.3", "asq.4"], 0))
    assert not applies(typical_day, {"auditc.1": 0})
    assert not applies(typical_day, {})
    assert applies(instrument("audit-c").item("auditc.1"), {})


# ASQ, a category


@pytest.mark.parametrize(
    ("values", "category", "complete", "total"),
    [
        ([0, 0, 0, 0], "negative", True, 0),
        ([0, 0, 0, 0, 0], "negative", True, 0),
        ([0, 0, 0, 0, 9], "negative", True, 0),
        ([0, 0, 0, 0, 1], "acute_positive", True, 0),
        ([0, 0, 0], None, False, None),
        ([0, 0, 0, None, 1], "acute_positive", False, None),
        ([1, None, None, None, 0], "non_acute_positive", False, None),
        ([1, 1, 1, 1, 0], "non_acute_positive", True, 4),
        ([1, 9, 0, 0, 9], "positive_acuity_unknown", True, 1),
        ([0, 0, 9, 0], "positive_acuity_unknown", False, 0),
        ([0, 0, 9, 0, 1], "acute_positive", True, 0),
        ([None, None, None, None, 0], None, False, None),
    ],
)
def test_an_asq_is_read_as_a_category(values, category, complete, total):
    result = score("asq", answers_to("asq", *values))

    assert (result.band, result.complete, result.total) == (category, complete, total)


@pytest.mark.parametrize(
    ("category", "answer"),
    [
        ("negative", "negative"),
        ("non_acute_positive", "non_acute"),
        ("acute_positive", "acute"),
        ("positive_acuity_unknown", "unknown_acuity"),
        (None, None),
    ],
)
def test_screening_gets_its_own_word_for_an_asq(category, answer):
    assert asq_answer(category) == answer


def test_every_asq_category_has_a_word_in_screening():
    assert all(asq_answer(band.key) for band in instrument("asq").bands)


# Derived figures


def test_item_nine_counts_as_a_symptom_at_one():
    without = score("phq-9", answers_to("phq-9", 2, 2, 2, 2, 1, 1, 1, 1, 0))
    with_it = score("phq-9", answers_to("phq-9", 2, 2, 2, 2, 1, 1, 1, 1, 1))

    assert (without.subscales["symptom_count"], without.subscales["major_depressive_syndrome"]) == (4, False)
    assert without.subscales["other_depressive_syndrome"] is True
    assert (with_it.subscales["symptom_count"], with_it.subscales["major_depressive_syndrome"]) == (5, True)


def test_no_depressive_syndrome_without_a_core_symptom():
    result = score("phq-9", answers_to("phq-9", 1, 1, 3, 3, 3, 3, 3, 3, 3))

    assert result.subscales["symptom_count"] == 7
    assert result.subscales["major_depressive_syndrome"] is False
    assert result.subscales["other_depressive_syndrome"] is False


def test_the_dsm5_rule_needs_one_b_one_c_two_d_and_two_e():
    just_met = dict.fromkeys([f"pcl5.{n}" for n in range(1, 21)], 0) | dict.fromkeys(
        ["pcl5.1", "pcl5.6", "pcl5.8", "pcl5.9", "pcl5.15", "pcl5.16"], 2
    )

    assert score("pcl-5", just_met).subscales["dsm5_provisional"] is True
    for needed in ("pcl5.1", "pcl5.6", "pcl5.9", "pcl5.16"):
        assert score("pcl-5", just_met | {needed: 1}).subscales["dsm5_provisional"] is False


# Change


@pytest.mark.parametrize(
    ("form_id", "baseline", "current", "expected"),
    [
        # id, totals, and (response, remission, mcid better, worse, reliable better, worse); None is no rule
        ("phq-9", 10, 5, (True, False, True, False, False, False)),
        ("phq-9", 11, 6, (False, False, True, False, False, False)),  # 45.45...% is not half
        ("phq-9", 5, 11, (None, False, False, True, False, True)),
        ("gad-7", 8, 4, (True, True, True, False, False, False)),
        ("gad-7", 7, 3, (None, True, True, False, False, False)),
        ("gad-7", 3, 9, (None, False, False, True, False, True)),
        ("pcl-5", 43, 28, (True, True, True, False, True, False)),
        ("pcl-5", 43, 29, (False, False, True, False, False, False)),
        ("pcl-5", 10, 0, (False, True, True, False, False, False)),
        ("cgi-s", 4, 2, (None, True, True, False, None, None)),
        ("cgi-i", 4, 2, (True, None, None, None, None, None)),
        ("cgi-i", 2, 3, (False, None, None, None, None, None)),
        ("qids-sr16", 10, 5, (True, True, None, None, None, None)),
        ("madrs", 30, 15, (True, False, True, False, None, None)),
        ("madrs", 30, 25, (False, False, False, False, None, None)),
        ("isi", 15, 7, (True, True, True, False, None, None)),
        ("isi", 15, 8, (False, False, True, False, None, None)),
        ("shaps", 5, 2, (None, True, None, None, None, None)),
        ("wsas", 18, 10, (None, False, True, False, None, None)),
        ("wsas", 9, 17, (None, False, False, True, None, None)),
        ("sds", 20, 12, (True, False, None, None, None, None)),
        ("sds", 0, 6, (True, True, None, None, None, None)),
        ("audit-c", 8, 4, (None, None, None, None, None, None)),
    ],
)
def test_change_is_judged_by_the_rules_of_the_form(form_id, baseline, current, expected):
    result = change(form_id, baseline, current)

    assert result.change == current - baseline
    assert (
        result.response,
        result.remission,
        result.mcid_improved,
        result.mcid_worsened,
        result.reliable_improvement,
        result.reliable_deterioration,
    ) == expected


def test_a_baseline_of_zero_has_no_percentage_and_no_percentage_response():
    result = change("madrs", 0, 4)

    assert result.percent_decrease is None
    assert result.response is None
    assert result.change == 4


@pytest.mark.parametrize(
    ("baseline", "current", "percent"), [(27, 26, 3.7), (18, 9, 50.0), (12, 12, 0.0), (10, 15, -50.0), (3, 1, 66.7)]
)
def test_the_percentage_is_shown_to_one_decimal(baseline, current, percent):
    shown = change("phq-9", baseline, current).percent_decrease

    assert shown == percent
    assert str(shown) != "-0.0"


def test_response_looks_at_the_percentage_before_it_is_rounded():
    """No published threshold can tell them apart on whole totals, so a made-up one does."""
    data = shipped_data("phq-9")
    data["change"]["response"] = {"type": "percent_decrease", "value": 66.7}
    two_thirds = read_shipped(data)

    result = change(two_thirds, 12, 4)  # 66.666...%

    assert result.percent_decrease == 66.7
    assert result.response is False


def test_on_who5_higher_is_better_and_points_are_percent():
    assert instrument("who-5").higher_is is HigherIs.BETTER
    better, hardly, worse = change("who-5", 10, 13), change("who-5", 10, 12), change("who-5", 13, 10)

    assert (better.change, better.percent_decrease) == (3, -30.0)
    assert (better.mcid_improved, better.mcid_worsened) == (True, False)  # 12 of 100 points
    assert (hardly.mcid_improved, hardly.mcid_worsened) == (False, False)  # 8
    assert (worse.mcid_improved, worse.mcid_worsened) == (False, True)


def test_means_change_without_binary_dust():
    assert change("ceq", 0.3, 0.1).change == -0.2
    assert change("ebi", 70.1, 70.2).change == 0.1


def test_a_clinic_may_hold_to_its_own_remission():
    assert change("madrs", 30, 12).remission is False
    assert change("madrs", 30, 12, remission=Target("<=", 12)).remission is True


def test_below_caseness_is_told_beside_remission():
    result = change("phq-9", 18, 9)

    assert result.remission is False
    assert result.recovered is True
    assert change("gad-7", 14, 8).recovered is False


def test_bladder_symptoms_that_rise_by_four_ask_for_a_review():
    assert flags_of(change("kap-bladder", 2, 6)) == ["kapbl.rise"]
    assert flags_of(change("kap-bladder", 2, 5)) == []
    assert flags_of(change("kap-bladder", 6, 2)) == []


@pytest.mark.parametrize(
    ("baseline", "current", "refusal"),
    [
        (28, 4, Refusal("out_of_range", "baseline_total")),
        (18, -1, Refusal("out_of_range", "current_total")),
        (18.0, 4, Refusal("not_an_integer", "baseline_total")),
        (18, True, Refusal("not_an_integer", "current_total")),
        (None, 4, Refusal("not_an_integer", "baseline_total")),
        ("18", "4", Refusal("not_an_integer", "baseline_total")),
    ],
)
def test_only_complete_totals_of_the_form_have_a_change(baseline, current, refusal):
    assert change("phq-9", baseline, current) == refusal


def test_a_mean_that_is_no_number_has_no_change():
    assert change("ceq", math.nan, 1) == Refusal("not_a_number", "baseline_total")
    assert change("ceq", 1, 5.5) == Refusal("out_of_range", "current_total")


def test_reliable_change_of_phq9_follows_its_formula():
    """1.96 x SD x sqrt 2 x sqrt(1 - r), rounded up (instruments.md 2): 5.06 -> 6."""
    rci = shipped_data("phq-9")["change"]["rci"]
    points = 1.96 * rci["sd"] * math.sqrt(2) * math.sqrt(1 - rci["reliability"])

    assert round(points, 2) == 5.06
    assert instrument("phq-9").change_rules.rci == math.ceil(points)


# A form a clinic holds a licence for


def shipped_data(form_id):
    path = Path(screening.measures.__file__).with_name("instruments.json")
    return next(form for form in json.loads(path.read_text("utf-8"))["instruments"] if form["id"] == form_id)


def test_a_private_form_in_the_same_shape_scores_like_a_shipped_one():
    data = shipped_data("phq-2") | {"id": "mood-pair", "version": "clinic 3"}
    private = read_shipped(data)

    result = score(private, {"phq2.1": 2, "phq2.2": 2})

    assert (result.instrument, result.instrument_version, result.total) == ("mood-pair", "clinic 3", 4)
    assert change(private, 4, 2).change == -2


def test_a_rule_the_scorer_does_not_know_is_an_error_when_the_form_is_read():
    data = shipped_data("phq-2")
    data["scoring"]["derived"] = [{"id": "mood", "method": "median"}]

    with pytest.raises(ValueError, match="mood: there is no method median"):
        read_shipped(data)
