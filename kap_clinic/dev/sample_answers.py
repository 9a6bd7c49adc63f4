"""Invented answers to every shipped form, for timing the scorer and filling trials."""

from collections.abc import Iterator
from random import Random
from typing import Any

from screening.measures import Instrument, all_instruments

UNANSWERED = 0.05  # of the items; some forms stay incomplete, as they do in a clinic
SEXES = ("female", "male", None)


def sample_answers(n: int, seed: int) -> Iterator[dict[str, Any]]:
    """`n` lines as `manage.py score` reads them, the shipped forms in turn; the same for the same seed."""
    chance = Random(seed)  # noqa: S311 -- invented answers, nothing secret
    forms = [form for form in all_instruments() if not form.is_score_entry]
    for number in range(n):
        yield _sample(forms[number % len(forms)], chance)


def _sample(form: Instrument, chance: Random) -> dict[str, Any]:
    answers = {item.link_id: _pick([option.value for option in item.options], chance) for item in form.items}
    return {"instrument": form.id, "answers": answers, "context": {"sex": chance.choice(SEXES)}}


def _pick(values: list[int], chance: Random) -> int | None:
    return None if chance.random() < UNANSWERED else chance.choice(values)
