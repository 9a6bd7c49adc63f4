"""A consent on a phone: which page comes when, and what signing it takes.

Pages are counted through: the parts to read, then the questions of understanding, then the signature.
"""

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.documents import selectors as documents
from kap_clinic.documents.models import StoredDocument
from patients.consents import selectors, texts
from patients.consents.actions.common import PAPER
from patients.consents.forms.preparing import Choices
from patients.consents.models import Consent
from patients.consents.selectors import Part, Question, Reading
from patients.consents.terms import ConsentKind, State
from patients.links.models import LinkForm

READ = "read"  # in the draft of the form: how many parts were read
WORDS_A_MINUTE = 150  # somebody who reads with care


@dataclass(frozen=True)
class Page:
    """One page: a part to read, a question, or the signature. `number` as in its address."""

    number: int
    total: int
    part: Part | None = None
    question: Question | None = None

    @property
    def is_signature(self) -> bool:
        return self.part is None and self.question is None

    @property
    def back(self) -> int | None:
        return self.number - 1 if self.number > 1 else None


@dataclass(frozen=True)
class OnPhone:
    """A consent as this link shows it."""

    form: LinkForm
    consent: Consent
    reading: Reading
    read: int  # how many parts were read

    @property
    def pages(self) -> int:
        return len(self.reading.parts) + len(self.reading.questions) + 1

    @property
    def is_understood(self) -> bool:
        return all(question.is_right for question in self.reading.questions)

    @property
    def go_on(self) -> int:
        """The page to go on with: the first that is not done yet."""
        parts = len(self.reading.parts)
        if self.read < parts:
            return self.read + 1
        for place, question in enumerate(self.reading.questions, start=1):
            if not question.is_right:
                return parts + place
        return self.pages

    @property
    def has_wishes(self) -> bool:
        return self.consent.kind == ConsentKind.TOUCH

    def page(self, number: int) -> Page | None:
        """None: there is no such page, or what comes before it is not done."""
        if not 0 < number <= self.go_on:
            return None
        parts, questions = self.reading.parts, self.reading.questions
        if number <= len(parts):
            return Page(number, self.pages, part=parts[number - 1])
        if number <= len(parts) + len(questions):
            return Page(number, self.pages, question=questions[number - len(parts) - 1])
        return Page(number, self.pages)

    def part_of(self, question: Question) -> Part:
        """The part to read again after a wrong answer."""
        return next(part for part in self.reading.parts if part.key == question.section)


def of_form(form: LinkForm) -> Consent | None:
    """The consent a form of a link is about."""
    rows = Consent.objects.select_related("text", "patient", "clinic", "course")
    return rows.filter(ref=UUID(form.what), patient_id=form.link.patient_id).first()


def is_open(consent: Consent | None) -> bool:
    """Whether the patient can still say yes or no to it."""
    return consent is not None and consent.state == State.PRESENTED and not selectors.signed_by_patient(consent)


def on_phone(form: LinkForm) -> OnPhone | None:
    """What there is to read and answer; None when it is not open any more."""
    consent = of_form(form)
    if consent is None or not is_open(consent):
        return None
    return OnPhone(form, consent, selectors.reading(consent), form.answers.get(READ, 0))


def address(shown: OnPhone) -> str:
    return reverse("portal:consent", args=[shown.form.ref, shown.go_on])


def takes(shown: OnPhone) -> str:
    """How long it takes, in words."""
    words = sum(len(line.split()) for section in shown.consent.sections for line in texts.lines(section))
    minutes = max(1, -(-words // WORDS_A_MINUTE))
    return f"{len(shown.reading.parts)} short parts to read, about {minutes} minutes"


def choices_of_wishes(consent: Consent) -> Choices:
    """What the patient can wish for; who may touch is named by staff."""
    return Choices(techniques=value_of("touch_techniques", consent.clinic_id))


def copy_of(consent: Consent) -> StoredDocument | None:
    """The newest paper of a consent, once it is made."""
    newest = next(iter(documents.of_subject(PAPER, consent.ref)), None)
    return documents.one(newest.ref) if newest is not None and newest.is_stored else None
