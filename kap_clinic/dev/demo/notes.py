"""Notes of the demo: a draft, signed ones, one whose co-signature waits, one with an addendum."""

from datetime import timedelta

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.cast import Cast
from kap_clinic.dev.demo.moments import Story
from patients.models import Patient
from patients.notes import actions
from patients.notes.actions import Proof
from patients.notes.models import Note
from patients.notes.terms import NoteKind

STATE = "Mood lower than last week, thinking clear. Asked about suicide: no thoughts."
TEXTS: dict[str, tuple[NoteKind, dict[str, str]]] = {
    "session": (
        NoteKind.DOSING,
        {
            "course": "Inward and calm from the tenth minute; wept at the twentieth, hand on the shoulder when asked.",
            "after": "Clear by the second hour. Left with the spouse.",
            "state": STATE,
            "plan": "Integration on the next working day; the intention stays as it is.",
        },
    ),
    "consult": (
        NoteKind.CONSULT,
        {
            "question": "Sleep medicine before a dose day.",
            "findings": "Zolpidem on five nights of seven; no daytime sedation.",
            "judgement": "Held from the evening before; sleep diary meanwhile.",
            "plan": "Seen again in two weeks.",
        },
    ),
    "call": (
        NoteKind.CALL,
        {
            "who": "Called back about the headache of yesterday.",
            "said": "Gone by the evening with water and rest. Knows when to call at once.",
            "state": STATE,
            "plan": "No change.",
        },
    ),
}
# Family name, what, working day, hour, how far it has come.
NOTES = (
    ("Vance", "session", -10, "13:10", "cosigned"),
    ("Vance", "session", -5, "13:20", "signed"),
    ("Nguyen", "session", -3, "13:00", "cosign_waits"),
    ("Kaplan", "call", -4, "16:40", "addendum"),
    ("Halvorsen", "consult", -5, "11:00", "signed"),
    ("Farouk", "session", -2, "14:00", "draft"),
    ("Castellanos", "call", -1, "16:30", "draft"),
    ("Mwangi", "call", -6, "12:10", "signed"),
)


def write(family: str, what: str, day: int, hour: str, comes_to: str, cast: Cast) -> Story:
    """One note, from its first words to where it stands."""
    moment = cast.days.at(day, hour)
    yield moment
    patient = Patient.objects.get(family_name=family)
    kind, sections = TEXTS[what]
    prescriber = kind == NoteKind.CONSULT
    author = cast.users["prescriber" if prescriber else "therapist"]
    waits = comes_to in {"cosign_waits", "cosigned"}
    course = patient.courses.live().first()
    note = actions.start(patient=patient, course=course, kind=kind, by=author, needs_cosign=waits)
    note = actions.save(note=note, by=author, version=note.version, title="", sections=sections)
    if comes_to == "draft":
        return
    yield moment + timedelta(minutes=12)
    note = actions.sign(note=note, by=author, version=note.version, proof=_proof(author, cast))
    if comes_to in {"cosigned", "addendum"}:
        yield moment + timedelta(minutes=80)
        _go_on(note, comes_to, author, cast)


def _go_on(note: Note, comes_to: str, author: User, cast: Cast) -> None:
    if comes_to == "cosigned":
        prescriber = cast.users["prescriber"]
        actions.cosign(note=note, by=prescriber, proof=_proof(prescriber, cast))
    else:
        text = "The headache was on the left side; she had said so and it was left out."
        actions.add(note=note, by=author, text=text, proof=_proof(author, cast))


def _proof(by: User, cast: Cast) -> Proof:
    role = Role.PRESCRIBER if by == cast.users["prescriber"] else Role.THERAPIST
    return Proof(role=role, zone=cast.clinic.zone, identity="Own account, password and code")
