"""What must hold for any answers at all. Each property is tried on 300 generated cases (EXAMPLES)."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.measures import Refusal, all_instruments, change, instrument, score

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)

SHIPPED = [form for form in all_instruments() if not form.is_score_entry]
QUANTITIES = [form for form in all_instruments() if form.total_range]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)


def values_of(item, form):
    """The item's values, mildest first. Declining an ASQ question is no step on a scale."""
    return sorted(value for value in item.values if form.id != "asq" or value != 9)


@st.composite
def answered(draw, forms=SHIPPED):
    """A form and an answer, or none, to each of its items."""
    form = draw(st.sampled_from(forms))
    answers = {
        item.link_id: draw(st.none() | st.sampled_from([option.value for option in item.options]))
        for item in form.items
    }
    return form, answers


@st.composite
def answered_worse(draw):
    """A form, answers to it, and the same answers with one of them a step worse."""
    form = draw(st.sampled_from(SHIPPED))
    answers = {item.link_id: draw(st.none() | st.sampled_from(values_of(item, form))) for item in form.items}
    item = draw(st.sampled_from(form.items))
    milder, worse = sorted(draw(st.lists(st.sampled_from(values_of(item, form)), min_size=2, max_size=2, unique=True)))
    return form, answers | {item.link_id: milder}, answers | {item.link_id: worse}


@st.composite
def entered(draw):
    """A score-entry form and a figure, or none, for each of its fields."""
    form = draw(st.sampled_from([form for form in all_instruments() if form.is_score_entry]))
    steps = {field: int((field.high - field.low) / field.step) for field in form.fields}
    figures = {
        field.id: draw(
            st.none() | st.integers(0, steps[field]).map(lambda n, f=field: n if f.whole else float(n * f.step))
        )
        for field in form.fields
    }
    return form, figures


def flag_ids(result):
    return [flag.id for flag in result.flags]


@EXAMPLES
@given(answered_worse())
def test_a_worse_answer_never_lowers_the_sum_or_removes_a_flag(case):
    form, milder, worse = case

    before, after = score(form.id, milder), score(form.id, worse)

    assert after.answered_sum >= before.answered_sum
    assert set(flag_ids(after)) >= set(flag_ids(before))
    if before.total is not None and after.total is not None:
        assert after.total >= before.total


@EXAMPLES
@given(answered())
def test_there_is_no_total_exactly_when_a_scored_answer_is_missing(case):
    form, answers = case
    never_drinks = form.id == "audit-c" and answers["auditc.1"] == 0
    not_exposed = form.id == "pc-ptsd-5" and answers["pcptsd5.gate"] == 0
    gate_open = form.id == "pc-ptsd-5" and answers["pcptsd5.gate"] is None
    missing = any(answers[link_id] is None for link_id in form.scoring.scored_items)

    result = score(form.id, answers)

    assert (result.total is None) == (gate_open or (missing and not never_drinks and not not_exposed))
    if result.total is not None:
        assert result.total == result.answered_sum
        assert result.prorated_total is None


@EXAMPLES
@given(answered())
def test_a_band_follows_from_a_total_and_never_from_an_estimate(case):
    form, answers = case

    result = score(form.id, answers)

    if form.id != "asq":
        assert (result.band is None) == (result.total is None)
    if result.prorated_total is not None:
        assert form.scoring.low <= result.prorated_total <= form.scoring.high
        assert result.prorated_total >= result.answered_sum


@EXAMPLES
@given(answered() | entered())
def test_flags_come_sorted_and_once_each(case):
    form, answers = case

    ids = flag_ids(score(form.id, answers))

    assert ids == sorted(set(ids))


@EXAMPLES
@given(answered() | entered(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(case, shuffle):
    form, answers = case
    shuffled = list(answers.items())
    shuffle.shuffle(shuffled)

    assert score(form.id, dict(shuffled)) == score(form.id, answers)


@EXAMPLES
@given(answered() | entered(), st.data())
def test_taking_an_answer_away_never_raises_the_total(case, data):
    form, answers = case
    gone = data.draw(st.sampled_from(sorted(answers)))

    whole, less = score(form.id, answers), score(form.id, answers | {gone: None})

    if whole.valid and less.total is not None:  # e.g. a WSAS above 32 stands once "retired" is taken away
        assert whole.total is not None
        assert less.total <= whole.total


@EXAMPLES
@given(
    st.sampled_from([form.id for form in all_instruments()]) | anything,
    st.dictionaries(st.sampled_from(["phq9.1", "asq.5", "total", "q2", "mean"]) | st.text(max_size=8), anything)
    | anything,
    st.dictionaries(st.just("sex"), anything) | anything,
)
def test_no_json_value_makes_the_scorer_fall_over(form_id, answers, context):
    result = score(form_id, answers, context)

    assert json.loads(json.dumps(result.as_json()))["valid"] is result.valid


@EXAMPLES
@given(st.sampled_from([form.id for form in all_instruments()]) | anything, anything, anything)
def test_no_json_value_makes_a_change_fall_over(form_id, baseline, current):
    json.dumps(change(form_id, baseline, current).as_json())


@EXAMPLES
@given(answered(), st.data())
def test_one_answer_that_is_no_option_refuses_everything(case, data):
    form, answers = case
    item = data.draw(st.sampled_from(form.items))
    wrong = data.draw(anything.filter(lambda v: v is not None and (type(v) is not int or v not in item.values)))

    result = score(form.id, answers | {item.link_id: wrong})

    assert isinstance(result, Refusal)
    assert result.link_id == item.link_id


@EXAMPLES
@given(st.sampled_from(QUANTITIES), st.data())
def test_going_back_undoes_a_change(form, data):
    low, high = form.total_range
    totals = st.integers(low, high)
    baseline, current = data.draw(totals), data.draw(totals)

    there, back = change(form.id, baseline, current), change(form.id, current, baseline)

    assert there.change == -back.change
    assert there.mcid_improved == back.mcid_worsened
    assert there.reliable_improvement == back.reliable_deterioration
    assert not (there.mcid_improved and there.mcid_worsened)


@pytest.mark.parametrize(("form_id", "half"), [("phq-9", 10), ("gad-7", 8), ("madrs", 1), ("qids-sr16", 1)])
def test_every_fall_by_half_or_more_is_a_response_and_no_smaller_one_is(form_id, half):
    """All pairs of totals, not a sample."""
    _, high = instrument(form_id).total_range
    for baseline in range(high + 1):
        for current in range(high + 1):
            expected = None if baseline < half else 2 * current <= baseline
            assert change(form_id, baseline, current).response is expected
