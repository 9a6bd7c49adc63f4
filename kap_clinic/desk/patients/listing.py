"""The list of patients: saved filters, 50 rows a page, and where each one is in their course."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from kap_clinic.accounts.access import has_grants, visible
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import Somebody, alike, asking
from kap_clinic.accounts.terms import Role
from kap_clinic.desk.patients.rows import COLUMNS, PAGE, PatientRow, row
from kap_clinic.reads import Read, compiled
from patients.course.models import Course
from patients.course.terms import Stage
from patients.record.models import Patient

FURTHEST = 10_000  # pages; a number beyond is read as this one


@dataclass(frozen=True)
class Filter:
    """A saved filter: what it is called, and which patients it keeps."""

    key: str
    name: str
    keeps: Callable[[QuerySet[Patient]], QuerySet[Patient]]


def in_stages(*stages: Stage) -> Callable[[QuerySet[Patient]], QuerySet[Patient]]:
    """Patients whose newest course stands at one of these stages."""

    def keep(patients: QuerySet[Patient]) -> QuerySet[Patient]:
        later = Course.objects.filter(patient=OuterRef("patient"), number__gt=OuterRef("number"))
        newest = Course.objects.filter(~Exists(later), patient=OuterRef("pk"), stage__in=stages)
        return patients.filter(Exists(newest))

    return keep


def _everybody(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    return patients


def _without_course(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    return patients.filter(~Exists(Course.objects.filter(patient=OuterRef("pk"))))


FILTERS = (
    Filter("all", "All", _everybody),
    Filter("new", "No course yet", _without_course),
    Filter("waiting", "Waiting", in_stages(Stage.INQUIRY, Stage.INTAKE, Stage.SCREENING_REVIEW)),
    Filter("preparation", "In preparation", in_stages(Stage.ENROLLED, Stage.PREPARATION)),
    Filter("dosing", "Dosing", in_stages(Stage.DOSING_SERIES, Stage.ON_HOLD)),
    Filter("closing", "Closing", in_stages(Stage.CLOSING, Stage.MAINTENANCE)),
    Filter("closed", "Closed", in_stages(Stage.COMPLETED, Stage.DECLINED, Stage.ENDED_EARLY)),
)
BY_KEY = {one.key: one for one in FILTERS}
CHIP_OF = {
    Stage.INQUIRY: "plain",
    Stage.INTAKE: "plain",
    Stage.SCREENING_REVIEW: "warn",
    Stage.ENROLLED: "prep",
    Stage.PREPARATION: "prep",
    Stage.DOSING_SERIES: "dose",
    Stage.ON_HOLD: "warn",
    Stage.CLOSING: "integ",
    Stage.MAINTENANCE: "integ",
}


@dataclass(frozen=True)
class Listed:
    """One page of the list. There are no totals: counting everybody costs more than the page does."""

    filter: Filter
    rows: list[PatientRow]
    page: int
    more: bool


def listing(member: Member, key: str, page: int) -> Listed:
    """The patients this person may find, by family name; an unknown filter is "all", pages count from 1."""
    chosen = BY_KEY.get(key, FILTERS[0])
    page = max(1, min(page, FURTHEST))
    values = _read(member, chosen.key, page).now()
    return Listed(chosen, lines(values[:PAGE]), page, len(values) > PAGE)


def _read(member: Member, key: str, page: int) -> Read:
    if has_grants(member, Permission.PATIENT_FIND):
        return _page_of(member, key, page)
    return _lines_read(*asking(member), **alike(member), key=key, page=page)


@compiled
def _lines_read(user: int, clinic: int, now: datetime, *, roles: frozenset[Role], key: str, page: int) -> Read:
    return _page_of(Somebody(user, clinic, now, roles), key, page)


def _page_of(member: Member | Somebody, key: str, page: int) -> Read:
    """The lines of a page and one more, each with the stage of the newest course."""
    rows = visible(member, Permission.PATIENT_FIND, Patient.objects.all())
    kept = with_stage(BY_KEY[key].keeps(rows)).order_by("family_key", "given_key", "id")
    return Read(kept[(page - 1) * PAGE : page * PAGE + 1], (*COLUMNS, "stage"))


def with_stage(rows: QuerySet[Patient]) -> QuerySet[Patient]:
    """With the stage of each patient's newest course, as `stage`."""
    newest = Course.objects.filter(patient=OuterRef("pk")).order_by("-number").values("stage")[:1]
    return rows.annotate(stage=Subquery(newest))


def lines(values: Iterable[Sequence[Any]]) -> list[PatientRow]:
    """Lines from the values of COLUMNS and the stage."""
    return [_with_stage(row(rest), stage or "") for *rest, stage in values]


def _with_stage(one: PatientRow, stage: str) -> PatientRow:
    if not stage:
        return one
    return replace(one, stage=Stage(stage).label, chip=CHIP_OF.get(Stage(stage), "plain"))
