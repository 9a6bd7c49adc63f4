"""Whatever is done in whatever order: no dose while an item of the gate fails without its override, none above the
order, none within a gap.

A random walk through the real actions on a stopped clock, held after each step against a slow account kept by hand
(`kap_clinic/dev/dose_ledger.py`): each of the 23 items, who may set one aside, whether the session may be made ready,
whether a first dose or a booster may be given, and which doses are in the database. Each walk starts at an open gate
and is rolled back. The day itself is built by the builders of the tests.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from random import Random
from typing import Any

import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.dose_ledger import (
    CAUTION,
    FINE,
    MET,
    NOT_RIGHT,
    OVERRIDDEN,
    PRESCRIBERS,
    STOP,
    WITNESSES,
    Baseline,
    Ledger,
    Order,
    Said,
)
from kap_clinic.dev.soaks import Report
from kap_clinic.wall import as_clinic
from patients.consents.actions import withdraw
from patients.consents.terms import ConsentKind, Way
from patients.course import actions as courses
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine
from patients.models import Course, Patient, Task
from patients.outside.actions import record_lab, strike_out_lab
from patients.outside.rules import Result
from patients.outside.terms import LabKind
from patients.tasks.actions import close_task, open_task
from patients.tasks.terms import Outcome, Severity, TaskKind
from screening.actions import NotPossible as NotAllowed
from sessions import course as course_moves
from sessions.dosing import actions as dosing_actions
from sessions.dosing.actions import NotReady
from sessions.dosing.models import Dose, DosingSession
from sessions.dosing.rules.doses import CHECKED
from sessions.dosing.terms import EntryKind
from sessions.events.models import AdverseEvent
from sessions.gate import actions as gate_actions
from sessions.gate.selectors import gate_of
from sessions.gate.terms import Check, EquipmentPart, GateItem, ItemState, Topic
from sessions.orders.actions import end
from sessions.visits import actions as visits
from sessions.visits.terms import VisitKind

STEPS_OF_A_WALK = 30
WHY = "The patient was seen this morning; the risk is small and is watched."
SHORT = "It is fine."
NAMES = ("therapist", "nurse", "prescriber", "medical_director", "admin")
AS_IT_WAS = {"systolic": 124, "diastolic": 78, "heart_rate": 72, "spo2": 98, "respiratory_rate": 14}
WELL = {**AS_IT_WAS, "moaas": 5, "distress": 0}
HIGH, DROWSY = {**WELL, "systolic": 166}, {**WELL, "moaas": 3}


class Broken(Exception):
    """A promise that did not hold, in words."""


@dataclass(frozen=True)
class World:
    """An open gate at one moment, and who works there."""

    clinic_id: int
    patient_id: int
    dosing_id: int
    team: Any
    starts: datetime
    build: Any  # tests.sessions.gates
    prepared: list[datetime]


@dataclass(frozen=True)
class Step:
    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}({self.number})"


@dataclass
class Walk:
    world: World
    patient: Patient
    dosing: DosingSession
    clock: time_machine.Traveller
    ledger: Ledger
    looks: bool = True  # whether each item is compared after each step, or the attempts and the doses alone
    injected: Counter[str] = field(default_factory=Counter)
    doses: list[tuple[str, Decimal, datetime]] = field(default_factory=list)  # what the account allowed
    orders: int = 1
    critical: list[Task] = field(default_factory=list)
    events: list[AdverseEvent] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def team(self) -> Any:
        return self.world.team

    def who(self, name: str) -> User:
        person: User = getattr(self.team, name)
        return person

    @property
    def course(self) -> Course:
        return Course.objects.get(pk=self.dosing.course_id)

    @property
    def open_check(self) -> bool:
        return self.ledger.before_the_dose

    def wait(self, **span: float) -> None:
        self.clock.shift(timedelta(**span))

    @contextmanager
    def tried(self, what: str, allowed: bool) -> Iterator[None]:
        """What the action does must be what the account allows; a refusal writes nothing."""
        try:
            with transaction.atomic():
                yield
        except (NotReady, NotAllowed) as no:
            self.injected[f"refused: {what}"] += 1
            if allowed:
                raise Broken(f"{what} was refused: {no}") from no
        except IntegrityError as no:
            raise Broken(f"{what} reached the database, which refused it: {no}") from no
        else:
            self.injected[what] += 1
            if not allowed:
                raise Broken(f"{what} went through; not met: {sorted(self.ledger.unmet(self.now))}")


def run(n: int, seed: int) -> Report:
    """`n` steps, in walks of 30, each walk rolled back, and the world after them: nothing is handed to a queue."""
    with (
        time_machine.travel(datetime.fromisoformat("2026-11-16T09:00-05:00"), tick=False) as clock,
        transaction.atomic(),
    ):
        report = trial(n, seed, make_world(clock))
        transaction.set_rollback(True)
    return report


def make_world(clock: time_machine.Traveller) -> World:
    """A clinic with a patient whose gate is open, built as the tests build it."""
    gates, factories = import_module("tests.sessions.gates"), import_module("tests.factories")
    with transaction.atomic():
        clinic = factories.clinic("Harbour Clinic")
        people = {name: factories.member(clinic, Role(name), name=name.replace("_", " ").title()) for name in NAMES}
        factories.member(clinic, Role.SAFETY_OFFICER, name="Kofi Lund")
        team = gates.Team(clinic=clinic, **people)
        patient = factories.patient(clinic, by=team.therapist, team=(team.therapist, team.prescriber, team.nurse))

        def frozen(moment: str) -> time_machine.Traveller:
            clock.move_to(datetime.fromisoformat(moment))
            return clock

        with as_clinic(clinic.pk):
            dosing = gates.open_gate(patient, team, frozen, routes=("im", "esk"))
            prepared = _prepared(dosing)
        return World(clinic.pk, patient.pk, dosing.pk, team, timezone.now(), gates, prepared)


def _prepared(dosing: DosingSession) -> list[datetime]:
    """When each preparation of the course ended."""
    ends = dosing.course.appointments.filter(kind=VisitKind.PREPARATION).values_list("finished_at", flat=True)
    return [at for at in ends if at is not None]


def trial(n: int, seed: int, world: World, names: Sequence[str] = ()) -> Report:
    """Walks until `n` steps are done or one is broken; `names`: the steps to choose from, else all."""
    chance = Random(seed)  # noqa: S311  # a trial, no secret
    injected: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    while figures["steps"] < n:
        steps = [Step(chance.choice(names or WEIGHTED), chance.randrange(10**6)) for _ in range(STEPS_OF_A_WALK)]
        words, walk, done = walk_along(world, steps)
        injected += walk.injected
        figures.update({"walks": 1, "steps": done, "doses": len(walk.doses)})
        if words:
            story = ", ".join(map(str, steps[:done]))
            return Report(dict(injected), [f"seed {seed}, after {figures['steps']} steps: {words}: {story}"], figures)
    return Report(dict(injected), [], figures)


def walk_along(world: World, steps: Sequence[Step], looks: bool = True) -> tuple[str, Walk, int]:
    """Take the steps from the open gate and undo them: what broke ("" when nothing did), and after how many."""
    with at_the_gate(world, looks) as walk:
        words, done = "", 0
        for step in steps:
            done += 1
            words = told(walk, lambda step=step: BY_NAME[step.name](walk, Random(step.number)))  # type: ignore[misc]  # noqa: S311
            if words:
                break
        else:
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate; set constraints all deferred")
    return words, walk, done


@contextmanager
def at_the_gate(world: World, looks: bool = True) -> Iterator[Walk]:
    """A walk at the moment the gate is open; what it does is undone."""
    with time_machine.travel(world.starts, tick=False) as clock, transaction.atomic():
        with as_clinic(world.clinic_id):
            dosing = DosingSession.objects.get(pk=world.dosing_id)
            walk = Walk(world, Patient.objects.get(pk=world.patient_id), dosing, clock, _account(world), looks)
            yield walk
        transaction.set_rollback(True)


def _account(world: World) -> Ledger:
    """What holds at the start: everything done eight days ago, the order of today, everything asked just now."""
    today = world.starts.date()
    begun = world.prepared[0]
    first = Order(1, "im", Decimal(35), 0, Decimal(0), 0, today, today + timedelta(days=30), Decimal(70), 3)
    ledger = Ledger(
        "America/New_York", begun.date(), begun, Decimal(70), list(world.prepared), begun, begun.date(), first
    )
    _all_asked(ledger, world.starts)
    return ledger


def _all_asked(ledger: Ledger, now: datetime) -> None:
    hours = timedelta(hours=1)
    fine: dict[str, dict[str, Any]] = {
        "changes": {},
        "medicines": {"right": True},
        "consent_today": {"yes": True, "level": 1},
        "fasting": {"solids": now - 9 * hours, "liquids": now - 3 * hours},
        "substances": {"right": True},
        "escort": {"right": True},
        "staff": {"right": True},
        "equipment": {"right": True},
    }
    ledger.session.asked.update({name: Said(now, data) for name, data in fine.items()})
    ledger.asq.append((now, "negative"))
    ledger.session.baseline = Baseline(now, FINE)


def told(walk: Walk, do: Callable[[], None]) -> str:
    """What broke in this step, or "". Each takes a minute."""
    walk.wait(minutes=1)
    try:
        with transaction.atomic():
            do()
            look(walk)
    except Broken as broken:
        return str(broken)
    except Exception as error:  # whatever an action lets escape is a finding of the walk
        return f"{type(error).__name__}: {error}"
    return ""


# What must hold after each step


def look(walk: Walk) -> None:
    """The doses are those the account allowed; each item before the dose is as the account says."""
    rows = Dose.objects.filter(patient=walk.patient).order_by("id").values_list("kind", "mg", "happened_at")
    if list(rows) != walk.doses:
        raise Broken(f"doses are {list(rows)}, not {walk.doses}")
    if not walk.looks or not walk.open_check:
        return
    found = {one.code.value: _word(one.state) for one in gate_of(_fresh(walk), walk.now).items}
    expected = {code: _plain(state) for code, state in walk.ledger.items(walk.now).items()}
    if found != expected:
        wrong = {code: (found.get(code), state) for code, state in expected.items() if found.get(code) != state}
        raise Broken(f"items (found, expected): {wrong}")


def _word(state: ItemState) -> str:
    return {ItemState.PASS: MET, ItemState.OVERRIDDEN: OVERRIDDEN}.get(state, "not met")


def _plain(state: str) -> str:
    return state if state in (MET, OVERRIDDEN) else "not met"


def _fresh(walk: Walk) -> DosingSession:
    return DosingSession.objects.get(pk=walk.dosing.pk)


# What is asked and measured. Each writes with the real action and in the account.


def says(walk: Walk, check: Check, real: dict[str, Any], kept: dict[str, Any] | None, role: str = "nurse") -> None:
    """An answer; `kept` is what the account writes down, None: it is refused."""
    if not walk.open_check:
        kept = None
    with walk.tried(f"answer {check}", kept is not None):
        gate_actions.answer(dosing=walk.dosing, code=check, data=real, by=walk.who(role), role=role)
    if kept is not None:
        walk.ledger.session.asked[str(check)] = Said(walk.now, kept)


def good(walk: Walk, check: Check) -> dict[str, Any]:
    answers: dict[str, Any] = walk.world.build.good_answers(walk.dosing, walk.team)[check]
    return answers


def ask_all(walk: Walk, chance: Random) -> None:
    """Everything anew."""
    if walk.open_check:
        ask_all_but(walk)


def ask_all_but(walk: Walk, *but: Check) -> None:
    """All that is asked on the day, answered well; the touch level as far as it is signed."""
    hours, now = timedelta(hours=1), walk.now
    says_well: dict[Check, dict[str, Any]] = {
        Check.CHANGES: {},
        Check.MEDICINES: {"right": True},
        Check.FASTING: {"solids": now - 9 * hours, "liquids": now - 3 * hours},
        Check.SUBSTANCES: {"right": True},
        Check.ESCORT: {"right": True},
        Check.STAFF: {"right": True},
        Check.EQUIPMENT: {"right": True},
    }
    for check, kept in says_well.items():
        if check not in but:
            says(walk, check, good(walk, check), kept)
    if Check.CONSENT_TODAY not in but:
        consent_today(walk)
    if Check.ASQ not in but:
        asq(walk, "negative")
    if Check.VITALS_SEEN not in but:
        baseline(walk, FINE)


def consent_today(walk: Walk, yes: bool = True) -> None:
    level = 0 if "touch" in walk.ledger.taken_back else 1
    said = {"sober": "yes", "oriented": "yes", "says_yes": "yes" if yes else "no", "touch_level": level}
    says(walk, Check.CONSENT_TODAY, said, {"yes": yes, "level": level})


def asq(walk: Walk, result: str) -> None:
    asked = {"negative": {}, "positive": {"asq.4": 1, "asq.5": 0}, "acute": {"asq.1": 1, "asq.5": 1}}[result]
    says(walk, Check.ASQ, walk.world.build.SAFE | asked, {})
    if not walk.open_check:
        return
    ledger = walk.ledger
    ledger.asq.append((walk.now, result))
    if result != "negative":
        ledger.eligible = False
        ledger.hold()
    if result == "acute":
        ledger.stops = True
        ledger.critical += 1


READINGS: dict[str, tuple[dict[str, Any], str]] = {
    "fine": ({}, FINE),
    "high": ({"systolic": 148}, CAUTION),
    "too high": ({"systolic": 165}, STOP),
    "not rested": ({"rested_minutes": 2}, NOT_RIGHT),
    "no saturation": ({"spo2": None}, NOT_RIGHT),
}


def baseline(walk: Walk, name: str) -> Any:
    changes, band = READINGS[name]
    row = walk.world.build.baseline(walk.dosing, by=walk.who("nurse"), **changes)
    if walk.open_check:
        walk.ledger.session.baseline = Baseline(walk.now, band)
    return row


def ask_one(walk: Walk, chance: Random) -> None:
    if walk.open_check:
        ASK[chance.choice(sorted(ASK))](walk)


def ask_medicines(walk: Walk) -> None:
    says(walk, Check.MEDICINES, good(walk, Check.MEDICINES) | {"list_is_right": "no"}, {"right": False})


def ask_ate_lately(walk: Walk) -> None:
    at, drank = walk.now - timedelta(hours=2), walk.now - timedelta(hours=3)
    real = {"solids_at": at.isoformat(), "liquids_at": drank.isoformat()}
    says(walk, Check.FASTING, real, {"solids": at, "liquids": drank})


def ask_without_spray(walk: Walk) -> None:
    """Fasted, and nothing against a blocked nose."""
    at, drank = walk.now - timedelta(hours=9), walk.now - timedelta(hours=3)
    real = {"solids_at": at.isoformat(), "liquids_at": drank.isoformat(), "nasal_at": "none"}
    says(walk, Check.FASTING, real, {"solids": at, "liquids": drank, "no_spray": True})


def ask_drank(walk: Walk) -> None:
    says(walk, Check.SUBSTANCES, good(walk, Check.SUBSTANCES) | {"alcohol": "yes"}, {"right": False})


def ask_unsure_of_cannabis(walk: Walk) -> None:
    says(walk, Check.SUBSTANCES, good(walk, Check.SUBSTANCES) | {"cannabis": "unsure"}, {"right": False})


def ask_escort_far(walk: Walk, second: bool = False) -> None:
    more = {"second_name": "Bo Berg", "second_phone": "+16175550102"} if second else {}
    real = good(walk, Check.ESCORT) | {"how": "not_in_person"} | more
    says(walk, Check.ESCORT, real, {"right": False, "second": second})


def ask_equipment_wanting(walk: Walk) -> None:
    items = [part for part in EquipmentPart.values if part != EquipmentPart.OXYGEN]
    says(walk, Check.EQUIPMENT, {"items": items}, {"right": False})


def ask_alone_for_both(walk: Walk) -> None:
    says(walk, Check.STAFF, {"therapist": walk.who("therapist").pk}, {"right": False})


def ask_waiver(walk: Walk, role: str = "therapist") -> None:
    allowed = role == "therapist" and not walk.ledger.waived_before
    says(walk, Check.WAIVER, {"words": "Moved away, spoke by phone"}, {} if allowed else None, role=role)
    if allowed and walk.open_check:
        walk.ledger.session.waived = True


def ask_pregnancy(walk: Walk) -> None:
    """It became possible and no test was done: the screening is worse for it. Once in a walk."""
    if walk.ledger.might_be_pregnant:
        return
    says_pregnant(walk, {"pregnancy": True, "worse": True})
    walk.ledger.eligible = False
    walk.ledger.hold()


def says_pregnant(walk: Walk, kept: dict[str, Any]) -> None:
    real = {
        "topics": {**walk.world.build.NOTHING_NEW["topics"], Topic.PREGNANCY.value: "yes"},
        "words": "Late",
        "answers": {"pregnancy_status": "possible", "breastfeeding": "no"},
    }
    says(walk, Check.CHANGES, real, kept)
    walk.ledger.might_be_pregnant = True


def tested_negative(walk: Walk) -> None:
    negative = Result(LabKind.PREGNANCY, finding="negative")
    today = walk.now.astimezone(timezone.get_default_timezone()).date()
    record_lab(patient=walk.patient, by=walk.who("nurse"), result=negative, taken_on=today, source="here")
    walk.ledger.tested_on = today


def see_vitals(walk: Walk, role: str = "prescriber") -> None:
    """The prescriber acknowledges the newest baseline; nobody else can."""
    row = _fresh(walk).vitalsignss.filter(phase="baseline").order_by("-happened_at", "-id").first()
    if row is None:
        return
    said = {"vitals": str(row.ref)}
    says(walk, Check.VITALS_SEEN, said, {} if role in PRESCRIBERS else None, role=role)
    if role in PRESCRIBERS and walk.open_check and walk.ledger.session.baseline:
        walk.ledger.session.baseline.seen = True


ASK: dict[str, Callable[[Walk], Any]] = {
    "medicines wrong": ask_medicines,
    "ate": ask_ate_lately,
    "drank": ask_drank,
    "cannabis": ask_unsure_of_cannabis,
    "escort far": ask_escort_far,
    "escort far, a second": lambda walk: ask_escort_far(walk, second=True),
    "equipment": ask_equipment_wanting,
    "no clinician": ask_alone_for_both,
    "says no": lambda walk: consent_today(walk, yes=False),
    "waiver": ask_waiver,
    "waiver by a nurse": lambda walk: ask_waiver(walk, "nurse"),
    "high": lambda walk: baseline(walk, "high"),
    "too high": lambda walk: baseline(walk, "too high"),
    "not rested": lambda walk: baseline(walk, "not rested"),
    "no saturation": lambda walk: baseline(walk, "no saturation"),
    "seen": see_vitals,
    "seen by a nurse": lambda walk: see_vitals(walk, "nurse"),
    "seen by the director": lambda walk: see_vitals(walk, "medical_director"),
}


# What happens in the record


def weigh(walk: Walk, kg: str) -> None:
    import_module("tests.sessions.orders").weigh(walk.patient, kg, by=walk.who("nurse"))
    walk.ledger.weighed_at, walk.ledger.kg = walk.now, Decimal(kg)


def weigh_somehow(walk: Walk, chance: Random) -> None:
    weigh(walk, chance.choice(["70", "70", "72", "78", "63"]))


def end_order(walk: Walk) -> None:
    if walk.ledger.order:
        end(order=walk.course.dose_orders.get(state="signed"), why="No longer wanted", by=walk.who("prescriber"))
        walk.ledger.order = None


def order_anew(walk: Walk, chance: Random) -> None:
    new_order(walk, boosters=chance.choice([0, 1, 1]), gap=chance.choice([15, 20]), doses=chance.choice([1, 3]))


def new_order(walk: Walk, *, boosters: int = 1, gap: int = 15, doses: int = 3, route: str = "im", mg: int = 35) -> None:
    """A new order for the weight of now, if the approval still holds."""
    ledger, now = walk.ledger, walk.now
    weigh(walk, str(ledger.kg))
    today = ledger._day(now)
    more = {"boosters": boosters, "booster_mg": Decimal(20), "booster_gap_minutes": gap} if boosters else {}
    orderable = ledger.stage in {"dosing_series", "on_hold", "maintenance"}
    stands = ledger.eligible and (today - ledger.screened_on).days <= 30 and orderable
    with walk.tried("order", stands):
        import_module("tests.sessions.orders").signed(
            walk.course, by=walk.who("prescriber"), route=route, first_mg=Decimal(mg), doses=doses, **more
        )
    if stands:
        walk.orders += 1
        until = timedelta(days=30)
        ledger.order = Order(
            walk.orders, route, Decimal(mg), boosters, Decimal(20), gap, today, today + until, ledger.kg, doses
        )


def order_esketamine(walk: Walk) -> None:
    """Switched on in this clinic and signed; it lacks what only a certified site has."""
    change_setting(clinic=walk.team.clinic, key="order_esketamine", value=True, by=walk.who("admin"))
    new_order(walk, route="esk", mg=56, boosters=0)


def take_back(walk: Walk, kind: ConsentKind) -> None:
    if kind.value in walk.ledger.taken_back:
        return
    withdraw(consent=walk.patient.consents.get(kind=kind), by=walk.who("therapist"), way=Way.IN_PERSON)
    walk.ledger.taken_back.add(kind.value)
    if kind == ConsentKind.TREATMENT:
        walk.ledger.hold()


def harmless_medicine(walk: Walk) -> None:
    add_medicine(patient=walk.patient, by=walk.who("therapist"), text="vitamin d", last_taken="current")
    walk.ledger.list_changed_at = walk.now


def seed_medicine(walk: Walk) -> None:
    """One of the classes nobody sets aside: a stop of the screening."""
    add_medicine(patient=walk.patient, by=walk.who("therapist"), text="Nardil 15 mg", last_taken="current")
    ledger = walk.ledger
    ledger.list_changed_at, ledger.eligible, ledger.stops, ledger.seeds = walk.now, False, True, True
    ledger.hold()


def serious_event(walk: Walk) -> None:
    row = AdverseEvent.objects.create(
        clinic_id=walk.patient.clinic_id,
        patient=walk.patient,
        code="seizure",
        grade=3,
        serious=True,
        onset_at=walk.now - timedelta(hours=20),
        words="At home",
        reported_by=walk.who("therapist"),
        role="therapist",
    )
    walk.events.append(row)
    walk.ledger.events += 1


def sign_event(walk: Walk) -> None:
    if walk.events:
        row = walk.events.pop()
        row.signed_at, row.signed_by, row.signed_name = walk.now, walk.who("prescriber"), "Prescriber"
        row.signed_role, row.sha256, row.plan = "prescriber", "0" * 64, "Watched, and seen again before a dose"
        row.save()
        walk.ledger.events -= 1


def critical_task(walk: Walk) -> None:
    task = open_task(
        patient=walk.patient,
        kind=TaskKind.SAFETY,
        severity=Severity.CRITICAL,
        title="A message that asks for help",
        due_at=walk.now + timedelta(hours=1),
        owner_role=Role.THERAPIST,
        by=walk.who("therapist"),
    )
    walk.critical.append(task)
    walk.ledger.critical += 1


def assess(walk: Walk, chance: Random) -> None:
    """A critical task ends with a clinician's assessment; by nobody else, and by no other outcome."""
    if not walk.critical:
        return
    role, outcome = chance.choice(["therapist", "prescriber", "admin"]), chance.choice([*Outcome])
    clinician = role != "admin"
    assessed = outcome in {Outcome.ASSESSED_SAFE, Outcome.SAFETY_PLAN, Outcome.HIGHER_CARE}
    with walk.tried("assess", clinician and assessed):
        close_task(task=walk.critical[-1], outcome=outcome, words=WHY, by=walk.who(role), role=role)
    if clinician and assessed:
        walk.critical.pop()
        walk.ledger.critical -= 1


def strike_lab(walk: Walk) -> None:
    lab = walk.patient.lab_results.filter(kind="ggt", voided_at=None).last()
    if lab:
        strike_out_lab(lab=lab, by=walk.who("nurse"), why="Another patient's")
        walk.ledger.liver_missing = True


def record_labs(walk: Walk) -> None:
    walk.world.build.liver_tests(walk.patient, by=walk.who("nurse"))
    walk.ledger.liver_missing, walk.ledger.liver_on = False, walk.ledger._day(walk.now)


def toggle_video(walk: Walk) -> None:
    """The patient is on video after all, or comes."""
    walk.ledger.remote = not walk.ledger.remote
    DosingSession.objects.filter(pk=walk.dosing.pk).update(remote=walk.ledger.remote)
    walk.dosing.refresh_from_db()


def plan_preparations(walk: Walk) -> None:
    walk.ledger.planned = 3 if walk.ledger.planned == 1 else 1
    courses.note_enrolment(course=walk.course, by=walk.who("therapist"), planned_preparations=walk.ledger.planned)


def hold(walk: Walk) -> None:
    if walk.ledger.stage == "dosing_series":
        courses.move(
            course=walk.course, to=Stage.ON_HOLD, by=walk.who("therapist"), role="therapist", evidence={}, reason=WHY
        )
        walk.ledger.hold()


def resume(walk: Walk) -> None:
    """The course's own matter: what its gate says then is held by other tests."""
    if walk.ledger.stage != "on_hold":
        return
    day = walk.ledger._day(walk.now)
    how: dict[str, Any] = {
        "to": Stage.DOSING_SERIES,
        "by": walk.who("prescriber"),
        "role": "prescriber",
        "on": day,
        "reason": WHY,
    }
    try:
        with transaction.atomic():
            course_moves.move_course(course=walk.course, **how)
        walk.ledger.stage = "dosing_series"
    except (NotReady, NotAllowed):
        walk.injected["refused: resume"] += 1
        return
    if not walk.ledger.eligible or walk.ledger.taken_back - {"touch"}:
        raise Broken("a course went on that waits for a prescriber or a consent")


RECORD: dict[str, Callable[[Walk], Any]] = {
    "order ended": end_order,
    "financial consent back": lambda walk: take_back(walk, ConsentKind.FINANCIAL),
    "touch consent back": lambda walk: take_back(walk, ConsentKind.TOUCH),
    "treatment consent back": lambda walk: take_back(walk, ConsentKind.TREATMENT),
    "harmless medicine": harmless_medicine,
    "seed medicine": seed_medicine,
    "serious event": serious_event,
    "critical task": critical_task,
    "lab struck out": strike_lab,
    "on video": toggle_video,
    "three preparations": plan_preparations,
    "hold": hold,
    "asq positive": lambda walk: asq(walk, "positive") if walk.open_check else None,
    "asq acute": lambda walk: asq(walk, "acute") if walk.open_check else None,
    "pregnancy possible": lambda walk: ask_pregnancy(walk) if walk.open_check else None,
}
LIGHT = [name for name in RECORD if not name.startswith(("treatment", "seed", "asq", "pregnancy", "financial"))]


def happen(walk: Walk, chance: Random) -> None:
    """Something that closes the gate: most often what can be put right again."""
    name = chance.choice(LIGHT if chance.random() < 0.8 else sorted(RECORD))
    walk.injected[name] += 1
    RECORD[name](walk)


def mend(walk: Walk, chance: Random) -> None:
    """What can be put right is put right."""
    ledger = walk.ledger
    while walk.events:
        sign_event(walk)
    if walk.critical:
        task, words = walk.critical.pop(), "Seen, no acute risk, plan made"
        close_task(task=task, outcome=Outcome.SAFETY_PLAN, words=words, by=walk.who("therapist"), role="therapist")
        ledger.critical -= 1
    if ledger.liver_missing:
        record_labs(walk)
    if ledger.planned == 3:
        plan_preparations(walk)
    if ledger.remote:
        toggle_video(walk)
    if ledger.order is None or abs(ledger.kg - ledger.order.kg) * 10 >= ledger.order.kg:
        order_anew(walk, chance)
    resume(walk)
    ask_all(walk, chance)


# Time


def wait(walk: Walk, chance: Random) -> None:
    """Minutes; sometimes days, and then most often everything is asked anew."""
    if chance.random() < 0.85:
        walk.wait(minutes=chance.choice([1, 4, 9, 14, 15, 16, 29, 31, 59, 75]))
        return
    walk.wait(days=chance.choice([1, 1, 6, 8, 23]))
    walk.injected["days passed"] += 1
    if walk.open_check and chance.random() < 0.8:
        ask_all_but(walk)


def next_session(walk: Walk, chance: Random) -> None:
    """Another dosing day of the course, with or without an integration before it."""
    if walk.ledger.session.state != "monitoring" or walk.ledger.stage != "dosing_series":
        return
    another_day(walk, hours=chance.choice([24, 47, 49, 72, 168]), integrated=chance.random() < 0.6)


def another_day(walk: Walk, *, hours: int, integrated: bool) -> None:
    walk.wait(hours=hours)
    if integrated:
        visit = _book(walk, VisitKind.INTEGRATION, "Room 2", 60, follows=walk.dosing.appointment)
        visits.start(appointment=visit, by=walk.who("therapist"), role="therapist")
        visits.complete(appointment=visit, by=walk.who("therapist"), role="therapist")
        walk.ledger.integrated_at = walk.ledger.contact = walk.now
        walk.wait(minutes=70)
    visit = _book(walk, VisitKind.DOSING, "Dosing room", 180)
    walk.dosing = DosingSession.objects.get(appointment=visit)
    walk.ledger.next_session()
    walk.ledger.remote = False
    walk.dosing = walk.world.build.check_begun(walk.dosing, by=walk.who("therapist"))
    walk.injected["another day"] += 1
    ask_all_but(walk)


def _book(walk: Walk, kind: VisitKind, room: str, minutes: int, **more: Any) -> Any:
    factories = import_module("tests.factories")
    return visits.book(
        patient=walk.patient,
        course=walk.course,
        kind=kind,
        starts=timezone.localtime(walk.now).replace(tzinfo=None, second=0, microsecond=0),
        minutes=minutes,
        room=factories.room(walk.team.clinic, room),
        staff=[(walk.who("therapist"), Role.THERAPIST)],
        by=walk.who("therapist"),
        role="therapist",
        afterwards=True,
        **more,
    )


# Overrides, ready, doses


def override(walk: Walk, chance: Random) -> None:
    """Most often of what is not met, by a prescriber, in whole sentences."""
    unmet = sorted(walk.ledger.unmet(walk.now))
    code = chance.choice(unmet) if unmet and chance.random() < 0.85 else chance.choice(GateItem.values)
    role = chance.choice(["prescriber"] * 4 + ["medical_director", "nurse", "therapist"])
    set_aside(walk, code, role=role, reason=WHY if chance.random() < 0.85 else SHORT)


def set_aside(walk: Walk, code: str, *, role: str = "prescriber", reason: str = WHY) -> None:
    allowed = walk.ledger.may_override(code, role=role, reason=reason, now=walk.now)
    with walk.tried("override", allowed):
        gate_actions.override(dosing=walk.dosing, item=code, reason=reason, by=walk.who(role), role=role)
    if allowed:
        walk.ledger.session.overrides.add(code)


def ready(walk: Walk, chance: Random) -> None:
    make_ready(walk, chance.choice(["prescriber"] * 5 + ["medical_director", "nurse", "therapist"]))


def make_ready(walk: Walk, role: str = "prescriber") -> None:
    allowed = walk.ledger.may_be_ready(role=role, now=walk.now)
    with walk.tried("make ready", allowed):
        dosing_actions.make_ready(dosing=walk.dosing, by=walk.who(role), role=role)
    if allowed:
        walk.ledger.session.state, walk.ledger.session.ready_at = "ready", walk.now


def try_to_dose(walk: Walk, mg: Decimal | None = None) -> None:
    """Ready, and a minute later the dose as it is ordered."""
    make_ready(walk)
    walk.wait(minutes=1)
    give(walk, How(mg or (walk.ledger.order.first if walk.ledger.order else Decimal(35))))


def expire(walk: Walk, chance: Random) -> None:
    session = walk.ledger.session
    old = session.ready_at is not None and walk.now - session.ready_at > timedelta(minutes=30)
    allowed = session.state == "ready" and old
    with walk.tried("expire", allowed):
        dosing_actions.expire_ready(dosing=walk.dosing)
    if allowed:
        session.state, session.ready_at = "gate_check", None


@dataclass(frozen=True)
class How:
    """How a dose is tried. `looker`: a role, "" for nobody; alone: seconds between preparing it and looking again."""

    mg: Decimal
    role: str = "nurse"
    looker: str = "therapist"
    alone: int | None = None
    back: float = 0
    why: str = "The tablet was charging"
    yes: bool = True
    ahead: int = 0  # seconds by which the second look lies in the time to come
    looks_at: Decimal | None = None  # what was prepared, if it was something else


def dose(walk: Walk, chance: Random) -> None:
    """A first dose or a booster as the session stands: most often as ordered, else with one thing wrong."""
    order = walk.ledger.order
    most = Decimal(35) if order is None else order.booster if walk.ledger.session.doses else order.first
    mg = chance.choice([most, most, most - 5, most - Decimal("0.01"), most + Decimal("0.01"), most + 5])
    how = How(mg if mg > 0 else Decimal(5), role=chance.choice(["nurse"] * 5 + ["prescriber", "therapist"]))
    changed: dict[str, Any] = {}
    match chance.choice([*"......", "alone", "alone", "back", "back", "looker", "nobody", "no"]):
        case "alone":
            changed = {"looker": "", "alone": chance.choice([30, 59, 60, 61, 95]), "ahead": chance.choice([0, 0, 60])}
            changed["looks_at"] = chance.choice([None, None, how.mg / 2])
        case "back":
            changed = {
                "back": chance.choice([-1, 0.5, 1, 2, 4, 5, 6, 7]),
                "why": chance.choice(["It was busy"] * 3 + [""]),
            }
        case "looker":
            changed = {"looker": chance.choice([how.role, "nurse", "admin", "therapist"])}
        case "nobody":
            changed = {"looker": ""}
        case "no":
            changed = {"yes": False}
    give(walk, How(**{**how.__dict__, **changed}))


def give(walk: Walk, how: How) -> None:
    """Try it; what went through stands in the account as well."""
    looked_at, by, session = None, walk.who(how.role), walk.ledger.session
    prepared = None
    if how.alone is not None and session.state in {"ready", "monitoring"}:
        said = {"mg": str(how.looks_at or how.mg), "checked": list(CHECKED)}
        dosing_actions.prepare_dose(dosing=walk.dosing, data=said, by=by, role=how.role)
        prepared = walk.now
        walk.wait(seconds=how.alone)
    if how.alone is not None:
        looked_at = walk.now + timedelta(seconds=how.ahead)
    now = walk.now
    at = now - timedelta(minutes=how.back)
    alone = prepared is not None and looked_at is not None and looked_at <= now
    again = alone and looked_at - prepared >= timedelta(minutes=1) and how.looks_at is None  # type: ignore[operator]
    other = how.looker in WITNESSES and how.looker != how.role
    allowed = walk.ledger.may_give(
        mg=how.mg, at=at, now=now, role=how.role, why=how.why, yes=how.yes, looked=other if how.looker else bool(again)
    )
    kind = "booster" if session.state == "monitoring" else "first"
    with walk.tried(f"{kind} dose", allowed):
        dosing_actions.give_dose(
            dosing=walk.dosing,
            mg=how.mg,
            given_at=at,
            by=by,
            role=how.role,
            witness=walk.who(how.looker) if how.looker else None,
            second_look_at=looked_at,
            site="Left deltoid",
            lot="K2291",
            set_back_why=how.why,
            says_yes=how.yes,
        )
    if allowed:
        walk.ledger.gave(at, how.mg)
        walk.doses.append((kind, how.mg, at))


# After the dose


def measure(walk: Walk, chance: Random) -> None:
    values = chance.choice([WELL, WELL, WELL, WELL, HIGH, DROWSY])
    read(walk, values)


def read(walk: Walk, values: dict[str, Any]) -> None:
    if walk.ledger.session.state != "monitoring":
        return
    dosing_actions.record_vitals(
        dosing=walk.dosing, values=values, happened_at=walk.now, by=walk.who("nurse"), role="nurse"
    )
    signs = ({"blood-pressure"} if values is HIGH else set()) | ({"moaas"} if values is DROWSY else set())
    walk.ledger.read(walk.now, values["moaas"], signs)


def acknowledge(walk: Walk, chance: Random) -> None:
    for alert in _fresh(walk).alerts.filter(closed_at=None, acknowledged_at=None).order_by("id"):
        dosing_actions.acknowledge(alert=alert, by=walk.who("therapist"), role="therapist")
        known = walk.ledger.session.alerts[alert.sign]
        later = [reading for reading in walk.ledger.session.readings if reading[0] > known.at]
        walk.ledger.acknowledged(alert.sign, bool(later) and _in_range(walk, alert.sign, later[-1][0]))


def _in_range(walk: Walk, sign: str, at: datetime) -> bool:
    row = _fresh(walk).vitalsignss.get(happened_at=at, phase__in=["during", "after"])
    return (row.systolic or 999) < 160 if sign == "blood-pressure" else (row.moaas or 0) >= 4


def say_stop(walk: Walk, chance: Random) -> None:
    if walk.ledger.session.state == "monitoring" and chance.random() < 0.3:
        how: dict[str, Any] = {"by": walk.who("therapist"), "role": "therapist"}
        dosing_actions.write_entry(dosing=walk.dosing, kind=EntryKind.HELP, code="stop", **how)
        walk.ledger.session.said_stop = True


def stop(walk: Walk, chance: Random) -> None:
    if walk.ledger.session.state == "monitoring" and chance.random() < 0.3:
        dosing_actions.stop_early(dosing=walk.dosing, reason="Too much", by=walk.who("therapist"), role="therapist")
        walk.ledger.session.state = "stopped"


def booster(walk: Walk, chance: Random) -> None:
    """Time, a reading and a booster, so that many come to pass."""
    if walk.ledger.session.state != "monitoring":
        return
    walk.wait(minutes=chance.choice([5, 13, 14, 16, 21]))
    acknowledge(walk, chance)
    read(walk, chance.choice([WELL, WELL, WELL, HIGH]))
    walk.wait(minutes=chance.choice([1, 1, 14, 16]))
    if walk.ledger.order and chance.random() < 0.5:
        give(
            walk,
            How(walk.ledger.order.booster, role=chance.choice(["nurse", "nurse", "therapist"]), looker="therapist"),
        )
    else:
        dose(walk, chance)


def straight(walk: Walk, chance: Random) -> None:
    """Asked anew, ready, and given."""
    if walk.ledger.session.state != "gate_check":
        return
    ask_all_but(walk)
    walk.wait(minutes=1)
    make_ready(walk)
    walk.wait(minutes=chance.choice([0, 3, 7]))
    if walk.ledger.order and chance.random() < 0.6:
        give(walk, How(walk.ledger.order.first))
    else:
        dose(walk, chance)


BY_NAME: dict[str, Callable[[Walk, Random], None]] = {
    one.__name__: one
    for one in (
        *(ask_all, ask_one, happen, mend, weigh_somehow, order_anew, assess, wait, next_session, override, ready),
        *(expire, dose, measure, acknowledge, say_stop, stop, booster, straight),
    )
}
WEIGHTS = {
    **{"ask_one": 2, "happen": 2, "mend": 3, "order_anew": 2, "wait": 3, "next_session": 3, "override": 4, "ready": 3},
    **{"dose": 3, "measure": 2, "booster": 5, "straight": 8},
}
WEIGHTED = [name for name in BY_NAME for _ in range(WEIGHTS.get(name, 1))]
