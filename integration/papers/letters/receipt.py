"""A receipt: date, service, code, amount and total as they were when it was made. No diagnosis unless asked for."""

from dataclasses import dataclass
from decimal import Decimal

from integration.papers import rules
from integration.papers.models import Receipt
from integration.papers.selectors import receipts
from integration.papers.setting_keys import PROVIDER
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.documents.models import StoredDocument
from patients.record import letterhead
from patients.record.letterhead import Letterhead
from patients.record.rules import in_words


@dataclass(frozen=True)
class ReceiptLetter(Letterhead):
    sender: list[str]
    address: list[str]
    provider: list[str]
    period: str
    lines: list[tuple[str, str, str, str]]  # day, service, code, amount
    total: str
    currency: str
    diagnosis: str
    missing: list[str]


def receipt(document: StoredDocument) -> str:
    """The HTML of the receipt this paper prints."""
    row = Receipt.objects.select_related("patient__clinic").get(ref=document.subject_ref)
    return letterhead.page("letters/receipt.html", letter(document, row), document.clinic_id)


def letter(document: StoredDocument, row: Receipt) -> ReceiptLetter:
    """Without an amount for one of its lines it is a draft, and says what is not set."""
    counted = receipts.lines_of(row)
    missing = receipts.missing_in_words(rules.missing(counted))
    status = "not complete" if missing else "complete"
    patient = row.patient
    return ReceiptLetter(
        **letterhead.head(document, patient, status=status, draft=bool(missing), facts=[]),
        sender=letterhead.sender(row.clinic),
        address=[f"{patient.given_name} {patient.family_name}", *patient.address.splitlines()],
        provider=value_of(PROVIDER, row.clinic_id),
        period=f"{in_words(row.from_on)} to {in_words(row.until_on)}",
        lines=[_printed(line) for line in counted],
        total=money(rules.total(counted)),
        currency=row.currency,
        diagnosis=row.diagnosis,
        missing=missing,
    )


def _printed(line: rules.Line) -> tuple[str, str, str, str]:
    amount = money(line.amount) if line.amount is not None else "not set"
    return in_words(line.on), line.words, line.code or "-", amount


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
