"""Whatever is done in whatever order: nobody is eligible past a stop, and no course leaves the table of its moves.

A random walk through the real actions with a clock of its own, held after each step against a slow account kept by
hand (`kap_clinic/dev/ledger.py`): what was allowed, what fired, who is eligible today and later, where the course is.
A walk is a list of steps, each with its own number for chance, so that a failing one is cut down to the steps that
matter before it is told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import wraps
from random import Random
from typing import Any

import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.cases import cases
from kap_clinic.dev.demo.measures import ASQ, record_baseline, spread
from kap_clinic.dev.ledger import (
    ACCEPTED,
    CAUTION,
    CLOSED,
    COURSE,
    DECIDE,
    EXCLUDE,
    GAP,
    HEAVY,
    LIGHT,
    MEDICINES,
    NOBODY,
    ROLES,
    STAGES,
    STOP,
    TRAITS,
    Draft,
    Ledger,
    Row,
    is_along_the_table,
)
from kap_clinic.dev.soaks import Report
from kap_clinic.reads import together
from kap_clinic.wall import as_clinic
from patients.course import actions as course_actions
from patients.course.models import Course, CourseMove
from patients.course.terms import Stage
from patients.medicines.actions import add_medicine, stop_medicine
from patients.models import Medicine, Patient
from patients.record import actions as record
from patients.record.days import today_in
from screening import actions, policies, selectors
from screening.eligibility import reads, standing
from screening.models import Override, Screening
from screening.terms import Decision, Judgement, MeasureEntry

STEPS_OF_A_WALK = 50
REPLAYS = 150  # at most, to cut a failing walk down
ZONE = "America/New_York"
START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
USUAL = {DECIDE: "accept"}
WHOLE = "Talked through with the patient and their own doctor."
SHORT = "Is fine."
BORN = date(1985, 3, 14)  # 41 years old, as in sc-001
GUARDED = (  # needs the record itself answers for; the walk gives them when it moves a course past the actions
    *("privacy_signed", "identity_checked", "screening_complete", "baseline_done", "eligible", "live_visit_done"),
    *("indication_noted", "monitoring_checked", "offered_instead", "financial_talk", "treatment_talk"),
    *("therapist_assigned", "preparation_done", "treatment_valid", "touch_valid", "order_signed"),
    *("emergency_contact", "escort", "gates_closed", "series_over", "last_integration", "end_scales"),
    *("relapse_plan", "letters", "benefit_shown", "maintenance_plan", "consent_renewed", "exposure_reviewed"),
    "safety_plan",
)


@dataclass(frozen=True)
class World:
    """A clinic with its people; each walk has a patient of its own."""

    clinic: Clinic
    therapist: User
    prescribers: tuple[User, ...]
    admin: User


@dataclass(frozen=True)
class Step:
    """One thing done, and the number its chances come from."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}({self.number})"


class Broken(Exception):
    """A promise that did not hold, in words."""


@dataclass
class Walk:
    world: World
    patient: Patient
    clock: time_machine.Traveller
    ledger: Ledger = field(default_factory=Ledger)
    injected: Counter[str] = field(default_factory=Counter)
    done: int = 0
    looks: int = 0
    eligible: int = 0

    @property
    def today(self) -> date:
        return today_in(ZONE)

    @property
    def newest(self) -> Screening:
        """The version the prescriber has before them."""
        return self.patient.screenings.exclude(submitted_at=None).latest("submitted_at", "version")

    @property
    def course(self) -> Course:
        return self.patient.courses.latest("number")

    @contextmanager
    def tried(self, what: str, allowed: bool) -> Iterator[None]:
        """What the action does must be what the account allows; a refusal writes nothing."""
        try:
            with transaction.atomic():
                yield
        except (actions.NotPossible, course_actions.NotReady) as no:
            self.injected[f"refused: {what}"] += 1
            if allowed:
                raise Broken(f"{what} was refused: {no}") from no
        else:
            if not allowed:
                raise Broken(f"{what} went through")


def run(n: int, seed: int) -> Report:
    """`n` things done, in walks of 50 steps, each walk rolled back."""
    with time_machine.travel(START, tick=False):
        world = make_world()
        return trial(n, seed, world)


def make_world() -> World:
    with transaction.atomic():
        clinic = open_clinic(name="Harbour", zone=ZONE)

        def person(name: str, role: Role) -> User:
            user = User.objects.create_user(f"{name.lower().replace(' ', '.')}@example.org", name=name)
            add_member(clinic=clinic, user=user, roles=[role])
            return user

        prescribers = (person("Dr Okafor", Role.PRESCRIBER), person("Dr Sato", Role.MEDICAL_DIRECTOR))
        return World(clinic, person("Alex Moreno", Role.THERAPIST), prescribers, person("Ines Brandt", Role.ADMIN))


def trial(n: int, seed: int, world: World, replays: int = REPLAYS, names: Sequence[str] = ()) -> Report:
    """Walks until `n` things are done or one is broken.

    `replays`: at most so many to cut that one down; `names`: the steps to choose from, else all.
    """
    chance = Random(seed)  # noqa: S311  # a trial, no secret
    injected: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    while figures["steps"] < n:
        steps = [Step(chance.choice(names or WEIGHTED), chance.randrange(10**6)) for _ in range(STEPS_OF_A_WALK)]
        words, walk, done = walk_along(world, steps)
        injected += walk.injected
        figures.update({"walks": 1, "steps": walk.done, "times eligible": walk.eligible, "looks": walk.looks})
        if words:
            few, words = _cut_down(world, steps[:done], words, replays)
            story = ", ".join(map(str, few))
            return Report(dict(injected), [f"seed {seed}, after {figures['steps']} steps: {words}: {story}"], figures)
    return Report(dict(injected), [], figures)


def walk_along(world: World, steps: Sequence[Step]) -> tuple[str, Walk, int]:
    """Take the steps with a new patient and undo them: what broke ("" when nothing did), and after how many."""
    with time_machine.travel(START, tick=False) as clock, transaction.atomic():
        with as_clinic(world.clinic.pk):
            walk, words, done = _with_patient(world, clock), "", 0
            for step in steps:
                done += 1
                words = _take(step, walk)
                if words:
                    break
            else:
                with connection.cursor() as cursor:
                    cursor.execute("set constraints all immediate; set constraints all deferred")
        transaction.set_rollback(True)
    return words, walk, done


def _take(step: Step, walk: Walk) -> str:
    """What broke in this step, or "". Each takes a minute."""
    walk.clock.shift(timedelta(minutes=1))
    try:
        with transaction.atomic():
            BY_NAME[step.name](walk, Random(step.number))  # noqa: S311  # a trial, no secret
            look(walk, Random(step.number))  # noqa: S311  # a trial, no secret
    except Broken as broken:
        return str(broken)
    except Exception as error:  # whatever an action lets escape is a finding of the walk
        return f"{type(error).__name__}: {error}"
    return ""


def _cut_down(world: World, steps: list[Step], words: str, most: int) -> tuple[list[Step], str]:
    """Leave out what is not needed to break it: halves first, then single steps."""
    size, replays = max(1, len(steps) // 2), 0
    while replays < most:
        for start in range(0, len(steps), size):
            fewer = steps[:start] + steps[start + size :]
            replays += 1
            again, _, done = walk_along(world, fewer)
            if again:
                steps, words = fewer[:done], again
                break
        else:
            if size == 1:
                break
            size //= 2
    return steps, words


def _with_patient(world: World, clock: time_machine.Traveller) -> Walk:
    patient = record.register(
        clinic=world.clinic, by=world.therapist, family_name="Walk", given_name="Kim", birth_date=BORN
    )
    course_actions.open_course(patient=patient, by=world.therapist, role=Role.ADMIN)
    record_baseline(patient, {"asq_result": "negative", "audit_c": 1}, by=world.therapist, at=timezone.now())
    return Walk(world, patient, clock)


# What must hold after each step


def look(walk: Walk, chance: Random) -> None:
    """Eligibility today and on a later day, the newest version, and the path of each course: as the account says."""
    ledger, patient = walk.ledger, walk.patient
    rows = together(reads(patient))
    for on in (walk.today, walk.today + timedelta(days=chance.choice([1, 5, 29, 30, 31, 60, 90, 91]))):
        expected = ledger.eligible(on)
        held = standing(patient, on, read=rows)
        walk.looks += 1
        walk.eligible += expected
        if held.eligible != expected:
            raise Broken(f"on {on} eligible is {held.eligible}, not {expected} ({'; '.join(held.reasons)})")
    _look_at_versions(walk)
    _look_at_courses(walk)


def _look_at_versions(walk: Walk) -> None:
    expected = walk.ledger.newest
    versions = _rows(
        "select id, state from screening_screening where patient_id = %s and submitted_at is not null order by version",
        walk.patient.pk,
    )
    states = [state for _, state in versions]
    if states != [version.state for version in walk.ledger.versions]:
        raise Broken(f"versions are {states}, not {[version.state for version in walk.ledger.versions]}")
    if expected:
        found = dict(_rows("select rule, severity from screening_finding where screening_id = %s", versions[-1][0]))
        if found != expected.findings:
            raise Broken(f"found {found}, not {expected.findings}")


def _look_at_courses(walk: Walk) -> None:
    paths: dict[int, list[tuple[str, str]]] = {}
    stages: dict[int, str] = {}
    for number, stage, before, after in _rows(
        "select c.number, c.stage, m.before, m.after from patients_course c join patients_coursemove m"
        " on m.course_id = c.id where c.patient_id = %s order by c.number, m.id",
        walk.patient.pk,
    ):
        paths.setdefault(number, []).append((before, after))
        stages[number] = stage
    for number, moves in paths.items():
        if not is_along_the_table(moves, stages[number]):
            raise Broken(f"a course went {moves} and stands at {stages[number]}")
    went = [[after for _, after in moves] for moves in paths.values()]
    if went != walk.ledger.courses:
        raise Broken(f"courses went {went}, not {walk.ledger.courses}")


def _rows(query: str, *values: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


# The steps. Each tries something, allowed or not; the account says which, and writes down what came of it. `screen` and
# `review` do several things; what is counted is each thing done.


def counted(do: Callable[..., None]) -> Callable[..., None]:
    @wraps(do)
    def one(walk: Walk, *how: Any) -> None:
        walk.done += 1
        do(walk, *how)

    return one


@counted
def wait(walk: Walk, chance: Random) -> None:
    """Hours, so that evenings come where the clinic's day is not UTC's; days, so that things lapse."""
    hours = chance.choice([1, 5, 9, 13, 24, 24 * 3, 24 * 8, 24 * 15, 24 * 31, 24 * 91])
    walk.clock.shift(timedelta(hours=hours))
    walk.injected["time passed"] += hours > 24


@counted
def begin(walk: Walk, chance: Random) -> None:
    """A draft: the first, a correction, or the one that is open already; often it says something new."""
    walk.ledger.open_course()
    screening = actions.start(patient=walk.patient, by=walk.world.therapist, on=walk.today)
    draft = walk.ledger.draft
    if draft is None:
        draft = walk.ledger.draft = Draft(walk.today, set(), {})
    elif chance.random() < 0.5:
        return
    draft.traits = _any_traits(chance)
    draft.listed = {
        text: _any_date(chance, draft.on) for text in chance.sample(list(MEDICINES), chance.choice([0, 0, 1, 1, 2]))
    }
    _fill(walk, screening, draft)


def _any_traits(chance: Random) -> set[str]:
    """Up to three; few that nobody can set aside, so that many an intake can be approved."""
    hopeless = chance.random() < 0.15
    names = [name for name, trait in TRAITS.items() if hopeless or (trait.rule, trait.severity) not in NOBODY]
    traits = set(chance.sample([name for name in names if name != GAP], chance.choice([0, 1, 1, 2, 3])))
    for one, *others in map(sorted, EXCLUDE):
        if one in traits:
            traits -= set(others)
    return traits | ({GAP} if chance.random() < 0.05 else set())


def _any_date(chance: Random, on: date) -> str:
    days = chance.choice([None, None, 0, 2, 6, 10, 20, 40])
    return "current" if days is None else (on - timedelta(days=days)).isoformat()


def _fill(walk: Walk, screening: Screening, draft: Draft) -> None:
    """Save each section as the form does."""
    base = CLEAR
    answers, vitals = dict(base["answers"]), dict(base["vitals"])
    for name in draft.traits:
        answers |= TRAITS[name].answers
        vitals |= TRAITS[name].vitals
    listed = [{"text": text, "last_taken": taken} for text, taken in draft.listed.items()]
    for section in selectors.sections():
        stored = policies.section_values(screening, section)
        values: dict[str, Any] = {question.key: answers.get(question.key) for question in policies.asked_in(section)}
        if section == policies.VITALS:
            values = vitals
        elif section == policies.MEDICINES:
            values = {"medications": listed, "no_medications": "no" if listed else "yes"}
        if stored != values:
            screening = actions.save_section(
                screening=screening,
                section=section,
                values=values,
                seen=policies.digest(stored),
                by=walk.world.therapist,
            )


@counted
def send(walk: Walk, chance: Random) -> None:
    screening = walk.patient.screenings.filter(submitted_at=None).first()
    if screening is None:
        screening = walk.patient.screenings.order_by("?").first()
        if screening is None:
            return
    with walk.tried("submit", walk.ledger.submit()):
        actions.submit(screening=screening, by=walk.world.therapist)
        walk.injected["submitted"] += 1


def screen(walk: Walk, chance: Random) -> None:
    """A whole screening: begun and sent, from inquiry too."""
    begin(walk, chance)
    if walk.ledger.stage == "inquiry":
        to_intake(walk, chance)
    send(walk, chance)


@counted
def change_frozen(walk: Walk, chance: Random) -> None:
    """A submitted version takes no other answer."""
    screening = walk.patient.screenings.exclude(submitted_at=None).order_by("?").first()
    if screening is None:
        return
    section = next(iter(selectors.sections()))
    seen = policies.digest(policies.section_values(screening, section))
    with walk.tried("change a frozen version", False):
        actions.save_section(
            screening=screening, section=section, values={"psychosis_ever": "no"}, seen=seen, by=walk.world.therapist
        )


def override(walk: Walk, chance: Random) -> None:
    """Set one finding of the newest version aside: most often a stop."""
    version = walk.ledger.newest
    if version is None or not version.findings:
        return
    stops = [rule for rule, severity in version.findings.items() if severity == STOP]
    _set_aside(walk, chance, chance.choice(stops if stops and chance.random() < 0.9 else list(version.findings)))


@counted
def _set_aside(walk: Walk, chance: Random, rule: str) -> None:
    """Most often whole and in time."""
    by, today = chance.choice(walk.world.prescribers), walk.today
    until = today + timedelta(days=chance.choice([0, 10, 45, 90, 90, 90]))
    reason, plan = WHOLE, "Watch"
    if chance.random() < 0.15:
        late, past = today + timedelta(days=91), today - timedelta(days=1)
        flawed = [(late, WHOLE, "Watch"), (past, WHOLE, "Watch"), (until, SHORT, "Watch"), (until, WHOLE, " ")]
        until, reason, plan = chance.choice(flawed)
    is_whole = (reason, plan) == (WHOLE, "Watch")
    with walk.tried("override", walk.ledger.override(rule, by=by.pk, until=until, on=today, is_whole=is_whole)):
        actions.override_stop(
            finding=walk.newest.findings.get(rule=rule),
            reason=reason,
            risk_plan=plan,
            expires_on=until,
            by=by,
            role="prescriber",
            on=today,
        )
        walk.injected["overrode"] += 1


@counted
def second(walk: Walk, chance: Random) -> None:
    rows = Override.objects.filter(finding__screening__patient=walk.patient).order_by("-id")
    row = rows.filter(lapsed_at=None).first() or rows.first()
    if row is None:
        return
    another = [person for person in walk.world.prescribers if person.pk != row.made_by_id]
    by = chance.choice(another * 9 + list(walk.world.prescribers))
    allowed = row.finding.screening_id == walk.newest.pk and walk.ledger.second(row.finding.rule, by=by.pk)
    with walk.tried("second", allowed):
        actions.second_override(override=row, by=by, role="medical_director")
        walk.injected["seconded"] += 1


@counted
def approve(walk: Walk, chance: Random) -> None:
    """Approve the newest version: two in three with everything said that must be, else with one thing wrong."""
    version, on = walk.ledger.newest, walk.today
    if version is None:
        return
    said = {rule: USUAL.get(severity, "seen") for rule, severity in version.findings.items()}
    words = reason = WHOLE
    until = on + timedelta(days=chance.choice([0, 7, 60, 90, 90, 90]))
    conditions = chance.random() < 0.2
    match chance.choice([*"......", "left out", "left out", "judged", "words", "reason", "end"]) if said else ".":
        case "left out":
            asked = [rule for rule in said if version.findings[rule] in (DECIDE, CAUTION)]
            del said[chance.choice(sorted(asked or said))]
        case "judged":
            said[chance.choice(sorted(said))] = str(chance.choice(list(Judgement)))
        case "words":
            words = SHORT
        case "reason":
            reason = SHORT
        case "end":
            until = on + timedelta(days=chance.choice([-1, 91]))
    decides = any(version.findings[rule] == DECIDE and said[rule] in ACCEPTED for rule in said)
    is_whole = reason == WHOLE and (words == WHOLE or not decides)
    allowed = walk.ledger.approve(said, until=until, on=on, conditions=conditions, is_whole=is_whole)
    _decide(
        walk,
        Decision.APPROVE_WITH_CONDITIONS if conditions else Decision.APPROVE,
        allowed,
        reason=reason,
        said=said,
        words=words,
        until=until,
        conditions="With the nurse beside them" if conditions else "",
    )


def _decide(
    walk: Walk,
    decision: Decision,
    allowed: bool,
    *,
    reason: str = SHORT,
    said: dict[str, str] | None = None,
    words: str = "",
    until: date | None = None,
    conditions: str = "",
) -> None:
    findings = {finding.rule: finding.pk for finding in walk.newest.findings.all()}
    with walk.tried(str(decision), allowed):
        actions.decide(
            screening=walk.newest,
            decision=decision,
            reason=reason,
            judgements={findings[rule]: (Judgement(judgement), words) for rule, judgement in (said or {}).items()},
            by=walk.world.prescribers[0],
            role="prescriber",
            on=walk.today,
            conditions=conditions,
            questions="Since when?",
            expires_on=until,
        )
        walk.injected[f"decided: {decision}"] += 1


@counted
def ask_for_more(walk: Walk, chance: Random) -> None:
    if walk.ledger.newest:
        _decide(walk, Decision.ASK_FOR_MORE, walk.ledger.ask_for_more())


@counted
def decline(walk: Walk, chance: Random) -> None:
    if walk.ledger.newest:
        offered = chance.random() < 0.7
        allowed = walk.ledger.decline(offered=offered)
        _decide(walk, Decision.DECLINE, allowed, conditions="Talking therapy" if offered else " ")


def review(walk: Walk, chance: Random) -> None:
    """Every stop set aside by one and most often seconded, then approved: now and then with something wrong in it."""
    version = walk.ledger.newest
    for rule in [rule for rule, severity in version.findings.items() if severity == STOP] if version else []:
        _set_aside(walk, chance, rule)
        if chance.random() < 0.85:
            second(walk, chance)
    approve(walk, chance)


@counted
def decide_an_old_one(walk: Walk, chance: Random) -> None:
    """A version that was replaced, approved as if it still counted."""
    old = walk.patient.screenings.exclude(submitted_at=None).order_by("-version")[1:].first()
    if old is None:
        return
    with walk.tried("approve an old version", False):
        actions.decide(
            screening=old,
            decision=Decision.APPROVE,
            reason=WHOLE,
            judgements={finding.pk: (Judgement.ACCEPT, WHOLE) for finding in old.findings.all()},
            by=walk.world.prescribers[0],
            role="prescriber",
            on=walk.today,
        )


@counted
def take_medicine(walk: Walk, chance: Random) -> None:
    text = chance.choice(list(MEDICINES))
    taken = chance.choice(["current", "current", "current", "", _any_date(chance, walk.today)])
    add_medicine(patient=walk.patient, by=walk.world.therapist, text=text, last_taken=taken)
    walk.ledger.medicines.append(Row(text, taken))
    walk.ledger.facts_changed(walk.today)
    walk.injected["medicine added"] += 1


@counted
def drop_medicine(walk: Walk, chance: Random) -> None:
    rows = list(Medicine.objects.filter(patient=walk.patient).order_by("id"))
    if rows:
        place = chance.randrange(len(rows))
        stop_medicine(medicine=rows[place], by=walk.world.therapist)
        walk.ledger.medicines[place].ended = walk.ledger.medicines[place].ended or walk.today
        walk.injected["medicine stopped"] += 1


@counted
def weigh(walk: Walk, chance: Random) -> None:
    kilograms = chance.choice([HEAVY, LIGHT])
    record.measure_weight(
        patient=walk.patient, by=walk.world.therapist, value=Decimal(kilograms), unit="kg", confirmed=True
    )
    walk.ledger.weight = kilograms
    walk.ledger.facts_changed(walk.today)


@counted
def answer_measure(walk: Walk, chance: Random) -> None:
    """One of the measures the screening reads, with a flag or without."""
    name = chance.choice(["asq", "asq", "phq-9", "audit-c", "gad-7"])
    given: dict[str, int]
    if name == "asq":
        result = chance.choice(["negative", "negative", "non_acute", "acute", "unknown_acuity"])
        given, walk.ledger.asq = ASQ[result], result
    elif name == "phq-9":
        walk.ledger.item9 = chance.choice([0, 0, 1, 3])
        given = spread("phq-9", 10 + walk.ledger.item9, phq9_9=walk.ledger.item9)
    elif name == "audit-c":
        walk.ledger.audit_c = chance.choice([1, 2, 3, 8])
        given = spread("audit-c", walk.ledger.audit_c)
    else:
        given = spread("gad-7", 9)
    last = walk.patient.measures.standing().of(name).first()
    is_whole = name != "asq" or walk.ledger.asq != "unknown_acuity"  # else the baseline would be open again
    if last is not None and is_whole and chance.random() < 0.4:
        actions.correct_measure(response=last, answers=given, by=walk.world.therapist)
    else:
        actions.record_measure(
            patient=walk.patient, instrument=name, answers=given, entry=MeasureEntry.STAFF, by=walk.world.therapist
        )
    walk.injected["measure"] += 1
    if (name == "asq" and walk.ledger.asq in ("acute", "unknown_acuity")) or (
        name == "phq-9" and walk.ledger.item9 >= 2
    ):
        walk.ledger.hold()
    walk.ledger.facts_changed(walk.today)


@counted
def note_enrolment(walk: Walk, chance: Random) -> None:
    course_actions.note_enrolment(
        course=walk.course,
        by=walk.world.prescribers[0],
        indication="Depression",
        tried_before="Two medicines",
        live_visit_on=walk.today,
        monitoring_checked_on=walk.today,
    )


@counted
def enrol(walk: Walk, chance: Random) -> None:
    """On what the record says, as the page does."""
    ledger, course = walk.ledger, walk.course
    noted = course.monitoring_checked_on is not None
    allowed = ledger.stage == "screening_review" and noted and ledger.eligible(walk.today)
    with walk.tried("enrol", allowed):
        actions.move_course(
            course=course, to=Stage.ENROLLED, by=walk.world.prescribers[0], role="prescriber", on=walk.today
        )
        walk.injected["enrolled"] += 1
    if allowed:
        ledger.go("enrolled")


@counted
def move(walk: Walk, chance: Random) -> None:
    """A course moved anywhere by anybody, past the actions that gather evidence; half of the tries are in order."""
    ledger = walk.ledger
    here = [after for before, after in COURSE if before == ledger.stage and after not in CLOSED]
    to = chance.choice(here) if here and chance.random() < 0.5 else chance.choice(STAGES)
    who = COURSE.get((ledger.stage, to), (set(ROLES), set()))[0]
    role = chance.choice(sorted(who)) if chance.random() < 0.8 else chance.choice(ROLES)
    true = {*GUARDED, "reason"}
    if chance.random() < 0.2:
        true -= {chance.choice(sorted(COURSE.get((ledger.stage, to), (set(), true))[1] or true))}
    allowed = ledger.may_move(to, role=role, true=true)
    with walk.tried("move", allowed):
        course_actions.move(
            course=walk.course,
            to=Stage(to),
            by=walk.world.therapist,
            role=role,
            evidence=dict.fromkeys(sorted(true - {"reason"}), True),
            reason="It is time" if "reason" in true else " ",
        )
        walk.injected["moved"] += 1
    if allowed:
        ledger.go(to)


@counted
def to_intake(walk: Walk, chance: Random) -> None:
    """Privacy signed and identity checked, so that screenings can be sent."""
    if walk.ledger.stage == "inquiry":
        evidence = {"privacy_signed": True, "identity_checked": True}
        course_actions.move(
            course=walk.course, to=Stage.INTAKE, by=walk.world.admin, role=Role.ADMIN, evidence=evidence
        )
        walk.ledger.go("intake")


@counted
def withdraw(walk: Walk, chance: Random) -> None:
    """The patient's own wish ends the course, wherever it may end."""
    to = next((end for end in ("ended_early", "declined") if (walk.ledger.stage, end) in COURSE), "ended_early")
    true = {"reason", "safety_plan", "offered_instead"}
    allowed = walk.ledger.may_move(to, role="patient", true=true)
    with walk.tried("withdraw", allowed):
        course_actions.move(
            course=walk.course,
            to=Stage(to),
            by=None,
            role="patient",
            evidence={"safety_plan": True, "offered_instead": True},
            reason="Does not want to go on",
        )
        walk.injected["withdrew"] += 1
    if allowed:
        walk.ledger.go(to)


@counted
def come_back(walk: Walk, chance: Random) -> None:
    """A course is opened; a live one stays, a closed one is never reopened."""
    course_actions.open_course(patient=walk.patient, by=walk.world.admin, role=Role.ADMIN)
    walk.ledger.open_course()


@counted
def sneak(walk: Walk, chance: Random) -> None:
    """Past every action, straight into the database: it refuses by itself."""
    course, to = walk.course, chance.choice([stage for stage in STAGES if (walk.ledger.stage, stage) not in COURSE])
    if to == course.stage:
        return
    with_row = chance.random() < 0.5
    try:
        with transaction.atomic():
            if with_row:
                CourseMove.objects.create(
                    clinic_id=course.clinic_id,
                    patient=walk.patient,
                    course=course,
                    before=course.stage,
                    after=to,
                    role="admin",
                )
            Course.objects.filter(pk=course.pk).update(stage=to)
    except IntegrityError:
        walk.injected["refused: by the database"] += 1
    else:
        raise Broken(f"the database let a course go from {course.stage} to {to}")


CLEAR = cases()[0]
BY_NAME: dict[str, Callable[[Walk, Random], None]] = {
    step.__name__: step
    for step in (
        *(
            wait,
            begin,
            send,
            screen,
            review,
            change_frozen,
            override,
            second,
            approve,
            ask_for_more,
            decline,
            decide_an_old_one,
        ),
        *(take_medicine, drop_medicine, weigh, answer_measure, note_enrolment, enrol, move, to_intake, withdraw),
        *(come_back, sneak),
    )
}
OFTEN = {"review": 12, "screen": 7, "wait": 6, "approve": 3, "send": 2, "begin": 2, "override": 3, "second": 3}
OFTEN |= {"take_medicine": 4, "drop_medicine": 3, "answer_measure": 3, "move": 3, "note_enrolment": 2, "enrol": 3}
WEIGHTED = [name for name in BY_NAME for _ in range(OFTEN.get(name, 1))]
