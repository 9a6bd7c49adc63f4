"""What can be asked for in a link, who can look at the answers, and how links are listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.urls import reverse

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import holders
from patients.consents.models import Consent
from patients.consents.selectors import signed_by_patient
from patients.consents.terms import State
from patients.links import rules, selectors, tokens
from patients.links.models import LinkForm, PatientLink
from patients.links.rules import Ask
from patients.links.selectors import Listed
from patients.links.terms import FormKind, LinkState
from patients.record.models import Patient
from screening import measures, remote

AGAIN = "again"
CHIP = {
    LinkState.OPEN: "info",
    LinkState.CHECKED: "info",
    LinkState.FINISHED: "ok",
    LinkState.REVOKED: "plain",
    LinkState.SHUT: "warn",
    LinkState.EXPIRED: "plain",
}


@dataclass(frozen=True)
class Choice:
    """One thing to choose, with what it asks for. `again` brings several."""

    key: str
    words: str
    asks: tuple[Ask, ...]

    @property
    def needs_watch(self) -> bool:
        return any(ask.needs_watch for ask in self.asks)


def choices(patient: Patient, member: Member) -> list[Choice]:
    """What this person may ask this patient for; who may not see scales can ask for those of the last link again."""
    return list(_choices(patient, member))


def _choices(patient: Patient, member: Member) -> Iterator[Choice]:
    if may(member, Permission.MEASURE_RECORD, patient):
        for form in remote.forms():
            words = f"{form.short_title}, {form.title}" if form.title != form.short_title else form.title
            yield Choice(f"measure:{form.id}", words, (remote.ask_for(form.id),))
    elif again := _measures_of_last_link(patient):
        count = f"{len(again)} questionnaires" if len(again) > 1 else "questionnaire"
        yield Choice(AGAIN, f"The {count} of the last link", again)
    if may(member, Permission.CONSENT_MAKE, patient):
        for consent in _consents_to_sign(patient):
            ask = Ask(FormKind.CONSENT, str(consent.ref), needs_watch=False)
            yield Choice(f"consent:{consent.ref}", f"{consent.get_kind_display()}, to read and sign", (ask,))


def _consents_to_sign(patient: Patient) -> list[Consent]:
    """Given to the patient, who has said neither yes nor no."""
    given = Consent.objects.filter(patient=patient, state=State.PRESENTED).order_by("id")
    return [consent for consent in given if not signed_by_patient(consent)]


def _measures_of_last_link(patient: Patient) -> tuple[Ask, ...]:
    last = selectors.newest(patient)
    forms = last.forms.filter(kind=FormKind.MEASURE, sent_at=None) if last else ()
    return tuple(remote.ask_for(form.what) for form in forms)


def watchers(patient: Patient) -> list[User]:
    """Who can look at answers that show danger: on the care team, with the right to work on tasks."""
    team = patient.care_team.filter(left_at=None, user__in=holders(Permission.TASK_WORK)).select_related("user")
    return [place.user for place in team.order_by("user__name")]


@dataclass(frozen=True)
class Row:
    """One link of the list, in the words this person may read."""

    listed: Listed
    forms: list[str]
    chip: str
    may_revoke: bool

    @property
    def link(self) -> PatientLink:
        return self.listed.link

    @property
    def state(self) -> str:
        return self.listed.state.label


def rows(patient: Patient, member: Member, now: datetime) -> list[Row]:
    revokes = may(member, Permission.LINK_REVOKE, patient)
    return [
        Row(
            listed,
            [in_words(form, patient, member) for form in listed.forms],
            CHIP[listed.state],
            revokes and listed.state not in rules.OVER,
        )
        for listed in selectors.of_patient(patient, now)
    ]


def in_words(form: LinkForm, patient: Patient, member: Member) -> str:
    """What a link asks for: the name of a scale only to who may read scales."""
    if form.kind == FormKind.CONSENT:
        consent = Consent.objects.filter(ref=form.what, patient=patient).first()
        return consent.get_kind_display() if consent else "Consent"
    named = may(member, Permission.MEASURE_VIEW, patient)
    return measures.instrument(form.what).short_title if named else "Questionnaire"


@dataclass(frozen=True)
class Address:
    """A link as it is shown once: for the clipboard, and for a tablet's camera."""

    url: str
    picture: str  # an image address


def address_of(link: PatientLink) -> Address:
    url = settings.BASE_URL.rstrip("/") + reverse("portal:link", args=[tokens.again(link)])
    picture = segno.make(url, micro=False).svg_data_uri(scale=6, border=4, light="#ffffff", dark="#000000")
    return Address(url, picture)
