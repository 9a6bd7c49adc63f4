"""What the pages of a visit show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse

from kap_clinic.accounts.access import may
from kap_clinic.accounts.permissions import Permission
from kap_clinic.portal import consents
from kap_clinic.portal.visits import Visit
from patients.links.models import LinkForm
from patients.links.terms import FormKind
from screening import measures, remote
from screening.measures import Instrument, Item

RIGHT = {FormKind.MEASURE: Permission.MEASURE_RECORD, FormKind.CONSENT: Permission.CONSENT_SIGN}


def form_of(visit: Visit, ref: UUID, kind: FormKind) -> LinkForm:
    """One form of this visit's link. Http404: of another link, or not one the holder may fill in."""
    form = visit.link.forms.filter(ref=ref, kind=kind).first()
    if form is None or not may(visit.holder, RIGHT[kind], visit.link.patient):
        raise Http404
    form.link = visit.link
    return form


# The list of what is asked


@dataclass(frozen=True)
class Asked:
    """One thing on the list. `address`: where to go on with it; `so_far`: how much of it is done, in words."""

    form: LinkForm
    title: str
    takes: str
    address: str = ""  # none: it is sent, or not open any more
    so_far: str = ""
    notice: str = ""

    @property
    def is_sent(self) -> bool:
        return self.form.sent_at is not None

    @property
    def is_begun(self) -> bool:
        return bool(self.so_far)


def asked(visit: Visit) -> list[Asked]:
    """Everything the link asks for, in its order."""
    listed = []
    for form in visit.link.forms.all():
        form.link = visit.link
        listed.append(consent_asked(form) if form.kind == FormKind.CONSENT else measure_asked(form))
    return listed


def consent_asked(form: LinkForm) -> Asked:
    consent = consents.of_form(form)
    title = consent.text.title if consent else "Consent"
    shown = None if form.sent_at else consents.on_phone(form)
    if shown is None:
        return Asked(form=form, title=title, takes="" if form.sent_at else "It is not open any more.")
    so_far = f"{shown.read} of {len(shown.reading.parts)} parts read" if shown.read else ""
    return Asked(form=form, title=title, takes=consents.takes(shown), address=consents.address(shown), so_far=so_far)


def measure_asked(form: LinkForm) -> Asked:
    instrument, answers = measures.instrument(form.what), form.answers
    questions = remote.asked(instrument, answers)
    waiting = [item for item in questions if item.link_id not in answers]
    minutes, done = remote.minutes(instrument), len(questions) - len(waiting)
    on = reverse("portal:check", args=[form.ref])
    if waiting:
        on = reverse("portal:question", args=[form.ref, number_of(instrument, waiting[0])])
    return Asked(
        form=form,
        title=instrument.title,
        takes=f"{len(questions)} questions, about {minutes} minute{'' if minutes == 1 else 's'}",
        address=on,
        so_far=f"{done} of {len(questions)} answered" if done else "",
        notice=instrument.unvalidated_notice or "",
    )


# One question


def number_of(instrument: Instrument, item: Item) -> int:
    """The number of a question in its address: its place in the form, whatever applies."""
    return instrument.items.index(item) + 1


@dataclass(frozen=True)
class Question:
    """One question with its place among those that apply or still may."""

    item: Item
    stem: str
    place: int
    total: int
    back: int | None  # number of the question before
    preface: str  # what the form says before its first question
    given: Any  # the answer so far; None: none

    @property
    def is_first(self) -> bool:
        return self.back is None


def question(form: LinkForm, number: int) -> Question | None:
    """The question with this number, None when there is none or it does not apply."""
    instrument, answers = measures.instrument(form.what), form.answers
    questions = remote.asked(instrument, answers)
    item = instrument.items[number - 1] if 0 < number <= len(instrument.items) else None
    if item is None or item not in questions:
        return None
    place = questions.index(item) + 1
    before = questions[place - 2] if place > 1 else None
    return Question(
        item=item,
        stem=remote.stem(instrument, item),
        place=place,
        total=len(questions),
        back=number_of(instrument, before) if before else None,
        preface=(instrument.instructions or "") if place == 1 else "",
        given=answers.get(item.link_id),
    )


def number_after(form: LinkForm, number: int, answers: Mapping[str, Any]) -> int | None:
    """Where to go after a question: the next one; None when every question is answered."""
    instrument = measures.instrument(form.what)
    questions = remote.asked(instrument, answers)
    waiting = [number_of(instrument, item) for item in questions if item.link_id not in answers]
    if not waiting:
        return None
    later = [each for item in questions if (each := number_of(instrument, item)) > number]
    return later[0] if later else waiting[0]


# Checking the answers


@dataclass(frozen=True)
class Answered:
    number: int
    item: Item
    words: str  # the answer in the words of the form; empty: left out
    is_waiting: bool  # not asked yet


def answers(form: LinkForm) -> list[Answered]:
    """Every question that applies, with its answer in the words it was chosen by."""
    instrument, given = measures.instrument(form.what), form.answers
    return [
        Answered(
            number_of(instrument, item),
            item,
            next((option.label for option in item.options if option.value == given.get(item.link_id)), ""),
            item.link_id not in given,
        )
        for item in remote.asked(instrument, given)
    ]


# What was just signed


@dataclass(frozen=True)
class Copy:
    title: str
    address: str


def copies(visit: Visit) -> list[Copy]:
    """Consents signed in this very visit, each with the address of its copy (SEC-28)."""
    return [Copy(title, reverse("portal:copy", args=[ref])) for ref, title in visit.state.get("signed", {}).items()]


# Words


def moment_in_words(moment: datetime, zone: str) -> str:
    """Like "Tuesday 24 November, 14:00", where the patient is."""
    here = moment.astimezone(ZoneInfo(zone))
    return f"{here:%A} {here.day} {here:%B}, {here:%H:%M}"
