"""What a patient does in a visit, put together from the actions of the apps it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kap_clinic.audit.actions import record
from kap_clinic.portal import consents
from patients.consents.actions import Evidence, note_wishes, refuse_as_patient, sign_as_patient
from patients.consents.models import Consent
from patients.links import actions as links
from patients.links.actions import BY, ROLE
from patients.links.models import LinkForm, PatientLink
from patients.links.terms import Event
from screening import measures, remote
from screening.actions import record_measure
from screening.actions.partial import ask_in_person, note_partial
from screening.measures import Item
from screening.terms import MeasureEntry


@dataclass(frozen=True)
class Kept:
    """An answer that was kept: all answers now, and whether they show a danger they did not show before."""

    answers: Mapping[str, Any]
    danger: bool = False
    about_life: bool = False


@transaction.atomic
def answer(*, form: LinkForm, item: Item, value: int | None) -> Kept:
    """Keep one answer; None leaves the question out. Danger opens its task at once, sent or not (instruments.md 4)."""
    instrument, link = measures.instrument(form.what), form.link
    before, after = links.save_answer(form=form, link_id=item.link_id, value=value)
    known, now = remote.dangers(instrument, before), remote.dangers(instrument, after)
    new = {flag_id: flag for flag_id, flag in now.items() if flag_id not in known}
    if not new:
        return Kept(after)
    note_partial(patient=link.patient, instrument=form.what, answers=after, source_ref=form.ref, owner=link.watcher)
    record(Event.LINK_HELP_SHOWN, by=BY, role=ROLE, on=form, form=form.place, flags=sorted(new))
    return Kept(after, danger=True, about_life=remote.is_about_life(new))


@transaction.atomic
def read_part(*, form: LinkForm, number: int) -> None:
    """A part of a consent was read; the link goes on after it next time."""
    read = form.answers.get(consents.READ, 0)
    if number > read:
        links.save_answer(form=form, link_id=consents.READ, value=number)


@transaction.atomic
def wish(*, form: LinkForm, consent: Consent, wishes: Mapping[str, Any]) -> None:
    """Other wishes about touch: the text says so from now on, and is read again from its second part."""
    note_wishes(consent=consent, wishes=wishes, by=None)
    links.save_answer(form=form, link_id=consents.READ, value=1)


@transaction.atomic
def sign(*, form: LinkForm, consent: Consent, evidence: Evidence, **signature: Any) -> PatientLink:
    """The patient agrees to a consent and signs. NotOpen; NotPossible with every reason, worded for the patient."""
    form = links.hold_form(form)
    sign_as_patient(consent=consent, evidence=evidence, last_dose_at=None, **signature)  # no dose is recorded yet
    return links.finish_form(form=form)


@transaction.atomic
def refuse(*, form: LinkForm, consent: Consent, evidence: Evidence, signed_name: str, why: str) -> PatientLink:
    """The patient does not agree: a signature of its own."""
    form = links.hold_form(form)
    refuse_as_patient(consent=consent, evidence=evidence, signed_name=signed_name, why=why)
    return links.finish_form(form=form)


@transaction.atomic
def send(*, form: LinkForm) -> PatientLink:
    """Record a questionnaire as it was answered. NotOpen: it was sent already, or the link is over."""
    form = links.hold_form(form)
    instrument, link = measures.instrument(form.what), form.link
    answers = form.answers
    record_measure(
        patient=link.patient,
        instrument=form.what,
        answers=remote.kept(instrument, answers),
        entry=MeasureEntry.LINK,
        by=None,
        ref=form.ref,
        owner=link.watcher,
    )
    ask_in_person(
        patient=link.patient,
        instrument=form.what,
        items=remote.left_out(instrument, answers),
        source_ref=form.ref,
        owner=link.watcher,
    )
    return links.finish_form(form=form)
