"""When a consent holds, who signs it, when nobody may sign, and which touch is allowed. Pure: no database, no clock.

Source: consent-elements 1, 3, 6 and 7.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from patients.consents.terms import ConsentKind, Meaning, Route, Signer, State, Taught, TouchLevel

SIGNERS: Mapping[str, tuple[Signer, ...]] = {  # consent-elements 1
    ConsentKind.TREATMENT: (Signer.PATIENT, Signer.PRESCRIBER, Signer.WITNESS),
    ConsentKind.PRIVACY: (Signer.PATIENT,),
    ConsentKind.FINANCIAL: (Signer.PATIENT,),
    ConsentKind.TOUCH: (Signer.PATIENT, Signer.THERAPIST),
}
MEANING: Mapping[str, Meaning] = {
    Signer.PATIENT: Meaning.CONSENT,
    Signer.PRESCRIBER: Meaning.REVIEW,
    Signer.THERAPIST: Meaning.LIMITS,
    Signer.WITNESS: Meaning.WITNESS,
}
TALKED_THROUGH = frozenset({ConsentKind.TREATMENT, ConsentKind.TOUCH})  # a sober talk comes before the signature
OF_A_COURSE = frozenset({ConsentKind.TREATMENT, ConsentKind.TOUCH})  # a new course needs a new one
RENEW_MONTHS: Mapping[str, int] = {ConsentKind.TREATMENT: 12}  # PD
SOBER_FOR = timedelta(hours=24)  # after a dose, PD
AWAKE = 5  # MOAA/S at which somebody may sign, PD
EMERGENCY_TOUCH = (  # always allowed and always recorded
    "Keep the airway open",
    "Recovery position",
    "Catch a fall",
    "Prevent an injury that is about to happen",
    "Check on the patient in an emergency",
)
NAMES: Mapping[str, str] = {
    ConsentKind.TREATMENT: "treatment consent",
    ConsentKind.PRIVACY: "privacy consent",
    ConsentKind.FINANCIAL: "consent about cost",
    ConsentKind.TOUCH: "touch consent",
}
MOVES: Mapping[str, frozenset[State]] = {  # guarded by the database too
    State.DRAFT: frozenset({State.PRESENTED, State.SUPERSEDED}),
    State.PRESENTED: frozenset({State.SIGNED, State.REFUSED, State.SUPERSEDED, State.REVOKED}),
    State.SIGNED: frozenset({State.SUPERSEDED, State.REVOKED}),
    State.REFUSED: frozenset(),
    State.SUPERSEDED: frozenset(),
    State.REVOKED: frozenset(),
}


@dataclass(frozen=True)
class Held:
    """The newest consent of a kind, as far as its validity goes. `signed_on` is the day in the clinic's zone.

    `ended_on` is the day it was refused or taken back; `named` are the ids of staff it names.
    """

    kind: str
    state: str
    version: int
    current_version: int | None  # None: no version of the text is approved now
    approved: bool  # the text was approved before the patient signed
    waits_for: tuple[str, ...] = ()
    signed_at: datetime | None = None
    signed_on: date | None = None
    ended_on: date | None = None
    renew_months: int | None = None
    routes: frozenset[str] = frozenset()
    course: int | None = None
    prices_changed: bool = False
    named: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Asked:
    """What the consent is asked for: a day, and where it matters a t0, a route, a course, the staff in the room."""

    on: date
    t0: datetime | None = None
    route: str = ""
    course: int | None = None
    staff: Mapping[int, str] = field(default_factory=dict)  # id -> name


def reasons_not_valid(kind: str, held: Held | None, asked: Asked) -> list[str]:
    """Each reason why a consent does not hold, worded to be read aloud. None means it is valid (consent-elements 7)."""
    return list(_against(kind, held, asked))


def is_valid(kind: str, held: Held | None, asked: Asked) -> bool:
    return not reasons_not_valid(kind, held, asked)


def _against(kind: str, held: Held | None, asked: Asked) -> Iterator[str]:
    name = NAMES[kind]
    if held is None:
        yield f"There is no {name} yet."
    elif held.state != State.SIGNED:
        yield _unsigned(name, held)
    else:
        yield from _signed(name, held, asked)


def _unsigned(name: str, held: Held) -> str:
    if held.state == State.PRESENTED:
        return f"The {name} is not signed yet by: {in_words(held.waits_for)}."
    day = f" on {day_in_words(held.ended_on)}" if held.ended_on else ""
    return {
        State.DRAFT: f"The {name} is a draft. The patient has not been given it.",
        State.REFUSED: f"The patient refused the {name}{day}.",
        State.REVOKED: f"The patient took back the {name}{day}.",
        State.SUPERSEDED: f"The {name} was replaced by a newer one that is not signed.",
    }[State(held.state)]


def _signed(name: str, held: Held, asked: Asked) -> Iterator[str]:
    if held.waits_for:
        yield f"The {name} is not signed yet by: {in_words(held.waits_for)}."
    if not held.approved:
        yield f"The text of the {name} was not approved when it was signed."
    if held.version != held.current_version:
        newer = f"version {held.current_version} holds now" if held.current_version else "no version is approved now"
        yield f"The {name} was signed in version {held.version}; {newer}."
    until = renew_on(held)
    if until and asked.on > until:
        yield f"The {name} ran out on {day_in_words(until)}."
    if asked.t0 and (held.signed_at is None or held.signed_at >= asked.t0):
        yield f"The {name} was not signed before the dose."
    yield from _of_its_kind(name, held, asked)


def _of_its_kind(name: str, held: Held, asked: Asked) -> Iterator[str]:
    if held.kind in OF_A_COURSE and asked.course is not None and held.course != asked.course:
        yield f"The {name} belongs to an earlier course."
    if held.kind == ConsentKind.TREATMENT and asked.route and asked.route not in held.routes:
        yield f"The {name} does not cover ketamine {route_in_words(asked.route)}."
    if held.kind == ConsentKind.FINANCIAL and held.prices_changed:
        yield "The prices have changed since the patient signed."
    if held.kind == ConsentKind.TOUCH:
        for who in (name_ for user, name_ in asked.staff.items() if user not in held.named):
            yield f"The touch consent does not name {who}."


def state_now(held: Held, on: date) -> State:
    """The state people read: a signed consent that ran out, or whose text has a newer version, says so."""
    if held.state != State.SIGNED:
        return State(held.state)
    until = renew_on(held)
    if until and on > until:
        return State.EXPIRED
    return State.SIGNED if held.version == held.current_version else State.SUPERSEDED


def renew_on(held: Held) -> date | None:
    """The last day a signed consent holds; None: until something changes. 29 February ends on the 28th."""
    if held.signed_on is None or held.renew_months is None:
        return None
    return add_months(held.signed_on, held.renew_months)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last. ValueError: fewer than 0 months."""
    if months < 0:
        raise ValueError("Months are counted forward.")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


# Before a signature


def reasons_against_presenting(*, kind: str, state: str, approved: bool, gaps: Sequence[str]) -> list[str]:
    """Each reason why a draft may not be given to the patient."""
    return list(_against_presenting(kind, state, approved, gaps))


def _against_presenting(kind: str, state: str, approved: bool, gaps: Sequence[str]) -> Iterator[str]:
    if state != State.DRAFT:
        yield f"This {NAMES[kind]} is not a draft."
    if not approved:
        yield "A named person has to approve this text before anybody signs it. It is under Settings, Consents."
    for gap in gaps:
        yield f"Not filled in: {gap}."


@dataclass(frozen=True)
class Readiness:
    """What a patient's signature needs. `wrong`: headings to read again, `unanswered`: questions still to answer."""

    state: str
    approved: bool
    talked: bool
    wrong: Sequence[str] = ()
    unanswered: int = 0
    electronic: bool = False  # agreed to sign on a screen
    clear_headed: bool = False
    printed_name: str = ""


def reasons_against_signing(
    kind: str, ready: Readiness, *, now: datetime, last_dose_at: datetime | None, sober_for: timedelta = SOBER_FOR
) -> list[str]:
    """Each reason why the patient may not sign now, worded for the patient."""
    waits = reasons_of_timing(now=now, last_dose_at=last_dose_at, sober_for=sober_for)
    return [*_against_signing(kind, ready), *waits]


def _against_signing(kind: str, ready: Readiness) -> Iterator[str]:
    if ready.state != State.PRESENTED:
        yield "This page is not open for signing any more. Ask the clinic for a new link."
        return
    if not ready.approved:
        yield "This text is not approved yet. It cannot be signed."
    if kind in TALKED_THROUGH and not ready.talked:
        yield "Your clinician talks this over with you first. Then you can sign."
    if ready.unanswered:
        yield "Answer the questions first."
    for heading in ready.wrong:
        yield f"Please read “{heading}” again and answer its question."
    if not ready.electronic:
        yield "Tick that you agree to sign on a screen, or ask us for paper."
    if not ready.clear_headed:
        yield "Tick that you are clear-headed. If you are not, come back another day."
    if not ready.printed_name.strip():
        yield "Type your full name."


def reasons_of_timing(
    *,
    now: datetime,
    last_dose_at: datetime | None,
    moaas: int | None = None,
    intoxicated: bool = False,
    sober_for: timedelta = SOBER_FOR,
) -> Iterator[str]:
    """Why nobody signs at this moment: after a dose, not awake, not sober (consent-elements 6, PD)."""
    if last_dose_at is not None and now - last_dose_at < sober_for:
        yield f"Signing opens {sober_for // timedelta(hours=1)} hours after the last dose."
    if moaas is not None and moaas < AWAKE:
        yield "Signing waits until the patient is fully awake."
    if intoxicated:
        yield "Signing waits until the patient is sober."


def reasons_against_talk(*, kind: str, state: str, taught: Collection[str], sober: bool) -> list[str]:
    """Each reason why a talk may not be written down as it is."""
    return list(_against_talk(kind, state, taught, sober))


def _against_talk(kind: str, state: str, taught: Collection[str], sober: bool) -> Iterator[str]:
    if state != State.PRESENTED:
        yield "Give the consent to the patient first, then talk it through."
    if not sober:
        yield "A talk counts only while the patient is sober and oriented."
    if kind == ConsentKind.TREATMENT and (missing := [item.label for item in Taught if item not in taught]):
        yield f"The patient says this back in their own words first: {'; '.join(missing)}."


def reasons_against_countersigning(*, state: str, patient_signed: bool, signed: bool) -> list[str]:
    """Each reason why a member of staff may not sign their part."""
    if signed:
        return ["You have signed this already."]
    if not patient_signed:
        return ["The patient signs first."]
    return [] if state == State.PRESENTED else ["This consent is not open for signing any more."]


def reasons_against_withdrawing(state: str) -> list[str]:
    """What was never signed, or is over, cannot be taken back. Anything else can, at any time and without a reason."""
    return [] if State.REVOKED in MOVES[State(state)] else ["There is no signature here that could be taken back."]


# Touch


def level_in_force(*, signed: int | None, today: int | None, revoked: bool) -> TouchLevel:
    """The lowest of the signed level, the level confirmed on the day and the one after any revocation.

    Not signed or not confirmed today counts as no touch: missing is never yes.
    """
    if revoked or signed is None or today is None:
        return TouchLevel.NONE
    return TouchLevel(min(signed, today))


def reasons_against_level(*, wanted: int, now: int, signed: int, after_dose: bool) -> list[str]:
    """Each reason why a session's level may not become `wanted`. Before t0 up to the signed one, then only down."""
    if after_dose and wanted > now:
        return ["After the dose touch can only get less. The request is recorded and talked about in integration."]
    if wanted > signed:
        return [f"The patient agreed to level {TouchLevel(signed).label} at most."]
    return []


def techniques_allowed(level: int, agreed: Sequence[str]) -> list[str]:
    """Named techniques count only at level 3."""
    return list(agreed) if level == TouchLevel.SOMATIC else []


# Words


def in_words(signers: Sequence[str]) -> str:
    return ", ".join(Signer(signer).label.split(",")[0].lower() for signer in signers)


def route_in_words(route: str) -> str:
    return Route(route).label if route in Route.values else f"by {route}"


def routes_in_words(routes: Sequence[str]) -> str:
    words = [route_in_words(route) for route in Route.values if route in routes]
    return " or ".join(words)


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
