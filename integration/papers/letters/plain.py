"""The course in plain words for the patient: about grade 8, "you", no names of illnesses, no answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from integration.papers.letters.summary import course_of
from integration.papers.selectors.summary import Summary
from integration.papers.selectors.summary import summary as read
from integration.tracking.rules import Outcome
from kap_clinic.accounts.clinic_settings.selectors import values_of
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record.letterhead import Letter, Passage
from patients.record.terms import Reader

HALF = 50  # percent
PHONES = ("clinic_phone", "after_hours_phone", "crisis_contacts")
PLAIN = {  # what a scale asks about, as people say it
    "phq-9": "low mood",
    "gad-7": "worry",
    "pcl-5": "stress from the past",
    "kap-bladder": "bladder trouble",
}
FELT = {  # adverse events as people say them; others are only counted
    "bp-increase": "high blood pressure",
    "bp-decrease": "low blood pressure",
    "tachycardia": "a fast heartbeat",
    "palpitations": "a pounding heart",
    "sedation": "being very sleepy",
    "anxiety-panic": "fear",
    "confusion": "being mixed up",
    "dizziness": "feeling dizzy",
    "headache": "a headache",
    "nausea": "feeling sick",
    "vomiting": "throwing up",
    "blurred-vision": "blurred sight",
    "paraesthesia": "tingling",
    "ataxia-fall": "being unsteady",
    "urinary-symptoms": "bladder trouble",
    "abdominal-pain": "belly pain",
    "injection-site": "a sore spot from the needle",
    "taste-mouth": "a bad taste",
    "nasal-discomfort": "a sore nose",
    "insomnia-vivid-dreams": "bad sleep or vivid dreams",
}


@dataclass(frozen=True)
class PlainLetter(Letter):
    passages: list[Passage]


def to_patient(document: StoredDocument) -> str:
    """The HTML of the summary for the patient, as the course stood when it was asked for."""
    course = course_of(document)
    found = read(course, document.asked_at)
    letter = PlainLetter(
        **letterhead.letter(
            document, course.patient, Reader.PATIENT, status=_standing(found), draft=found.is_draft, facts=[]
        ),
        passages=list(passages(found, values_of(PHONES, course.clinic_id))),
    )
    return letterhead.page("letters/plain.html", letter, document.clinic_id)


def _standing(found: Summary) -> str:
    return "final" if found.is_final and not found.is_draft else "as things stand"


def passages(found: Summary, held: Mapping[str, Any]) -> Iterator[Passage]:
    """What the patient reads, in order. `held`: the clinic's phones and crisis contacts."""
    yield Passage("What we did", list(_did(found)))
    yield Passage("How you are doing", list(_doing(found)))
    if lines := list(_felt(found)):
        yield Passage("How your body took it", lines)
    if going := [one for one in found.practices if not one.is_over]:
        yield Passage("What you chose to do", [_practice(one.text, one.how_often) for one in going], listed=True)
    if found.plan is not None:
        plan = found.plan
        yield Passage("Signs to watch for", plan.relapse_signs.splitlines(), listed=True)
        yield Passage("What helps you", plan.what_helps.splitlines(), listed=True)
    yield Passage("What comes next", list(_next(found)))
    yield Passage("If you feel worse", list(_worse(found, held)), listed=True)


def _times(count: int, one: str, more: str) -> str:
    return one if count == 1 else f"{count} {more}"


def _did(found: Summary) -> Iterator[str]:
    if found.prepared:
        yield f"We met {_times(len(found.prepared), 'once', 'times')} to get ready."
    if not found.doses:
        yield "You did not take the medicine with us."
    else:
        first, last = found.doses[0].on, found.doses[-1].on
        when = f"on {first:%-d %B %Y}" if first == last else f"from {first:%-d %B %Y} to {last:%-d %B %Y}"
        yield f"You had {_times(len(found.doses), 'one medicine session', 'medicine sessions')}, {when}."
        yield "The medicine was ketamine. Tell any doctor you see that you had it."
    if found.held:
        yield f"After that we met {_times(len(found.held), 'once', 'times')} to talk about what came up."


def _doing(found: Summary) -> Iterator[str]:
    known = [one for one in found.outcomes if one.instrument in PLAIN]
    for one in known:
        yield " ".join(_score(one))
    if not known:
        yield "We do not have two scores to compare yet."
    yield "A score shows only a part. How you feel counts most."


def _score(one: Outcome) -> Iterator[str]:
    name = PLAIN[one.instrument]
    yield f"Your score for {name} was {one.baseline:g} at the start. The last one was {one.current:g}."
    if one.change == 0:
        yield "It stayed the same."
    elif one.current > one.baseline:
        yield "It went up. Lower is better, so let us talk about it."
    else:
        yield "It went down. Lower is better."
    if one.percent is not None and one.percent >= HALF:
        yield "It is now half of what it was, or less."
    if one.remission:
        yield "It is as low as for most people who feel well."


def _felt(found: Summary) -> Iterator[str]:
    felt = list(dict.fromkeys(FELT[one.code] for one in found.events if one.code in FELT))
    others = sum(one.code not in FELT for one in found.events)
    if felt:
        yield f"On the way you had: {', '.join(felt)}."
    if others:
        more = "more " if felt else ""
        yield f"We wrote down {_times(others, f'one {more}thing', f'{more}things')} that we will go through with you."
    if any(not one.is_over for one in found.events):
        yield "Not all of it is over. Call us if it gets worse or does not go away."


def _practice(text: str, how_often: str) -> str:
    return f"{text}, {how_often}" if how_often else text


def _next(found: Summary) -> Iterator[str]:
    if found.plan is not None:
        yield from found.plan.follow_up.splitlines()
        yield from found.plan.maintenance.splitlines()
    zone = ZoneInfo(found.zone)
    for visit in found.coming:
        yield f"Your next visit with us is on {visit.starts_at.astimezone(zone):%A, %-d %B, at %H:%M}."
        break
    else:
        yield "You have no visit booked with us. Call us if you want one."
    yield "Keep taking your other medicines. Ask your doctor before you change one."


def _worse(found: Summary, held: Mapping[str, Any]) -> Iterator[str]:
    """Whom to call: those the plan names, the clinic by day and by night, then the crisis lines it has set."""
    if found.plan is not None:
        yield from (f"First call: {line}" for line in found.plan.who_to_call.splitlines())
    if held["clinic_phone"]:
        yield f"Call us by day: {held['clinic_phone']}."
    if held["after_hours_phone"]:
        yield f"At night or on a weekend: {held['after_hours_phone']}."
    for one in held["crisis_contacts"]:
        note = f", {one['note']}" if one["note"] else ""
        yield f"{one['name']}: {one['phone']}{note}."
    yield "If you are in danger now, do not wait for us to call back."
