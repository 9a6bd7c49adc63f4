"""A consent on paper: every section, the answers, the signatures, and a page of evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kap_clinic.documents.models import StoredDocument
from patients.consents import rules, selectors
from patients.consents.models import Consent
from patients.consents.selectors import Question, Reading, Signed
from patients.consents.terms import State
from patients.record import letterhead
from patients.record.letterhead import Letterhead


@dataclass(frozen=True)
class ConsentLetter(Letterhead):
    reading: Reading
    state: str
    ended: str  # that it was taken back, in a sentence
    approval: str  # who approved the text
    answers: list[Question]
    places: list[Signed]
    facts: list[tuple[str, str]]


def consent(document: StoredDocument) -> str:
    """The HTML of the consent this paper prints, as it stood when the paper was asked for."""
    rows = Consent.objects.select_related("text", "patient", "course", "clinic", "revoked_by", "text__approved_by")
    row = rows.get(ref=document.subject_ref)
    return letterhead.page("letters/consent.html", letter(document, row), document.clinic_id)


def letter(document: StoredDocument, row: Consent) -> ConsentLetter:
    then = document.asked_at
    places = selectors.signed(row, before=then)
    state = state_then(row, places, then)
    counts = row.text.approved_at is not None and row.text.approved_at <= then
    draft = not counts or state in {State.DRAFT, State.PRESENTED}
    status = f"version {row.text.version}, {_status(state, places).lower()}"
    return ConsentLetter(
        **letterhead.head(document, row.patient, status=status, draft=draft, facts=[]),
        reading=selectors.reading(row),
        state=_status(state, places),
        ended=_ended(row, then),
        approval=_approval(row) if counts else "The text is not approved: it does not count.",
        answers=selectors.questions(row, before=then),
        places=places,
        facts=list(_facts(row)),
    )


def state_then(row: Consent, places: list[Signed], then: datetime) -> State:
    """The state at a moment: a paper asked for before a signature does not show it."""
    if row.revoked_at is not None and row.revoked_at <= then:
        return State.REVOKED
    if row.state == State.REFUSED and any(place.at for place in places):
        return State.REFUSED
    if row.completed_at is not None and row.completed_at <= then:
        return State.SIGNED
    return State.PRESENTED if row.presented_at is not None and row.presented_at <= then else State.DRAFT


def _status(state: State, places: list[Signed]) -> str:
    if state == State.PRESENTED:
        return f"Not complete, waits for {rules.in_words([place.place for place in places if not place.at])}"
    return str(state.label)


def _ended(row: Consent, then: datetime) -> str:
    if row.revoked_at is None or row.revoked_at > then:
        return ""
    at = letterhead.moment(row.revoked_at, row.clinic.zone)
    noted = f", written down by {row.revoked_by}" if row.revoked_by else ""
    why = f" Reason given: {row.revoked_why}" if row.revoked_why else ""
    how = row.get_revoked_way_display().lower()
    return f"The patient took this back on {at}, {how}{noted}.{why}"


def _approval(row: Consent) -> str:
    at = row.text.approved_at
    if at is None:
        return ""
    day = rules.day_in_words(at.astimezone(ZoneInfo(row.text.approved_zone)).date())
    return f"Text approved by {row.text.approved_name} on {day}."


def _facts(row: Consent) -> Iterator[tuple[str, str]]:
    yield "Consent", str(row.ref)
    yield "Text", f"{row.text.title}, version {row.text.version}"
    yield "SHA-256 of the text", row.text.sha256
    if row.presented_at:
        yield "Given to the patient", f"{row.presented_at:%Y-%m-%d %H:%M:%S} UTC"
    if row.sha256:
        yield "SHA-256 of what is signed", row.sha256
