"""The list of patients: saved filters, 50 rows a page, and where each one is in their course."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, QuerySet

from kap_clinic.accounts.membership import Member
from kap_clinic.desk.patients.rows import COLUMNS, PAGE, PatientRow, row
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
    chosen = next((one for one in FILTERS if one.key == key), FILTERS[0])
    page = max(1, min(page, FURTHEST))
    kept = chosen.keeps(Patient.objects.visible_to(member)).order_by("family_key", "given_key", "id")
    values = list(kept.values_list("pk", *COLUMNS)[(page - 1) * PAGE : page * PAGE + 1])
    return Listed(chosen, with_stages(values[:PAGE]), page, len(values) > PAGE)


def with_stages(values: list[tuple]) -> list[PatientRow]:
    """Lines with the stage of each patient's newest course; one query for all."""
    stages: dict[int, str] = {}
    courses = Course.objects.filter(patient__in=[one[0] for one in values]).order_by("number")
    for patient_id, stage in courses.values_list("patient_id", "stage"):
        stages[patient_id] = stage
    return [_with_stage(row(rest), stages.get(pk, "")) for pk, *rest in values]


def _with_stage(one: PatientRow, stage: str) -> PatientRow:
    if not stage:
        return one
    return replace(one, stage=Stage(stage).label, chip=CHIP_OF.get(Stage(stage), "plain"))
