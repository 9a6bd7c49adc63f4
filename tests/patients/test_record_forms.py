"""Whatever is typed into a form of the record is read or explained; nothing makes it fall over."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.medicines.forms import MedicineForm
from patients.record import phones, rules
from patients.record.forms import AllergiesForm, ContactForm, RegisterForm, WeightForm

TODAY = date(2026, 11, 24)
ANY = st.text(max_size=120) | st.sampled_from(
    [
        "1987-03-14",
        "9999-12-31",
        "10000-01-01",
        "0000-00-00",
        "NaN",
        "Infinity",
        "1e999",
        "\x00",
        "\ud800",
        "٣",
        "-1",
        "kg",
    ]
)


def registering(data):
    return RegisterForm(data, zone="America/New_York", today=TODAY)


FORMS = {
    "register": registering,
    "contact": lambda data: ContactForm(data, zone="America/New_York"),
    "weight": lambda data: WeightForm(data, today=TODAY, last_kg=Decimal(70), last_words="the last was 70 kg"),
    "allergies": AllergiesForm,
    "medicine": lambda data: MedicineForm(data, today=TODAY, read_at="/"),
}
NAMES = {name: list(make({}).fields) for name, make in FORMS.items()}


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_text_in_any_field_is_read_or_explained(name, data):
    said = data.draw(st.dictionaries(st.sampled_from(NAMES[name]), ANY))

    form = FORMS[name](said)

    assert form.is_valid() or form.errors
    assert form.status in {200, 422}


@given(st.text(max_size=200))
def test_what_is_kept_shows_nothing_hidden_and_is_the_same_when_read_again(text):
    kept = rules.seen(text)

    assert kept == rules.seen(kept) == kept.strip()
    assert not set("\x00\u202e\u200b\n\t") & set(kept)


@given(st.from_regex(r"\A[2-9][0-9]{9}\Z"))
def test_a_phone_written_as_it_is_shown_is_the_same_phone(digits):
    kept = phones.read(digits)

    assert kept == f"+1{digits}"
    assert phones.read(phones.shown(kept)) == kept


@pytest.mark.parametrize("text", ["555 0142", "0142", "call me", "+", "617 555 01423333", "9" * 40, "911"])
def test_what_cannot_be_dialled_is_no_phone(text):
    with pytest.raises(phones.NotAPhone, match=r"Enter the whole phone number, like \(201\) 555-0123"):
        phones.read(text)


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("617 555 0142", "+16175550142", "(617) 555-0142"),
        ("(617) 555-0142", "+16175550142", "(617) 555-0142"),
        ("1-617-555-0142", "+16175550142", "(617) 555-0142"),
        ("+44 20 7946 0958", "+442079460958", "+44 20 7946 0958"),
    ],
)
def test_a_phone_is_shown_the_way_of_the_country(typed, kept, shown):
    assert phones.read(typed) == kept
    assert phones.shown(kept) == shown


def test_the_country_is_that_of_the_clinics_zone():
    assert phones.country_of("America/Denver") == "US"
    assert phones.country_of("Europe/Berlin") == "DE"
    assert phones.country_of("UTC") == "US"
    assert phones.read("030 901820", "DE") == "+4930901820"


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(1987, 3, 14), date(2026, 3, 13), 38),
        (date(1987, 3, 14), date(2026, 3, 14), 39),
        (date(2026, 3, 14), date(2026, 3, 14), 0),
    ],
)
def test_an_age_counts_completed_years(born, on, years):
    assert rules.age(born, on) == years


@pytest.mark.parametrize(
    ("kg", "last", "asked"),
    [
        ("82.1", "68.4", True),
        ("82.0", "68.4", False),
        ("54.7", "68.4", True),
        ("54.8", "68.4", False),
        ("70", None, False),
    ],
)
def test_a_weight_more_than_a_fifth_away_is_a_jump(kg, last, asked):
    assert rules.is_jump(Decimal(kg), Decimal(last) if last else None) is asked


def test_a_days_weight_is_measured_now_or_at_noon():
    now = datetime(2026, 11, 24, 22, 15, tzinfo=ZoneInfo("America/New_York"))
    form = WeightForm({"weight": "70 kg", "measured_on": "2026-11-24"}, today=TODAY, last_kg=None)

    assert form.is_valid()
    assert form.measured_at(now, "America/New_York") == now
    assert form.measured_at(now, "Europe/Berlin").isoformat() == "2026-11-24T12:00:00+01:00"
