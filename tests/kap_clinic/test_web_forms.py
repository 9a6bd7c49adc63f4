"""Do forms say what is wanted and what is wrong, in the order people read?"""

import re

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms

from kap_clinic.web.forms import ClinicForm, NumberField, WithUnit, lower_first


class Intake(ClinicForm):
    name = forms.CharField(label="Full name", help_text="As on the card")
    weight = NumberField(label="Weight", unit="kg", example="68.4", required=False)
    side = forms.ChoiceField(label="Your side", choices=[("l", "Left"), ("r", "Right")], widget=forms.RadioSelect)
    token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout[1] = WithUnit("weight", "kg")


def test_a_field_is_label_hint_error_input_in_this_order():
    text = render_crispy_form(Intake({}))
    text = text[text.index('id="div_id_name"') :]

    places = [text.index(part) for part in ("Full name", "As on the card", "Enter the full name", '<input type="text"')]

    assert places == sorted(places)


def test_optional_is_written_and_nothing_is_starred():
    text = render_crispy_form(Intake())

    assert re.findall(r'for="(\w+)">\s*[\w ]+<span class="optional">\(optional\)', text) == ["id_weight"]
    assert "*" not in text


def test_the_summary_links_to_each_field_and_names_hidden_ones():
    text = render_crispy_form(Intake({"weight": "heavy"}))

    links = re.findall(r'<li><a href="#(\w+)">(.+?)</a>', text)
    assert links == [
        ("id_name", "Enter the full name"),
        ("id_weight", "Enter the weight in kg, like 68.4"),
        ("id_side_0", "Choose your side"),
    ]
    assert all(f'id="{field}"' in text for field, _ in links)
    assert "<li>Enter the token</li>" in text
    assert "data-focus" in text


def test_what_was_typed_is_kept_beside_its_error():
    text = render_crispy_form(Intake({"weight": "heavy", "name": "Ana"}))

    assert 'value="heavy"' in text
    assert 'value="Ana"' in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_weight_error"' in text


def test_an_untouched_form_has_no_summary():
    assert "error-summary" not in render_crispy_form(Intake())


def test_errors_name_what_to_do_without_html_from_what_was_typed():
    text = render_crispy_form(Intake({"name": "<script>", "side": "<b>"}))

    assert "<script>" not in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("typed", "weight"), [("68.4", "68.4"), ("68,4", "68.4"), (" 70 ", "70"), ("1,000.5", None), ("6,8,4", None)]
)
def test_a_decimal_comma_is_a_decimal_point(typed, weight):
    form = Intake({"weight": typed, "name": "A", "side": "l", "token": "t"})

    assert form.is_valid() is (weight is not None)
    assert not form.is_valid() or str(form.cleaned_data["weight"]) == weight


@pytest.mark.parametrize(
    ("label", "inside"),
    [("Date of birth", "date of birth"), ("PHQ-9 total", "PHQ-9 total"), ("SpO2", "SpO2"), ("Name", "name")],
)
def test_a_label_inside_a_sentence_loses_its_capital_unless_it_is_a_name(label, inside):
    assert lower_first(label) == inside


def test_a_form_shown_again_answers_422():
    assert Intake().status == 200
    assert Intake({}).status == 422
    assert Intake({"name": "A", "side": "l", "token": "t"}).status == 200
