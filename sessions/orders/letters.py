"""A dose order on paper: what is ordered, for which weight, who confirmed what, who signed."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kap_clinic.accounts.models import User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.documents.actions import ask_for
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record import selectors as records
from patients.record.letterhead import Letterhead, moment
from patients.record.rules import in_words
from sessions.orders import rules, selectors
from sessions.orders.models import DoseOrder
from sessions.orders.terms import OrderState, Route

PAPER, PAPERS_TASK = "dose_order", "sessions.render_orders"


@dataclass(frozen=True)
class Signed:
    """One signature: printed name, role, local and UTC time, meaning (SEC-40)."""

    name: str
    role: str
    at: str
    meaning: str


@dataclass(frozen=True)
class OrderLetter(Letterhead):
    headline: str
    facts: list[tuple[str, str]]
    warnings: list[str]
    second_why: list[str]
    reason: str
    instructions: str
    signatures: list[Signed]
    ended: str
    sha256: str


def ask(order: DoseOrder, *, by: User) -> StoredDocument:
    """Queue a paper of this order as it stands now. The caller holds the order's row."""
    before = StoredDocument.objects.filter(kind=PAPER, subject_ref=order.ref).count()
    return ask_for(
        kind=PAPER,
        title="Dose order",
        subject=order,
        patient_ref=order.patient.ref,
        permission=Permission.ORDER_VIEW,
        by=by,
        version=before + 1,
        task=PAPERS_TASK,
    )


def order(document: StoredDocument) -> str:
    """The HTML of the order this paper prints, as it stood when the paper was asked for."""
    people = ("patient", "clinic", "weight", "signed_by", "seconded_by", "ended_by", "course")
    row = DoseOrder.objects.select_related(*people).get(ref=document.subject_ref)
    return letterhead.page("letters/dose_order.html", letter(document, row), document.clinic_id)


def letter(document: StoredDocument, row: DoseOrder) -> OrderLetter:
    then, zone = document.asked_at, row.clinic.zone
    is_seconded = _by(row.seconded_at, then)
    has_ended = _by(row.ended_at, then)
    waits = bool(row.second_why) and not is_seconded
    status = "ended" if has_ended else "waits for a second signature" if waits else OrderState.SIGNED.label.lower()
    facts = [records.allergies(row.patient, zone).in_words, f"Weight {_weighed(row)}"]
    return OrderLetter(
        **letterhead.head(document, row.patient, status=status, draft=waits, facts=facts),
        headline=headline(row),
        facts=ordered(row),
        warnings=row.warnings,
        second_why=row.second_why,
        reason=row.reason,
        instructions=row.instructions,
        signatures=_signatures(row, is_seconded, zone),
        ended=f"Ended {moment(row.ended_at, zone)} by {row.ended_by}: {row.ended_why}." if has_ended else "",  # type: ignore[arg-type]
        sha256=row.sha256,
    )


def _by(at: datetime | None, then: datetime) -> bool:
    return at is not None and at <= then


def _signatures(row: DoseOrder, is_seconded: bool, zone: str) -> list[Signed]:
    signed = [Signed(row.signed_name, _role(row.signed_role), _moment(row.signed_at, zone), selectors.MEANING)]
    if is_seconded:
        at = _moment(row.seconded_at, zone)
        signed.append(Signed(row.seconded_name, "second person", at, selectors.SECOND_MEANING))
    return signed


def _role(role: str) -> str:
    return role.replace("_", " ")


def _moment(at: datetime | None, zone: str) -> str:
    return f"{moment(at, zone)} ({moment(at, 'UTC')})" if at else ""


def _weighed(row: DoseOrder) -> str:
    day = row.weight.measured_at.astimezone(ZoneInfo(row.clinic.zone)).date()
    return f"{row.weight.kg} kg on {in_words(day)}"


# What an order says, for pages and paper


def headline(row: DoseOrder) -> str:
    """The order in a line: "Intramuscular: 55 mg, 3 sessions until 20 Dec 2026"."""
    count = "1 session" if row.doses == 1 else f"{row.doses} sessions"
    return f"{Route(row.route).label}: {amount(row)}, {count} until {in_words(row.valid_until)}"


def amount(row: DoseOrder) -> str:
    booster = f" and a booster of {rules.plain(row.booster_mg)} mg" if row.booster_mg else ""
    return f"{rules.plain(row.first_mg)} mg{booster}"


def ordered(row: DoseOrder) -> list[tuple[str, str]]:
    """Each thing that is ordered, with its name; what is not said is left out."""
    kg, whole = selectors.kg_of(row.weight), selectors.session_mg(row)
    said = [
        ("Route", str(Route(row.route).label)),
        ("Dose", f"{rules.plain(row.first_mg)} mg ({rules.plain(rules.mg_per_kg_of(row.first_mg, kg))} mg/kg)"),
        ("Booster", _booster(row)),
        ("In a session at most", f"{rules.plain(whole)} mg ({rules.plain(rules.mg_per_kg_of(whole, kg))} mg/kg)"),
        ("Infusion", f"over {row.infusion_minutes} min" if row.infusion_minutes else ""),
        ("Lozenge", _lozenge(row)),
        ("Weight used", _weighed(row)),
        ("Sessions", _sessions(row)),
        ("Holds", f"{in_words(row.valid_from)} to {in_words(row.valid_until)}"),
        ("Own stop lines", _stop_lines(row)),
    ]
    return [(name, words) for name, words in said if words]


def _booster(row: DoseOrder) -> str:
    if not row.booster_mg:
        return "None"
    return f"{row.boosters} of {rules.plain(row.booster_mg)} mg, {row.booster_gap_minutes} min after the dose or later"


def _lozenge(row: DoseOrder) -> str:
    if not row.hold_minutes:
        return ""
    return f"{row.hold_minutes} min in the mouth, then {'swallowed' if row.swallow else 'spat out'}"


def _sessions(row: DoseOrder) -> str:
    spaced = f", {row.spacing_days} days apart or more" if row.spacing_days else ""
    return f"{row.doses}{spaced}"


def _stop_lines(row: DoseOrder) -> str:
    lines = rules.DATA["stop_lines"].items()
    said = [f"{line['label']} {value} {line['unit']}" for name, line in lines if (value := getattr(row, name))]
    return ", ".join(said)
