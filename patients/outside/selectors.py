"""What pages and rules read of results and papers from outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.reads import Read, Rows, compiled, together
from patients.outside import rules
from patients.outside.models import LabResult, OutsideDocument
from patients.outside.terms import Comparator, DocumentKind, FileType, LabKind, Source, Unit
from patients.record.models import Patient

AT_MOST = 200  # of each in the list: more than a course brings
ON_THE_CHART = 3  # papers
LAB = (
    *("ref", "kind", "name", "value", "comparator", "unit", "upper_limit", "finding", "note", "taken_on", "source"),
    *("recorded_at", "recorded_by__name", "corrected_by_row__id", "why"),
    *("voided_at", "voided_by__name", "voided_why"),
)
PAPER = (
    *("ref", "kind", "title", "dated", "note", "file_type", "size", "pages", "left_out", "received_at"),
    *("received_by__name", "voided_at", "voided_by__name", "voided_why"),
)


@dataclass(frozen=True)
class Lab:
    """One result, in the order of LAB."""

    ref: UUID
    kind: str
    name: str
    value: Decimal | None
    comparator: str
    unit: str
    upper_limit: Decimal | None
    finding: str
    note: str
    taken_on: date
    source: str
    recorded_at: datetime
    recorded_by: str
    corrected_by: int | None  # the row that corrects this one
    why: str
    voided_at: datetime | None
    voided_by: str | None
    voided_why: str

    @property
    def test(self) -> str:
        return self.name or str(LabKind(self.kind).label)

    @property
    def in_words(self) -> str:
        return rules.in_words(
            rules.Result(LabKind(self.kind), self.value, Comparator(self.comparator), self.unit, finding=self.finding)
        )

    @property
    def limit_in_words(self) -> str:
        return f"{rules.plain(self.upper_limit)} {Unit(self.unit).short}" if self.upper_limit else ""

    @property
    def times_limit(self) -> Decimal | None:
        """How many times its upper limit of normal it is; None where the report gave none."""
        if self.value is None or not self.upper_limit:
            return None
        return rules.times_limit(self.value, self.upper_limit)

    @property
    def is_over(self) -> bool:
        return self.times_limit is not None and self.times_limit > 1

    @property
    def over_in_words(self) -> str:
        return f"{self.times_limit} x upper limit"

    @property
    def source_in_words(self) -> str:
        return str(Source(self.source).label)

    @property
    def counts(self) -> bool:
        return self.voided_at is None and self.corrected_by is None


@dataclass(frozen=True)
class Paper:
    """One paper, in the order of PAPER."""

    ref: UUID
    kind: str
    title: str
    dated: date | None
    note: str
    file_type: str
    size: int
    pages: int
    left_out: str
    received_at: datetime
    received_by: str
    voided_at: datetime | None
    voided_by: str | None
    voided_why: str

    @property
    def kind_in_words(self) -> str:
        return str(DocumentKind(self.kind).label)

    @property
    def file_in_words(self) -> str:
        """ "PDF, 3 pages, 240 kB"."""
        pages = f", {self.pages} page{'s' if self.pages != 1 else ''}" if self.file_type == FileType.PDF else ""
        return f"{FileType(self.file_type).label}{pages}, {max(self.size // 1000, 1)} kB"


@dataclass(frozen=True)
class Card:
    """What the chart shows: the newest result of each test, the last papers and how many there are."""

    labs: list[Lab]
    papers: list[Paper]
    paper_count: int


def latest_labs(patient: Patient) -> list[Lab]:
    """The newest result of each test that counts, in the order of LabKind, other tests by name last.

    Newest by the day of the sample; of two of one day the one recorded last. Struck-out and corrected rows do not
    count. A test never recorded is not in the list: that is not known, never normal.
    """
    return _in_order(_latest(patient).values_list(*LAB))


def _latest(patient: Patient) -> QuerySet[LabResult]:
    return _that_count(patient).order_by("kind", "name", "-taken_on", "-id").distinct("kind", "name")


def _in_order(rows: Iterable[Sequence[Any]]) -> list[Lab]:
    order = list(LabKind)
    return sorted((Lab(*row) for row in rows), key=lambda lab: (order.index(LabKind(lab.kind)), lab.name))


def latest_lab(patient: Patient, kind: LabKind) -> Lab | None:
    """The newest result of one test that counts; None: not known."""
    row = _that_count(patient).filter(kind=kind).order_by("-taken_on", "-id").values_list(*LAB).first()
    return Lab(*row) if row else None


def alt_times_uln(patient: Patient) -> Decimal | None:
    """The newest ALT as a multiple of its upper limit of normal, two decimals, rounded up; None: not known.

    However old it is: `latest_lab(patient, LabKind.ALT).taken_on` says when the sample was taken (screening-rules 32).
    """
    lab = latest_lab(patient, LabKind.ALT)
    return lab.times_limit if lab else None


def _that_count(patient: Patient) -> QuerySet[LabResult]:
    return LabResult.objects.filter(patient=patient, voided_at=None, corrected_by_row=None)


def labs(patient: Patient, member: Member) -> list[Lab]:
    """All results, newest sample first; struck-out ones for who may see them."""
    rows = LabResult.objects.filter(patient=patient, **_seen_by(member, patient)).order_by("-taken_on", "-id")
    return [Lab(*row) for row in rows.values_list(*LAB)[:AT_MOST]]


def papers(patient: Patient, member: Member, *, most: int = AT_MOST) -> list[Paper]:
    """Papers, the one received last first; struck-out ones for who may see them."""
    rows = OutsideDocument.objects.filter(patient=patient, **_seen_by(member, patient)).order_by("-id")
    return [Paper(*row) for row in rows.values_list(*PAPER)[:most]]


def _seen_by(member: Member, patient: Patient) -> dict[str, None]:
    return {} if may(member, Permission.VOIDED_VIEW, patient) else {"voided_at": None}


@compiled
def card_reads(patient: Patient) -> dict[str, Read]:
    """What the card needs, to be read together with other things."""
    live = OutsideDocument.objects.filter(patient=patient, voided_at=None)
    return {
        "latest_labs": Read(_latest(patient), LAB),
        "last_papers": Read(live.order_by("-id")[:ON_THE_CHART], PAPER),
        "all_papers": Read(live, ("id",)),
    }


def card(patient: Patient, read: Rows | None = None) -> Card:
    """The card of the chart, in one query, or from the rows of `card_reads`."""
    rows = together(card_reads(patient)) if read is None else read
    papers_read = [Paper(*row) for row in rows["last_papers"]]
    return Card(_in_order(rows["latest_labs"]), papers_read, len(rows["all_papers"]))
