"""Which forms a patient may answer alone on a phone, what they ask next, and which answers show danger.

Pure: no database, no clock. Source: instruments.md 2 and 4.
"""

from collections.abc import Mapping
from typing import Any

from patients.links.rules import Ask
from patients.links.terms import FormKind
from screening import measures
from screening.measures import Flag, Instrument, Item, Rater, Severity, applies

Answers = Mapping[str, Any]  # linkId -> option value; None: left out on purpose; absent: not asked yet

URGENT = (Severity.CRITICAL, Severity.HIGH)
# Questions that stand by themselves, though their form has a stem for the others.
WITHOUT_STEM = frozenset({"phq9.10", "pcptsd5.gate"})
# Flags about harming oneself: the words beside the crisis contacts speak of it.
ABOUT_LIFE = ("phq9.item9.", "asq.", "pcl5.item16")
SECONDS_A_QUESTION = 12


class NotForLinks(Exception):
    """The form is rated by a clinician, or holds no text of its own."""


def forms() -> list[Instrument]:
    """What can be sent in a link: forms with their own text that patients answer, or are asked aloud."""
    return [form for form in measures.all_instruments() if may_be_sent(form)]


def may_be_sent(form: Instrument) -> bool:
    return not form.is_score_entry and form.rater in (Rater.PATIENT, Rater.ASKED)


def needs_watch(form: Instrument) -> bool:
    """Whether an answer can raise a critical flag: then a named person looks within a stated time."""
    return any(alert.flag.severity == Severity.CRITICAL for alert in form.alerts)


def ask_for(instrument: str) -> Ask:
    """The form as a thing to ask for in a link. NotForLinks; UnknownInstrument."""
    form = measures.instrument(instrument)
    if not may_be_sent(form):
        raise NotForLinks(instrument)
    return Ask(FormKind.MEASURE, form.id, needs_watch(form))


def stem(form: Instrument, item: Item) -> str:
    """What stands before a question. An instruction to the one who asks is not read out to the one who answers."""
    if form.rater == Rater.ASKED or item.link_id in WITHOUT_STEM:
        return ""
    return form.stem or ""


def asked(form: Instrument, answers: Answers) -> list[Item]:
    """The questions that apply, or still may: as many as the patient is told there are."""
    return [item for item in form.items if applies(item, answers) or _may_still_apply(item, answers)]


def _may_still_apply(item: Item, answers: Answers) -> bool:
    return any(when.link_id not in answers for when in item.shown_when)


def kept(form: Instrument, answers: Answers) -> dict[str, Any]:
    """The answers to questions that apply, unanswered and left out ones as None: what is sent."""
    return {item.link_id: answers.get(item.link_id) for item in form.items if applies(item, answers)}


def dangers(form: Instrument, answers: Answers) -> dict[str, Flag]:
    """The critical and high flags that these answers raise already, by id. No form has to be complete for that."""
    score = measures.score(form, kept(form, answers))
    if isinstance(score, measures.Refusal):
        return {}
    return {flag.id: flag for flag in score.flags if flag.severity in URGENT}


def is_about_life(flags: Mapping[str, Flag]) -> bool:
    return any(flag.startswith(ABOUT_LIFE) for flag in flags)


def left_out(form: Instrument, answers: Answers) -> list[Item]:
    """Questions about danger that apply and have no answer: to be asked in person, never read as a no."""
    watched = {alert.figure for alert in form.alerts if alert.flag.severity in URGENT}
    in_category = form.items if "category" in watched else ()
    sent = kept(form, answers)
    return [
        item
        for item in form.items
        if (item.link_id in watched or item in in_category) and item.link_id in sent and sent[item.link_id] is None
    ]


def minutes(form: Instrument) -> int:
    """About how long it takes to answer, rounded up."""
    return max(1, -(-len(form.items) * SECONDS_A_QUESTION // 60))
