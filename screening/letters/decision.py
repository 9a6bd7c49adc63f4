"""The decision on a screening as a letter: to the referrer, and to the patient in plain words. No answer, no score."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.course.models import Course
from patients.record import letterhead
from patients.record.letterhead import Letter, Passage, moment
from patients.record.rules import in_words
from patients.record.terms import Reader
from screening.letters.whole import PAPERS_TASK
from screening.models import Override, Review, Screening
from screening.terms import DECIDES, Decision, OverrideKind

APPROVED, DECLINED = "approved", "declined"
TITLES = {APPROVED: "Approval for treatment", DECLINED: "Treatment not offered"}
KAP = "ketamine-assisted psychotherapy (KAP)"


@dataclass(frozen=True)
class DecisionLetter(Letter):
    about: str
    decision: str
    passages: list[Passage]
    signature: str
    notes: list[str]  # why it is a draft


def kind_of(review: Review, reader: Reader | str) -> str:
    """The kind of this paper. ValueError: nothing is decided by this review."""
    if review.decision not in DECIDES:
        raise ValueError("A question is not a decision: no letter is written about it.")
    kind = DECLINED if review.decision == Decision.DECLINE else APPROVED
    return kind if reader == Reader.REFERRER else f"{kind}_patient"


def ask_letter(review: Review, reader: Reader | str, *, by: User) -> StoredDocument:
    """Queue the letter about this decision as it stands now. The caller holds the screening's row."""
    kind = kind_of(review, reader)
    before = StoredDocument.objects.filter(kind=kind, subject_ref=review.ref).count()
    return ask_for(
        kind=kind,
        title=f"{TITLES[kind.removesuffix('_patient')]}, letter to {Reader(reader).label}",
        subject=review,
        patient_ref=review.patient.ref,
        permission=Permission.SCREENING_VIEW,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )


def to_referrer(document: StoredDocument) -> str:
    """The HTML of the letter to whoever referred the patient."""
    return _html(document, Reader.REFERRER)


def to_patient(document: StoredDocument) -> str:
    """The HTML of the letter to the patient."""
    return _html(document, Reader.PATIENT)


LETTERS: Mapping[str, Callable[[StoredDocument], str]] = {
    APPROVED: to_referrer,
    DECLINED: to_referrer,
    f"{APPROVED}_patient": to_patient,
    f"{DECLINED}_patient": to_patient,
}


def _html(document: StoredDocument, reader: Reader) -> str:
    rows = Review.objects.select_related("screening__patient__clinic", "decided_by")
    review = rows.get(ref=document.subject_ref)
    return letterhead.page("letters/decision.html", letter(document, review, reader), document.clinic_id)


def letter(document: StoredDocument, review: Review, reader: Reader) -> DecisionLetter:
    """What the letter says, as it stood when it was asked for."""
    patient, then = review.patient, document.asked_at
    notes = list(_against(review, then))
    course = patient.courses.filter(opened_at__lte=review.decided_at).order_by("-number").first()
    status = "does not stand any more" if notes else review.get_decision_display().lower()
    by = f"{review.decided_by}, {review.role_used.replace('_', ' ')}"
    said = _for_patient(review) if reader == Reader.PATIENT else _for_referrer(review, course)
    return DecisionLetter(
        **letterhead.letter(document, patient, reader, status=status, draft=bool(notes), facts=[]),
        about=f"{patient.given_name} {patient.family_name}, born {in_words(patient.birth_date)}",
        decision=_decision(review),
        passages=list(said),
        signature=f"Decision signed by {by}, {moment(review.decided_at, patient.clinic.zone)}",
        notes=notes,
    )


def _decision(review: Review) -> str:
    if review.decision == Decision.DECLINE:
        return "Not approved"
    return "Approved, with conditions" if review.conditions_in_words else "Approved"


def _against(review: Review, then: datetime) -> Iterator[str]:
    """Why the decision does not stand: one made since, newer answers, an override that waits for its second."""
    screening = review.screening
    if Review.objects.filter(screening=screening, pk__gt=review.pk, decided_at__lte=then).exists():
        yield "A newer decision was made on this screening."
    newer = Screening.objects.filter(patient=screening.patient_id, version__gt=screening.version)
    if newer.filter(submitted_at__lte=then).exists():
        yield "The screening was answered or checked anew since: the new version decides."
    waiting = Override.objects.filter(finding__screening=screening, kind=OverrideKind.DUAL, made_at__lte=then)
    waiting = waiting.filter(Q(seconded_at=None) | Q(seconded_at__gt=then), Q(lapsed_at=None) | Q(lapsed_at__gt=then))
    if review.decision != Decision.DECLINE and waiting.exists():
        yield "An override waits for its second signature."


def _conditions(review: Review) -> list[str]:
    """Each on a line of its own."""
    return [line.strip() for one in review.conditions_in_words for line in one.splitlines() if line.strip()]


def _for_referrer(review: Review, course: Course | None) -> Iterator[Passage]:
    for_what = f" for {course.indication}" if course is not None and course.indication else ""
    opening = f"You will want to know what we decided about {KAP}{for_what}."
    if review.decision == Decision.DECLINE:
        yield Passage("", [opening, "We do not offer it at this time."])
        yield Passage("Why", [review.reason])
        yield Passage("Offered instead", [review.conditions or "Nothing is written down yet."])
        yield Passage("What this means for you", ["No ketamine will be given here. The patient stays in your care."])
        return
    until = f" The approval holds until {in_words(review.expires_on)}." if review.expires_on else ""
    yield Passage("", [opening, f"A prescriber has found it suitable.{until}"])
    yield Passage("Why", [review.reason])
    if conditions := _conditions(review):
        yield Passage("Conditions", conditions, listed=True)
    yield Passage(
        "What we ask of you",
        [
            "Tell us of a new medicine or diagnosis, a hospital stay, surgery or pregnancy: each reopens the decision.",
            "Please change no medicine on account of this treatment without speaking to us.",
        ],
        listed=True,
    )


def _for_patient(review: Review) -> Iterator[Passage]:
    """Plain words; the prescriber's own reason is for the talk, not for a letter."""
    if review.decision == Decision.DECLINE:
        yield Passage("", ["We looked at what you told us. We do not think this treatment is right for you now."])
        yield Passage("What we offer instead", [review.conditions or "Call us. We will talk about what else can help."])
        yield Passage(
            "What you can do",
            [
                "You can ask us why. We will go through it with you.",
                "You can ask for a copy of your record.",
                "Please keep taking your medicines. Talk with your doctor before you change one.",
            ],
            listed=True,
        )
        return
    until = f" This yes holds until {in_words(review.expires_on)}." if review.expires_on else ""
    yield Passage("", [f"Good news: you can start treatment with us.{until}"])
    if conditions := _conditions(review):
        yield Passage("What we set to keep you safe", conditions, listed=True)
    yield Passage(
        "What you can do",
        [
            "Tell us if you start, stop or change a medicine.",
            "Tell us if you get ill, go to a hospital, or could be pregnant.",
            "Please keep taking your medicines. Ask us before you change one.",
            "You can change your mind at any time.",
        ],
        listed=True,
    )
