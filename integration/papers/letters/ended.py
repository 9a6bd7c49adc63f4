"""That a course has ended, and how: to the referrer with figures and hand-over, to the patient in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from integration.papers.letters.summary import course_of
from kap_clinic.documents.models import StoredDocument
from patients.course.models import Course, CourseMove
from patients.course.rules import CLOSED
from patients.course.terms import Ending, Stage
from patients.record import letterhead
from patients.record.days import day_in
from patients.record.letterhead import Letter, Passage
from patients.record.rules import in_words
from patients.record.terms import Reader

KAP = "ketamine-assisted psychotherapy (KAP)"
# How each ending is said to the patient. The staff's own reason stays in the record, where the patient can ask for it.
PLAIN = {
    Ending.GOALS_MET: "You reached what you came for.",
    Ending.PARTIAL: "You reached a part of what you came for.",
    Ending.NO_BENEFIT_AT_END: "The treatment did not help as we had hoped.",
    Ending.PATIENT_CHOICE: "You chose to stop. That is your right, and we respect it.",
    Ending.NO_BENEFIT: "The treatment did not help as we had hoped.",
    Ending.ADVERSE_EVENT: "We stopped because it was too hard on your body or mind.",
    Ending.NEW_CONTRAINDICATION: "We learned something new that makes this treatment unsafe for you.",
    Ending.HIGHER_CARE: "You need more care than we can give here.",
    Ending.PSYCHOSIS_OR_MANIA: "We saw signs that make this treatment unsafe for you.",
    Ending.PREGNANCY: "We stopped to keep you and the baby safe.",
    Ending.BLADDER_OR_LIVER: "We stopped to keep your body safe.",
    Ending.MISUSE: "We cannot give this medicine safely any more.",
    Ending.NONADHERENCE: "Too many visits could not take place.",
    Ending.CONSENT_WITHDRAWN: "You took back your consent. That is your right, and we respect it.",
    Ending.CONDUCT: "We can not go on working together here.",
    Ending.COST: "You told us that the cost is too high.",
    Ending.LOST_CONTACT: "We could not reach you.",
    Ending.PROVIDER_DECISION: "We decided not to go on.",
    Ending.SUPPLY: "We can not get the medicine, or the rules do not let us give it.",
}


@dataclass(frozen=True)
class EndLetter(Letter):
    about: str
    state: str
    passages: list[Passage]


def to_referrer(document: StoredDocument) -> str:
    """The HTML of the letter to whoever referred the patient."""
    return _html(document, Reader.REFERRER)


def to_patient(document: StoredDocument) -> str:
    """The HTML of the letter to the patient."""
    return _html(document, Reader.PATIENT)


def _html(document: StoredDocument, reader: Reader) -> str:
    course = course_of(document)
    return letterhead.page("letters/ended.html", letter(document, course, reader), document.clinic_id)


def letter(document: StoredDocument, course: Course, reader: Reader) -> EndLetter:
    """What the letter says, as the course stood when it was asked for; not ended by then, it is a draft."""
    patient = course.patient
    moves = course.moves.filter(moved_at__lte=document.asked_at, after__in=CLOSED)
    end = moves.order_by("-id").first()
    state = end.get_after_display() if end else "Not ended yet"
    said = _for_patient(course, end) if reader == Reader.PATIENT else _for_referrer(course, end)
    return EndLetter(
        **letterhead.letter(document, patient, reader, status=state.lower(), draft=end is None, facts=[]),
        about=f"{patient.given_name} {patient.family_name}, born {in_words(patient.birth_date)}",
        state=state if end is None or reader == Reader.REFERRER else "Ended",
        passages=list(said),
    )


def _on(course: Course, end: CourseMove) -> date:
    return day_in(end.moved_at, course.patient.clinic.zone)


def _for_referrer(course: Course, end: CourseMove | None) -> Iterator[Passage]:
    if end is None:
        yield Passage("", [f"The course of {KAP} is not over: {course.get_stage_display().lower()}."])
        return
    for_what = f" for {course.indication}" if course.indication else ""
    what = "was not begun" if end.after == Stage.DECLINED else "has ended"
    yield Passage("", [f"The course of {KAP}{for_what} {what}, on {in_words(_on(course, end))}."])
    reason = [course.get_ending_display()] if course.ending else []
    yield Passage("Reason", [*reason, *filter(None, [end.reason])] or ["Not written down."])
    said = end.evidence
    if figures := list(_figures(said)):
        yield Passage("What it came to", figures, listed=True)
    if said.get("offered_next"):
        yield Passage("Offered next", [said["offered_next"]])
    yield Passage("Who looks after the patient now", [said.get("hand_over") or "Not written down. Please call us."])
    if said.get("open_risks", "None open") != "None open":
        yield Passage("Open when it ended", ["A safety task was open. Please call us about it."])


def _figures(said: dict[str, str]) -> Iterator[str]:
    if "sessions_given" in said:
        given = said["sessions_given"]
        yield f"{given} dose{'s' * (given != '1')} given, {said.get('total_mg', '0')} mg in all"
        yield from said.get("scales", said.get("main_scale", "")).split("; ")


def _for_patient(course: Course, end: CourseMove | None) -> Iterator[Passage]:
    if end is None:
        yield Passage("", ["Your treatment with us is not over yet."])
        return
    why = PLAIN.get(Ending(course.ending), "") if course.ending else ""
    yield Passage("", [f"Your treatment with us ended on {_on(course, end):%-d %B %Y}.", *filter(None, [why])])
    said = end.evidence
    if said.get("offered_next"):
        yield Passage("What we offered you next", [said["offered_next"]])
    if said.get("hand_over"):
        yield Passage("Who looks after you now", [said["hand_over"]])
    yield Passage(
        "What you can do",
        [
            "Call us if you feel worse, or if you want to talk about this letter.",
            "You can ask us why, and you can ask for a copy of your record.",
            "Keep taking your other medicines. Ask your doctor before you change one.",
            "You can ask us later to start again. We will look at it anew.",
        ],
        listed=True,
    )
