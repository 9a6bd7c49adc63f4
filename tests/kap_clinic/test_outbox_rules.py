"""When a message may go and what it may say: truth tables without a database."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from kap_clinic.outbox.rules import clinical_words, in_hours, is_quiet, wait_after, wall_before
from kap_clinic.outbox.words import words

NIGHT = {"quiet_from": time(20), "quiet_until": time(8)}
FACTS = {
    "first_name": "Mia",
    "clinic": "Harbour Clinic",
    "day": "Friday, 27 November",
    "time": "09:00",
    "place": "12 Harbour Street",
    "phone": "+1 212 555 0100",
    "address": "https://clinic.example.org/p/abc/",
    "until": "1 December",
}
KINDS = sorted(path.stem for path in (Path(settings.BASE_DIR) / "templates" / "emails" / "outbox").glob("*.txt"))


def utc(*at):
    return datetime(*at, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_no_message_holds_a_clinical_word_or_an_open_place(kind):
    subject, body = words(kind, FACTS)

    assert clinical_words(f"{subject} {body}") == []
    assert subject
    assert "{" not in body
    assert "None" not in body


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your ketamine session", ["ketamine", "session"]),
        ("PHQ-9 and Psychotherapy", ["phq", "psychotherapy"]),
        ("Your visit on Friday", []),
        ("A form from Harbour Clinic", []),
        ("A room in the possession of Mr Moody", ["moody"]),
        ("The address", []),
    ],
)
def test_clinical_words_are_found_by_how_they_begin(text, found):
    assert clinical_words(text) == found


@pytest.mark.parametrize(
    ("at", "quiet"),
    [(time(19, 59), False), (time(20), True), (time(23), True), (time(0), True), (time(7, 59), True), (time(8), False)],
)
def test_quiet_hours_run_over_midnight(at, quiet):
    assert is_quiet(at, time(20), time(8)) is quiet


def test_equal_ends_are_never_quiet():
    assert not is_quiet(time(8), time(8), time(8))


@pytest.mark.parametrize(
    ("zone", "at", "earlier", "then"),
    [
        ("America/New_York", utc(2026, 11, 24, 15), True, utc(2026, 11, 24, 15)),  # 10:00, not quiet
        (
            "America/New_York",
            utc(2026, 11, 24, 11),
            True,
            utc(2026, 11, 24, 0, 59),
        ),  # 06:00 -> 19:59 before
        ("America/New_York", utc(2026, 11, 24, 11), False, utc(2026, 11, 24, 13)),  # 06:00 -> 08:00
        ("America/New_York", utc(2026, 11, 25, 2), False, utc(2026, 11, 25, 13)),  # 21:00 -> 08:00 next day
        ("America/New_York", utc(2026, 11, 25, 2), True, utc(2026, 11, 25, 0, 59)),  # 21:00 -> 19:59
        ("Asia/Kolkata", utc(2026, 11, 24, 1), False, utc(2026, 11, 24, 2, 30)),  # 06:30 -> 08:00
    ],
)
def test_quiet_hours_are_kept_in_the_readers_zone(zone, at, earlier, then):
    assert in_hours(at, zone, **NIGHT, earlier=earlier) == then


@pytest.mark.parametrize(
    ("zone", "starts", "then"),
    [
        ("America/New_York", utc(2026, 11, 24, 14), utc(2026, 11, 23, 14)),
        ("America/New_York", utc(2026, 3, 8, 17), utc(2026, 3, 7, 18)),  # spring forward between: 25 hours of clock
        ("America/New_York", utc(2026, 11, 1, 17), utc(2026, 10, 31, 16)),  # autumn: 25 hours between
        ("Australia/Lord_Howe", utc(2026, 10, 4, 1), utc(2026, 10, 3, 1, 30)),  # half an hour forward
    ],
)
def test_a_day_before_is_the_same_time_on_the_wall(zone, starts, then):
    assert wall_before(starts, zone, 1) == then


def test_waits_double_up_to_an_hour_and_are_spread():
    waits = [wait_after(tries, 1.0) for tries in range(1, 9)]

    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits[-1] == timedelta(hours=1)
    assert wait_after(1, 0.8) < wait_after(1, 1.2)
