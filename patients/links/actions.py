"""What is done with patient links: made, checked, filled in, sent, taken back, asked for again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts.doors import hashed
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import record
from kap_clinic.audit.terms import Outcome
from patients.links import rules, tokens
from patients.links.models import LinkForm, PatientLink
from patients.links.rules import Ask
from patients.links.terms import Event, LinkState
from patients.record.models import Patient
from patients.tasks.actions import open_task
from patients.tasks.terms import TaskKind

BY = "patient by link"  # whom the audit trail names
ROLE = "patient_link"
REPLACED = "Replaced by a newer link"
NEW_LINK_WITHIN = timedelta(days=1)  # PD


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class NotOpen(Exception):
    """The link leads nowhere any more, or the form was sent already."""


@transaction.atomic
def make(
    *,
    patient: Patient,
    asks: Sequence[Ask],
    by: User,
    watcher: User | None = None,
    watch_until: datetime | None = None,
) -> tuple[PatientLink, str]:
    """A link for these things, and its token. Older open links that ask for any of them are void.

    NotPossible: nothing asked for, or nobody named to look at answers that can show danger.
    """
    now = timezone.now()
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    watched_by = watcher.name if watcher else None
    if reasons := rules.reasons_against_making(asks=asks, watched_by=watched_by, watch_until=watch_until, now=now):
        raise NotPossible(reasons)
    _void_older(patient, asks, by=by, now=now)
    ref, nonce = uuid7(), tokens.new_nonce()
    token = tokens.make(ref, nonce)
    link = PatientLink.objects.create(
        ref=ref,
        clinic_id=patient.clinic_id,
        patient=patient,
        token_hash=hashed(token),
        nonce=nonce,
        made_by=by,
        expires_at=rules.expires_at(asks=asks, watch_until=watch_until, now=now),
        watcher=watcher,
        watch_until=watch_until,
    )
    LinkForm.objects.bulk_create(
        LinkForm(
            clinic_id=link.clinic_id,
            link=link,
            place=place,
            kind=ask.kind,
            what=ask.what,
            needs_watch=ask.needs_watch,
        )
        for place, ask in enumerate(asks, start=1)
    )
    record(Event.LINK_MADE, by=by, on=link, asks=[f"{ask.kind}:{ask.what}" for ask in asks], watcher=watched_by or "")
    return link, token


def _void_older(patient: Patient, asks: Sequence[Ask], *, by: User, now: datetime) -> None:
    same = Q()
    for ask in asks:
        same |= Q(forms__kind=ask.kind, forms__what=ask.what)
    for old in PatientLink.objects.open(now).filter(same, patient=patient).distinct():
        revoke(link=old, by=by, why=REPLACED)


@transaction.atomic
def revoke(*, link: PatientLink, by: User, why: str = "") -> PatientLink:
    """From now on it leads nowhere, also for who has it open. NotOpen: it is over already."""
    link = _locked(link)
    if link.state(timezone.now()) in {LinkState.FINISHED, LinkState.REVOKED}:
        raise NotOpen
    link.revoked_at, link.revoked_by, link.revoked_why = timezone.now(), by, why.strip()
    link.save(update_fields=["revoked_at", "revoked_by", "revoked_why"])
    record(Event.LINK_REVOKED, by=by, on=link, reason=link.revoked_why)
    return link


@transaction.atomic
def check(*, link: PatientLink, birth_date: date) -> bool:
    """The second check. The fifth wrong birth date closes the link. NotOpen: it leads nowhere any more."""
    link, now = _locked(link), timezone.now()
    if link.state(now) in rules.OVER:
        raise NotOpen
    if not rules.is_same_day(birth_date, link.patient.birth_date):
        link.tries += 1
        link.save(update_fields=["tries"])
        record(Event.LINK_REFUSED, by=BY, role=ROLE, on=link, outcome=Outcome.REFUSED, tries=link.tries)
        return False
    link.checked_at = now
    link.save(update_fields=["checked_at"])
    record(Event.LINK_CHECKED, by=BY, role=ROLE, on=link)
    return True


@transaction.atomic
def save_answer(*, form: LinkForm, link_id: str, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keep one answer of a questionnaire in its draft. Gives the answers before and after."""
    form = hold_form(form)
    before = form.answers
    after = {**before, link_id: value}
    form.answers, form.saved_at = after, timezone.now()
    form.save(update_fields=["draft", "saved_at"])
    return before, after


@transaction.atomic
def finish_form(*, form: LinkForm) -> PatientLink:
    """What it asked for is recorded: the draft is emptied, and with the last form the link is done."""
    form = hold_form(form)
    link = _locked(form.link)
    form.answers, form.sent_at = {}, timezone.now()
    form.save(update_fields=["draft", "sent_at"])
    record(Event.LINK_FORM_SENT, by=BY, role=ROLE, on=form, form=form.place)
    if not link.forms.filter(sent_at=None).exists():
        link.finished_at = form.sent_at
        link.save(update_fields=["finished_at"])
        record(Event.LINK_FINISHED, by=BY, role=ROLE, on=link)
    return link


@transaction.atomic
def ask_again(*, link: PatientLink) -> None:
    """The patient wants a new link: the front desk hears of it, once for each link."""
    link, now = _locked(link), timezone.now()
    if link.asked_again_at:
        return
    link.asked_again_at = now
    link.save(update_fields=["asked_again_at"])
    open_task(
        patient=link.patient,
        kind=TaskKind.FOLLOW_UP,
        title="Send a new link",
        action="The patient opened a link that no longer works and asks for a new one.",
        flag="link.asked_again",
        source_ref=link.ref,
        owner_role=Role.FRONT_DESK,
        owner=None,
        due_at=now + NEW_LINK_WITHIN,
        by=None,
    )
    record(Event.LINK_ASKED_AGAIN, by=BY, role=ROLE, on=link)


def _locked(link: PatientLink) -> PatientLink:
    rows = PatientLink.objects.select_for_update(of=("self",)).select_related("patient", "clinic", "watcher")
    return rows.get(pk=link.pk)


def hold_form(form: LinkForm) -> LinkForm:
    """The form, locked, of a link that still stands. Answers are taken while the visit lasts."""
    form = LinkForm.objects.select_for_update(of=("self",)).select_related("link__patient").get(pk=form.pk)
    if form.sent_at or form.link.state(timezone.now()) in rules.OVER:
        raise NotOpen
    return form
