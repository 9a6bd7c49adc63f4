"""Does a chart draw what was answered, and only that?"""

import re
from datetime import date
from itertools import pairwise

import pytest
from django.template import Context, Template

from kap_clinic.web import charts

BANDS = [
    charts.Band("Minimal", 0, 4, 0),
    charts.Band("Mild", 5, 9, 1),
    charts.Band("Moderate", 10, 14, 2),
    charts.Band("Mod. severe", 15, 19, 3),
    charts.Band("Severe", 20, 27, 4),
]


def day(number: int) -> date:
    return date(2026, 8, 1).fromordinal(date(2026, 8, 1).toordinal() + number)


def drawn(*values: float | tuple[float, bool] | None, marks=(), bands=BANDS, highest=27, **more) -> charts.Panel:
    """A panel with a reading every ten days; a pair is a value and whether it was estimated."""
    pairs = [value if isinstance(value, tuple) else (value, False) for value in values]
    readings = [charts.Reading(day(10 * i), *pair) for i, pair in enumerate(pairs)]
    return charts.panel(
        key="k", name="M", title="M fell", readings=readings, bands=bands, highest=highest, marks=marks, **more
    )


def height_of(value: float, highest: float = 27) -> float:
    return round(charts.BOTTOM - value / highest * (charts.BOTTOM - charts.TOP), 1)


def test_bands_end_at_half_points_and_leave_no_gap():
    boxes = drawn(10).bands

    assert [box.y for box in boxes] == [height_of(edge) for edge in (4.5, 9.5, 14.5, 19.5, 27)]
    assert boxes[0].y + boxes[0].height == pytest.approx(charts.BOTTOM)
    assert all(below.y == pytest.approx(above.y + above.height) for below, above in pairwise(boxes))


def test_the_names_of_narrow_bands_do_not_lie_on_each_other():
    narrow = [charts.Band(str(n), n, n, 0) for n in range(12)]

    names = [box.name_y for box in drawn(3, bands=narrow, highest=40).bands]

    assert all(below - above > charts.NAME_ROOM - 0.1 for below, above in pairwise(names))


@pytest.mark.parametrize(
    ("values", "stretches", "gaps"),
    [
        ((), [], 0),
        ((5,), [], 0),
        ((5, 6), [2], 0),
        ((5, None, 6), [], 1),  # two lone points are never joined over what was not answered
        ((5, 6, None, 7, 8, 9), [2, 3], 1),
        ((None, 5, 6), [2], 1),
        ((5, 6, None), [2], 1),
        ((5, None, None, 6, 7), [2], 2),
        ((None, None), [], 2),
        ((0, 0), [2], 0),  # nought is an answer
    ],
)
def test_gaps_stay_gaps(values, stretches, gaps):
    panel = drawn(*values)

    assert [len(run.points.split()) for run in panel.runs] == stretches
    assert len(panel.gaps) == gaps
    assert len(panel.points) == len(values) - gaps


@pytest.mark.parametrize(
    ("values", "hollow", "stretches"),
    [
        (((5, False), (6, False)), [False, False], [(2, False)]),
        (((5, True), (6, False)), [True, False], [(2, True)]),
        (((5, False), (6, False), (7, True)), [False, False, True], [(2, False), (2, True)]),
        (((5, False), (6, True), (7, False), (8, False)), [False, True, False, False], [(3, True), (2, False)]),
        (((5, True),), [True], []),
    ],
)
def test_estimates_are_hollow_and_reached_by_a_dashed_line(values, hollow, stretches):
    panel = drawn(*values)

    assert [point.hollow for point in panel.points] == hollow
    assert [(len(run.points.split()), run.dashed) for run in panel.runs] == stretches


def test_an_estimate_says_so_at_its_point_in_the_table_and_in_words():
    panel = drawn(20, (12, True))

    assert panel.labels[-1].text == "12 estimate"
    assert [row.value for row in panel.rows] == ["20", "12 (estimate)"]
    assert panel.points[-1].title == "12 (estimate) on 11 Aug 2026"
    assert "last 12 (estimate) on 11 Aug 2026" in panel.description


def test_the_table_shows_what_was_asked_and_not_answered():
    panel = drawn(20, None, 10.5)

    assert [(row.on, row.value) for row in panel.rows] == [
        ("1 Aug 2026", "20"),
        ("11 Aug 2026", "Not answered"),
        ("21 Aug 2026", "10.5"),
    ]
    assert "1 not answered." in panel.description


def test_readings_are_drawn_in_the_order_of_their_days():
    readings = [charts.Reading(day(20), 8), charts.Reading(day(0), 20), charts.Reading(day(10), None)]
    panel = charts.panel(key="k", name="M", title="", readings=readings, bands=BANDS, highest=27)

    assert [point.title for point in panel.points] == ["20 on 1 Aug 2026", "8 on 21 Aug 2026"]
    assert panel.runs == []


@pytest.mark.parametrize("value", [-1, 28])
def test_a_value_off_the_scale_is_refused_rather_than_drawn_beside_it(value):
    with pytest.raises(ValueError, match=f"{value} is not between 0 and 27"):
        drawn(5, value)


def test_the_line_to_reach_is_drawn_at_its_level():
    assert drawn(20, line=charts.Line(10.5, "Response")).line == charts.Tick(height_of(10.5), "Response")


def test_marks_are_numbered_where_there_is_room_and_always_say_what_they_are():
    marks = [charts.Mark(n, f"Dose {n}", day(n), f"{n}0 mg") for n in range(1, 41)]

    boxes = drawn(20, 10, 9, 8, 7, marks=marks).marks

    assert [box.title for box in boxes][:2] == ["Dose 1, 2 Aug 2026, 10 mg", "Dose 2, 3 Aug 2026, 20 mg"]
    assert len(boxes) == 40
    shown = [box.x for box in boxes if box.numbered]
    assert 2 < len(shown) < 40
    assert all(right - left >= charts.MARK_ROOM for left, right in pairwise(shown))


@pytest.mark.parametrize("last", [0, 1, 13, 14, 40, 400, 2000])
def test_everything_stays_inside_the_drawing_and_dates_have_room(last):
    readings = [charts.Reading(day(0), 27), charts.Reading(day(last), 0)]
    panel = charts.panel(key="k", name="M", title="", readings=readings, bands=BANDS, highest=27, until=day(last))

    across = [point.x for point in panel.points] + [tick.at for tick in panel.dates]
    assert all(charts.LEFT <= x <= charts.RIGHT for x in across)
    assert panel.dates
    assert all(right.at - left.at >= charts.MONTH_ROOM for left, right in pairwise(panel.dates) if last >= 40)
    assert all(charts.TOP <= label.y <= charts.BOTTOM for label in panel.labels)


def test_the_drawing_says_what_it_shows_and_has_no_style_of_its_own():
    panel = drawn(20, None, (12, True), marks=[charts.Mark(1, "Dose 1", day(5), "40 mg <IM>")])

    svg = Template('{% include "components/chart_svg.html" %}').render(Context({"panel": panel}))

    assert svg.index("<title id=") < svg.index("<desc id=")
    assert "M fell</title>" in svg
    assert svg.count('class="kc-pt hollow"') == 1
    assert svg.count('class="kc-gap"') == 1
    assert "style" not in svg
    assert "40 mg &lt;IM&gt;" in svg


@pytest.mark.parametrize("language", ["de", "fr"])
def test_coordinates_keep_their_point_in_any_language(language, settings):
    settings.LANGUAGE_CODE = language
    panel = drawn(20, 10, line=charts.Line(10.5, "Response"))

    svg = Template('{% include "components/chart_svg.html" %}').render(Context({"panel": panel}))

    assert not re.search(r'(?:\sy|\sx|\scx|\scy|height)="\d+,\d', svg)
