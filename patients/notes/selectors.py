"""What pages and the rows above read of notes. A draft is only ever shown to its author."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from kap_clinic.accounts.access import has_grants, may, visible
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import Somebody, alike, asking
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Read, compiled
from patients.course.models import Course
from patients.notes import drafts, rules
from patients.notes.models import Note, NoteAddendum, NoteRevision
from patients.notes.terms import Meaning, NoteKind
from patients.record import rules as days
from patients.record.models import Patient

PAGE = 50
FEW = 8
ON_CHART = 5
OLD_VERSIONS = 30  # how far back a text that was typed and not sent is looked for
GIST = 160  # characters


@dataclass(frozen=True)
class Line:
    """One note in a list, in the order of LINE."""

    ref: UUID
    kind: str
    title: str
    sections: Mapping[str, str]
    started_at: datetime
    author: str
    signed_at: datetime | None
    needs_cosign: bool
    cosigned_at: datetime | None
    addenda: int

    @property
    def name(self) -> str:
        return self.title or str(NoteKind(self.kind).label)

    @property
    def kind_in_words(self) -> str:
        return str(NoteKind(self.kind).label)

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None

    @property
    def waits_for_cosign(self) -> bool:
        return self.is_signed and self.needs_cosign and self.cosigned_at is None

    @property
    def addenda_words(self) -> str:
        return f"{self.addenda} addend{'um' if self.addenda == 1 else 'a'}"

    @property
    def gist(self) -> str:
        """The beginning of what it says, needed sections first."""
        parts = sorted(rules.sections_of(self.kind), key=lambda part: not part.needed)
        text = next((said for part in parts if (said := self.sections.get(part.key, "").strip())), "")
        return f"{text[:GIST].rstrip()}…" if len(text) > GIST else text


LINE = (
    *("ref", "kind", "title", "sections", "started_at", "author__name", "signed_at", "needs_cosign", "cosigned_at"),
    "addenda_count",
)


@dataclass(frozen=True)
class Status:
    """That there is a note, and whether it is signed: all the desk of a clinic learns (permissions.md, row 9, `s`)."""

    started_at: datetime
    signed_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class Owed:
    """A note this person has to sign or co-sign. `due_at`: until when; None for a co-signature."""

    ref: UUID
    patient_ref: UUID
    patient: str
    name: str
    author: str
    started_at: datetime
    due_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class Standing:
    """How the note of a visit stands, for the row above that links to it."""

    about_ref: UUID
    ref: UUID
    kind: str
    started_at: datetime
    signed_at: datetime | None
    signed_by: str
    needs_cosign: bool
    cosigned_at: datetime | None

    @property
    def is_complete(self) -> bool:
        """Signed, and co-signed where that is needed."""
        return self.signed_at is not None and (self.cosigned_at is not None or not self.needs_cosign)


@dataclass(frozen=True)
class Signature:
    """One signature as it is shown on screen and paper."""

    meaning: str
    name: str
    role: str
    at: datetime
    zone: str
    identity: str
    sha256: str

    @property
    def role_in_words(self) -> str:
        return self.role.replace("_", " ")

    @property
    def when(self) -> str:
        """Date and time where it was signed: 24 Nov 2026, 14:42:32 EST (America/New_York)."""
        local = self.at.astimezone(ZoneInfo(self.zone))
        return f"{days.in_words(local.date())}, {local:%H:%M:%S %Z} ({self.zone})"

    @property
    def when_utc(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Part:
    """One section of a note with its text; empty where nothing is written."""

    key: str
    label: str
    hint: str
    needed: bool
    text: str


@dataclass(frozen=True)
class Added:
    """One addendum. `is_as_signed`: its text is still the one that was signed."""

    text: str
    signature: Signature
    is_as_signed: bool


@dataclass(frozen=True)
class Reading:
    """A note as it is read. `is_as_signed` is None for a draft, False if the text is not the one that was signed."""

    note: Note
    parts: list[Part]
    signatures: list[Signature]
    addenda: list[Added]
    missing: list[str]  # sections to write before it can be signed
    is_as_signed: bool | None

    @property
    def written(self) -> list[Part]:
        return [part for part in self.parts if part.text]

    @property
    def is_untouched(self) -> bool:
        """Whether note, signatures and addenda are what was signed."""
        return self.is_as_signed is not False and all(one.is_as_signed for one in self.addenda)


# Lists


def listed(patient: Patient, member: Member, *, page: int = 1) -> tuple[list[Line], bool]:
    """A page of the notes somebody may read of a patient, newest first, and whether there are older ones."""
    start = (max(page, 1) - 1) * PAGE
    lines = _lines(_signed(patient, member))[start : start + PAGE + 1]
    return [Line(*row) for row in lines][:PAGE], len(lines) > PAGE


def own_drafts(patient: Patient, member: Member) -> list[Line]:
    """The person's own unsigned notes of a patient, oldest first: what has waited longest."""
    rows = Note.objects.unsigned().filter(patient=patient, author_id=member.user_id)
    return [Line(*row) for row in _lines(visible(member, Permission.NOTE_VIEW, rows)).order_by("started_at", "id")]


def on_chart_read(patient: Patient, member: Member) -> Read:
    """The newest notes somebody may read of a patient, each as a `Line` takes it: signed ones, and their own drafts."""
    if has_grants(member, Permission.NOTE_VIEW):
        return Read(_newest(visible(member, Permission.NOTE_VIEW, Note.objects.filter(patient=patient))), LINE)
    return _on_chart(patient, *asking(member), **alike(member))


@compiled
def _on_chart(patient: Patient, user: int, clinic: int, now: datetime, *, roles: frozenset[Role]) -> Read:
    somebody = Somebody(user, clinic, now, roles)
    return Read(_newest(visible(somebody, Permission.NOTE_VIEW, Note.objects.filter(patient=patient))), LINE)


def _newest(rows: QuerySet[Note]) -> QuerySet[Any]:
    return rows.annotate(addenda_count=Count("addenda")).order_by("-started_at", "-id")[:ON_CHART]


def _signed(patient: Patient, member: Member) -> QuerySet[Note]:
    return visible(member, Permission.NOTE_VIEW, Note.objects.signed().filter(patient=patient))


def _lines(rows: QuerySet[Note]) -> QuerySet[Any, tuple[Any, ...]]:
    return rows.annotate(addenda_count=Count("addenda")).order_by("-started_at", "-id").values_list(*LINE)


def statuses(patient: Patient, now: datetime) -> list[Status]:
    """That notes were written and signed; nothing of what they are about."""
    hours = value_of("note_sign_hours", patient.clinic_id)
    rows = Note.objects.live().filter(patient=patient).order_by("-started_at", "-id")
    return [
        Status(started, signed, signed is None and rules.due_at(started, hours) <= now)
        for started, signed in rows.values_list("started_at", "signed_at")[:PAGE]
    ]


def unsigned_of(member: Member, now: datetime) -> list[Owed]:
    """The person's own unsigned notes, oldest first; overdue after the clinic's hours (PD 48, protocol 6)."""
    if not may(member, Permission.NOTE_SIGN):
        return []
    hours = value_of("note_sign_hours", member.clinic_id)
    rows = visible(member, Permission.NOTE_SIGN, Note.objects.unsigned()).select_related("patient", "author")
    found = [(row, rules.due_at(row.started_at, hours)) for row in rows.order_by("started_at", "id")[:PAGE]]
    return [_owed(row, due, is_overdue=due <= now) for row, due in found]


def to_cosign(member: Member) -> list[Owed]:
    """Notes that wait for a co-signature this person may give, the one signed first on top."""
    if not may(member, Permission.NOTE_COSIGN):
        return []
    rows = visible(member, Permission.NOTE_COSIGN, Note.objects.awaiting_cosign()).select_related("patient", "author")
    return [_owed(row, None, is_overdue=False) for row in rows.order_by("signed_at", "id")[:FEW]]


def _owed(row: Note, due: datetime | None, *, is_overdue: bool) -> Owed:
    return Owed(row.ref, row.patient.ref, str(row.patient), str(row), row.author.name, row.started_at, due, is_overdue)


# For the rows above


def signed(about_ref: UUID) -> Standing | None:
    """The newest signed note of a visit or session, or None. `is_complete` says whether a co-signature still waits."""
    return next((one for one in _standings([about_ref]) if one.signed_at), None)


def standings(about_refs: Iterable[UUID]) -> dict[UUID, list[Standing]]:
    """The live notes of many visits in one statement, newest first: drafts too, as that they exist. No text."""
    found: dict[UUID, list[Standing]] = {}
    for one in _standings(about_refs):
        found.setdefault(one.about_ref, []).append(one)
    return found


def _standings(about_refs: Iterable[UUID]) -> Iterator[Standing]:
    rows = Note.objects.live().filter(about_ref__in=list(about_refs)).order_by("-started_at", "-id")
    fields = ("about_ref", "ref", "kind", "started_at", "signed_at", "signed_name", "needs_cosign", "cosigned_at")
    for row in rows.values_list(*fields):
        yield Standing(*row)


# One note


def reading(note: Note, *, before: datetime | None = None) -> Reading:
    """A note with its signatures and addenda; with `before`, only those made until then."""

    def counts(at: datetime | None) -> bool:
        return at is not None and (before is None or at <= before)

    rows = [row for row in note.addenda.select_related("signed_by") if counts(row.signed_at)]
    signatures = [
        signature_of(note, prefix, meaning)
        for prefix, meaning in (("signed", Meaning.AUTHOR), ("cosigned", Meaning.COSIGN))
        if counts(getattr(note, f"{prefix}_at"))
    ]
    return Reading(
        note=note,
        parts=parts_of(note.kind, note.sections),
        signatures=signatures,
        addenda=[
            Added(row.text, signature_of(row, "signed", Meaning.ADDENDUM), row.signed_sha256 == addendum_digest(row))
            for row in rows
        ],
        missing=[one.label for one in rules.missing(note.kind, note.sections)],
        is_as_signed=_is_as_signed(note),
    )


def parts_of(kind: NoteKind | str, said: Mapping[str, str]) -> list[Part]:
    """The sections of a kind with what is written in them."""
    return [Part(one.key, one.label, one.hint, one.needed, said.get(one.key, "")) for one in rules.sections_of(kind)]


def due_at(note: Note) -> datetime:
    """Until when a draft is signed (PD 48 hours, protocol 6)."""
    return rules.due_at(note.started_at, value_of("note_sign_hours", note.clinic_id))


def signature_of(row: Note | NoteAddendum, prefix: str, meaning: Meaning) -> Signature:
    def of(name: str) -> Any:
        return getattr(row, f"{prefix}_{name}")

    return Signature(str(meaning.label), of("name"), of("role"), of("at"), of("zone"), of("identity"), of("sha256"))


def _is_as_signed(note: Note) -> bool | None:
    if note.signed_at is None:
        return None
    cosigned = note.cosigned_at is None or note.cosigned_sha256 == cosign_digest(note)
    return note.signed_sha256 == content_digest(note) and cosigned


def content_digest(note: Note) -> str:
    """Of all that is signed: whose it is, the exact version, every word, and the signature itself (SEC-40)."""
    return rules.digest(
        {
            "note": note.ref,
            "patient": note.patient.ref,
            "course": note.course.ref if note.course else None,
            "kind": str(note.kind),
            "about": note.about_ref,
            "title": note.title,
            "sections": rules.tidy(note.kind, note.sections),
            "version": note.version,
            "started_at": note.started_at.astimezone(UTC).isoformat(),
            **_signature(note, "signed", Meaning.AUTHOR),
        }
    )


def cosign_digest(note: Note) -> str:
    """Of the co-signature, and of what its author signed."""
    return rules.digest({"signed": note.signed_sha256, **_signature(note, "cosigned", Meaning.COSIGN)})


def addendum_digest(row: NoteAddendum) -> str:
    """Of the addendum, and of the note it was added to."""
    signed = {"addendum": row.ref, "signed": row.note.signed_sha256, "text": row.text}
    return rules.digest({**signed, **_signature(row, "signed", Meaning.ADDENDUM)})


def _signature(row: Note | NoteAddendum, prefix: str, meaning: Meaning) -> dict[str, Any]:
    return {
        "meaning": str(meaning),
        "by": getattr(row, f"{prefix}_by").ref,
        "name": getattr(row, f"{prefix}_name"),
        "role": getattr(row, f"{prefix}_role"),
        "zone": getattr(row, f"{prefix}_zone"),
        "identity": getattr(row, f"{prefix}_identity"),
        "at": getattr(row, f"{prefix}_at").astimezone(UTC).isoformat(),
    }


def text_at(note: Note, version: int) -> dict[str, str]:
    """Title and sections of one version, as a form names them; of one never saved, nothing."""
    row = NoteRevision.objects.filter(note=note, version=version, taken=True).first()
    return {"title": row.title, **rules.tidy(note.kind, row.sections)} if row else {}


def text_of(note: Note) -> dict[str, str]:
    return {"title": note.title, **rules.tidy(note.kind, note.sections)}


def live_course(patient: Patient) -> Course | None:
    return Course.objects.live().filter(patient=patient).order_by("-number").first()


# What was typed and never sent


def begun(patient: Patient, user: User) -> list[NoteKind]:
    """Kinds of a new note somebody began to type for a patient and did not save."""
    places = {drafts.place("new", patient.ref, kind): kind for kind in NoteKind}
    found = drafts.waiting(patient.clinic_id, user, places)
    return [kind for place, kind in places.items() if place in found and _says_something(found[place], kind)]


def left_over(note: Note, user: User) -> tuple[int, dict[str, str]] | None:
    """What the author typed on an older version and never sent, with that version: in another window, before a crash.

    The newest such version; None where there is nothing, or what it says stands in the note already.
    """
    first = max(1, note.version - OLD_VERSIONS)
    places = {drafts.place(note.ref, version): version for version in range(note.version - 1, first - 1, -1)}
    found = drafts.waiting(note.clinic_id, user, places)
    for place, version in places.items():
        if place in found:
            text = {"title": found[place].get("title", ""), **rules.tidy(note.kind, found[place])}
            if text != text_of(note):
                return version, text
    return None


def _says_something(fields: Mapping[str, str], kind: NoteKind) -> bool:
    return any(rules.tidy(kind, fields).values())
