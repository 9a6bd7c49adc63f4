"""What a report hides and how a cell is written: truth tables, and a hunt for differences that give a cell away."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kap_clinic.reports.rules import Group, Share, guarded, is_small, suppressed


def group(name, people, response, remission):
    return Group(name, people, Share(response, people), Share(remission, people), 15.0, 8.0)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("\nx", "'\nx"), ("Mia", "Mia"), ("", ""), ("a=b", "a=b"), (-5, -5), (-5.5, -5.5), (None, None),
    ],
)  # fmt: skip
def test_text_that_a_sheet_would_run_is_guarded_and_numbers_stay_numbers(cell, written):
    assert guarded(cell) == written


@given(st.text(min_size=1))
def test_no_cell_ever_begins_like_a_formula(text):
    assert not str(guarded(text)).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(("count", "small"), [(None, False), (0, False), (1, True), (10, True), (11, False)])
def test_small_is_one_to_ten(count, small):
    assert is_small(count) is small


def test_a_small_group_is_hidden_whole_and_so_is_the_total():
    shown, total = suppressed([group("1", 40, 20, 20), group("2", 7, 3, 0)], group("all", 47, 23, 20))

    assert (shown[1].people, shown[1].response.some, shown[1].baseline) == (None, None, None)
    assert (total.people, total.response.some, total.remission.some) == (None, None, None)
    assert shown[0].response == Share(20, 40)


def test_a_small_rest_of_a_share_is_hidden_too():
    shown, total = suppressed([group("1", 40, 35, 20)], group("all", 40, 35, 20))

    assert shown[0].response == Share(None, None), "five did not respond"
    assert shown[0].remission == Share(20, 40)
    assert total.response == Share(None, None)


def test_nothing_small_hides_nothing():
    groups = [group("1", 40, 20, 0), group("2", 30, 15, 15)]

    assert suppressed(groups, group("all", 70, 35, 15)) == (groups, group("all", 70, 35, 15))


SIZES = st.integers(0, 60)


@given(st.lists(st.tuples(SIZES, st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_no_difference_of_shown_figures_gives_a_small_cell_away(lines):
    groups = [group(str(at), n, int(n * a), int(n * b)) for at, (n, a, b) in enumerate(lines)]
    total = group(
        "all",
        sum(g.people for g in groups),
        sum(g.response.some for g in groups),
        sum(g.remission.some for g in groups),
    )

    shown, last = suppressed(groups, total)

    for column in ("people", "response", "remission"):
        cells = [_cell(each, column) for each in (*shown, last)]
        visible = [cell for cell in cells if cell is not None]
        assert not any(is_small(cell) for cell in visible)
        hidden = [at for at, cell in enumerate(cells[:-1]) if cell is None]
        assert not (hidden and cells[-1] is not None), "the total would give what is hidden away"
    for each in (*shown, last):
        for share in (each.response, each.remission):
            assert share.some is None or not is_small(share.of - share.some)


def _cell(each, column):
    return each.people if column == "people" else getattr(each, column).some


def test_the_hunt_would_find_a_total_left_in():
    """What the property looks for does happen without the rule."""
    raw = [group("1", 40, 20, 20), group("2", 7, 3, 3)]
    assert any(is_small(_cell(each, column)) for each, column in product(raw, ("people", "response", "remission")))
