"""The ways a course can end as the closing page shows them: each with what is open, and who does it where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from integration.continuing import selectors
from integration.continuing.selectors import Facts
from integration.continuing.terms import CLOSES_TO, Benefit
from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from patients.consents.selectors import evidence as consent_evidence
from patients.course.models import Course
from patients.course.rules import NEEDS, REASON, TRANSITIONS, next_stages
from patients.course.terms import Stage

TONE = {Benefit.RESPONDER: "ok", Benefit.PARTIAL: "warn", Benefit.NONE: "danger", Benefit.UNKNOWN: "plain"}
WORDS = {
    Stage.CLOSING: "Start closing",
    Stage.COMPLETED: "Complete the course",
    Stage.MAINTENANCE: "Go over to maintenance",
    Stage.ENDED_EARLY: "End the course early",
}
MET = {
    "series_over": "The series is over",
    "last_integration": "Closing visit done",
    "end_scales": "Closing measures done",
    "relapse_plan": "Continuing plan written",
    "letters": "Letters written",
    "benefit_shown": "Benefit shown",
    "maintenance_plan": "Maintenance plan written",
    "consent_renewed": "Treatment consent renewed",
    "exposure_reviewed": "Exposure reviewed",
    "safety_plan": "Safety plan on file, or none is needed",
}


@dataclass(frozen=True)
class Check:
    """One thing a way needs, as components/gates.html shows it."""

    state: str  # met, open
    name: str
    fact: str
    url: str = ""
    act: str = ""


@dataclass(frozen=True)
class Way:
    """One way on from here."""

    to: Stage
    words: str
    who: str
    checks: list[Check]

    @property
    def is_ready(self) -> bool:
        return all(check.state == "met" for check in self.checks)

    @property
    def is_early(self) -> bool:
        return self.to == Stage.ENDED_EARLY


def ways(facts: Facts, member: Member, now: datetime) -> list[Way]:
    """Each way towards an end the table of moves knows from here, with its checks; ending early last."""
    course = facts.course
    met = {
        **selectors.closing_evidence(facts, now),
        **consent_evidence(course.patient, now.date(), zone=course.patient.clinic.zone),
    }
    said = _said(facts, now)
    return [_way(course, to, member, met, said) for to in CLOSES_TO if to in next_stages(course.stage)]


def _way(course: Course, to: Stage, member: Member, met: Mapping[str, bool], said: Mapping[str, str]) -> Way:
    move = TRANSITIONS[(Stage(course.stage), to)]
    checks = [
        _check(need, course, member, met=met.get(need, False), said=said) for need in move.needs if need != REASON
    ]
    return Way(to, WORDS[to], " or ".join(sorted(move.who)).replace("_", " "), checks)


def _check(need: str, course: Course, member: Member, *, met: bool, said: Mapping[str, str]) -> Check:
    if met:
        return Check("met", MET[need], "")
    fact = said.get(need) or NEEDS[need]
    patient = course.patient
    places = {
        "series_over": (Permission.COURSE_DOSE, "Review", "continuing:review", course.ref),
        "exposure_reviewed": (Permission.COURSE_DOSE, "Review", "continuing:review", course.ref),
        "benefit_shown": (Permission.MEASURE_RECORD, "Measures", "screening:measures", patient.ref),
        "end_scales": (Permission.MEASURE_RECORD, "Measures", "screening:measures", patient.ref),
        "last_integration": (Permission.SCHEDULE_BOOK, "Book", "visits:book", patient.ref),
        "consent_renewed": (Permission.CONSENT_MAKE, "Consents", "consents:overview", patient.ref),
        "safety_plan": (Permission.TASK_VIEW, "Safety", "desk:safety", None),
    }
    if need in ("relapse_plan", "maintenance_plan"):
        return Check("open", MET[need], fact, "#plan", "Write it")
    if need == "letters":
        return Check("open", MET[need], fact, reverse("desk:chart", args=[patient.ref]) + "#tasks", "Tasks")
    permission, act, name, ref = places[need]
    if not may(member, permission, patient):
        return Check("open", MET[need], fact)
    return Check("open", MET[need], fact, reverse(name, args=[ref] if ref else []), act)


def _said(facts: Facts, now: datetime) -> dict[str, str]:
    """What is open in more words than the table of moves has; who does it stands with it."""
    scales, letters = selectors.end_scales_open(facts.course, now), selectors.letters_open(facts.course)
    return {
        "series_over": f"{facts.given} of {facts.course.planned_doses or 'no planned number of'} doses are given. "
        "A prescriber may sign that it stops.",
        "end_scales": f"Still to answer: {', '.join(scales)}. By the therapist or the patient.",
        "letters": f"Still to write: {', '.join(letters)}. By the therapist.",
        "benefit_shown": f"{facts.scale_in_words}.",
        "last_integration": "An integration visit marked as the closing one, after the last dose. By the therapist.",
        "exposure_reviewed": "A review signed after the last dose. By the prescriber.",
        "consent_renewed": f"{NEEDS['consent_renewed']} By the prescriber, with the patient.",
        "safety_plan": f"{NEEDS['safety_plan']} By the therapist.",
    }
