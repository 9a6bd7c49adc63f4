"""Which rows are one patient's, and in which order their guards let copies of them be written."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from kap_clinic.dev.bulk.copying import Block, Kind, Press
from patients.models import Patient
from patients.record.models import PatientRow
from screening.models import ApprovalCondition, Finding, FindingJudgement, MeasureResponse, Override, Review, Screening
from sessions.models import Appointment, Dose, DosingSession
from sessions.visits.models import AppointmentStaff

GENERATED = ("phq-9", "gad-7")  # questionnaires each copy answers in its own way
# Links and papers belong to the one they were made for; process notes are sealed for their author.
NOT_COPIED = {
    *("patientlink", "breakglass", "processnote", "outsidedocument", "preparednotice", "patientevent"),
    *("adverseevent", "eventaddition"),
}
PATHS: Mapping[type[Model], str] = {
    Screening: "patient",
    MeasureResponse: "patient",
    Finding: "screening__patient",
    Override: "finding__screening__patient",
    Review: "screening__patient",
    ApprovalCondition: "review__screening__patient",
    FindingJudgement: "review__screening__patient",
    AppointmentStaff: "appointment__patient",
}


def paths() -> dict[type[Model], str]:
    """Every table with rows of a patient, and how it leads to them."""
    own = [m for m in apps.get_models() if issubclass(m, PatientRow) and m._meta.model_name not in NOT_COPIED]
    return {Patient: "pk", **dict.fromkeys(own, "patient"), **PATHS}


def block_of(patient: Patient, people: dict[int, str], *, without: Mapping[type[Model], Iterable[int]] = {}) -> Block:
    """All rows of a patient as they stand, but for those left out."""
    kinds = {}
    for model, path in paths().items():
        found = model._base_manager.filter(**{path: patient.pk}).order_by("pk")
        if model is MeasureResponse:
            found = found.exclude(instrument__in=GENERATED)
        left_out = set(without.get(model, ()))
        if ids := [key for key in found.values_list("pk", flat=True) if key not in left_out]:
            kinds[model] = Kind(model, ids)
    return Block(kinds, people)


def day_of(patient: Patient, people: dict[int, str], stands: Mapping[type[Model], int]) -> Block:
    """The rows of a patient's last dose day and its integration, hung on the rows of somebody else's course."""
    dosing = DosingSession.objects.filter(patient=patient).dosed().latest("t0")
    visits = [dosing.appointment_id, *dosing.appointment.followed_by.values_list("pk", flat=True)]
    whole = block_of(patient, people)
    kinds = {}
    for model, kind in whole.kinds.items():
        names = {one.name for one in model._meta.concrete_fields}
        if model in (DosingSession, Appointment):
            ids = [dosing.pk] if model is DosingSession else visits
        elif names & {"dosing", "appointment"}:
            near = Q(dosing=dosing.pk) if "dosing" in names else Q(appointment__in=visits)
            ids = list(model._base_manager.filter(near, pk__in=kind.ids).order_by("pk").values_list("pk", flat=True))
        elif model in stands:
            kinds[model] = Kind(model, kind.ids[-1:], base=stands[model], stands=True)
            continue
        else:
            continue
        if ids:
            kinds[model] = Kind(model, ids)
    return Block(kinds, people)


def moves_of(block: Block, model: type[Model], parent: str) -> dict[int, list[tuple[int, str]]]:
    """By row that moves: its moves in order, each with where it led to."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = model._base_manager.filter(pk__in=block.ids(model)).order_by("pk")
    for key, owner, after in rows.values_list("pk", f"{parent}_id", "after"):
        found.setdefault(owner, []).append((key, after))
    return found


def walk(
    press: Press,
    model: type[Model],
    moves: type[Model],
    *,
    parent: str,
    state: str,
    steps: Mapping[str, tuple[str, ...]] = {},
    before: Callable[[str, list[int]], None] | None = None,
) -> None:
    """Move the copies the way the originals went: a row that says so, then the new state.

    `steps`: columns that are set together with a state; `before`: what is written just ahead of a move to a state.
    """
    ways = moves_of(press.block, moves, parent)
    stand: dict[int, str] = {}
    for number in range(max(map(len, ways.values()), default=0)):
        groups: dict[str, list[tuple[int, int]]] = {}
        for owner, way in ways.items():
            if number < len(way):
                key, after = way[number]
                groups.setdefault(after, []).append((owner, key))
        for after, group in groups.items():
            moved = [owner for owner, _ in group if stand.get(owner) not in (None, after)]
            if before and moved:
                before(after, moved)
            press.insert(moves, only=[key for _, key in group])
            press.update(model, steps.get(after, ()), {state: f"'{after}'"}, only=moved)
            stand.update({owner: after for owner, _ in group})


def first_doses(press: Press) -> Callable[[str, list[int]], None]:
    """A first dose is written while its session is ready."""

    def write(after: str, dosings: list[int]) -> None:
        if after == "dosed":
            rows: Any = Dose.objects.filter(pk__in=press.block.ids(Dose), dosing__in=dosings, kind="first")
            press.insert(Dose, only=list(rows.values_list("pk", flat=True)))

    return write
