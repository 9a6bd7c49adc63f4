"""Bars along minutes: where they are drawn, and what is said of them."""

import pytest
from django.template.loader import render_to_string

from kap_clinic.web.bars import FOOT, HEIGHT, LEFT, RIGHT, TOP, Span, bars


def span(minute, low, high, **more):
    return Span(minute, low, high, f"{high}/{low} at {minute}", **more)


def drawn(*spans, **more):
    return bars(key="bp-1", title="Blood pressure", spans=spans, **more)


def test_a_higher_value_is_drawn_higher_and_a_later_one_further_right():
    early, late = drawn(span(0, 80, 120), span(30, 90, 150)).bars

    assert early.x < late.x
    assert late.top < early.top < early.bottom
    assert all(LEFT <= bar.x <= RIGHT and TOP <= bar.top <= bar.bottom <= HEIGHT - FOOT for bar in (early, late))


def test_the_axis_holds_whatever_comes():
    found = drawn(span(-20, 40, 90), span(400, 110, 230), stop=150, marks=[(0, "60 mg")], now=410)

    assert all(LEFT <= bar.x <= RIGHT and TOP <= bar.top <= HEIGHT - FOOT for bar in found.bars)
    assert [level.text for level in found.levels] == ["30", "60", "90", "120", "150", "180", "210", "240"]
    assert [minute.text for minute in found.minutes] == ["0", "120", "240", "360"]


def test_the_stop_line_and_the_dose_are_said_in_words_too():
    found = drawn(span(0, 80, 120), stop=150, marks=[(0, "60 mg")])

    assert found.stop.text == "stop 150"
    assert found.description == "First 120/80 at 0; highest 120/80 at 0; last 120/80 at 0. Stop line 150."
    assert [mark.text for mark in found.marks] == ["60 mg"]


def test_nothing_measured_is_said():
    found = drawn()

    assert (found.description, found.bars, found.now) == ("No values yet.", [], None)


@pytest.mark.parametrize("height", [215, 150])
def test_the_drawing_carries_a_name_and_a_description(height):
    text = render_to_string("components/bars_svg.html", {"chart": drawn(span(5, 80, 165, grave=True), height=height)})

    assert f'viewBox="0 0 300 {height}"' in text
    assert 'role="img"' in text
    assert '<title id="bp-1-t">Blood pressure</title>' in text
    assert 'class="kc-grave"' in text
