"""What happened to each of the forty: each part at its own moment, through the real actions."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo import (
    clock_changes,
    consents,
    courses,
    decisions,
    dosing,
    endings,
    going_home,
    intake,
    notes,
    orders,
    unwell,
    visits,
)
from kap_clinic.dev.demo.cast import FOR_TALKS, Cast
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.people import BY_FAMILY, Invented
from kap_clinic.dev.demo.ways import PLANS, WAYS, Dose, Way
from patients.consents.terms import ConsentKind
from patients.course.models import Course
from patients.course.terms import Ending, Stage
from patients.models import Patient
from patients.record.actions import add_contact
from patients.record.days import today_in
from patients.record.terms import ContactKind
from screening import actions as screening
from sessions import course as series
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.visits.terms import VisitKind

LATE = 12  # calendar days: how much older the baseline of one patient is
Then = tuple[int, str, Callable[[Patient, Cast], object]]


# Before a decision


def called(one: Invented, day: int, cast: Cast) -> Story:
    """Somebody who has called, and no more."""
    yield cast.days.at(day, "11:20")
    patient = intake.register(one, cast)
    courses.inquire(patient, therapist=cast.users["therapist"], why_now="Read about it, asks what it costs.")


def went_elsewhere(one: Invented, day: int, cast: Cast) -> Story:
    """Called, and found another clinic."""
    yield from called(one, day, cast)
    yield cast.days.at(day + 2, "10:10")
    screening.move_course(
        course=Course.objects.get(patient__family_name=one.family),
        to=Stage.DECLINED,
        reason="Found a clinic nearer to home.",
        ending=Ending.PATIENT_CHOICE,
        on=today_in(cast.clinic.zone),
        **cast.by("admin", Role.ADMIN),
    )


def asked(one: Invented, day: int, cast: Cast, then: Sequence[Then] = ()) -> Story:
    """The intake as far as it is filled in; `then`: what followed, so many working days later, at what hour."""
    yield cast.days.at(day, "09:00")
    patient = intake.take(one, cast)
    for later, hour, act in then:
        yield cast.days.at(day + later, hour)
        act(patient, cast)


def _set_aside(patient: Patient, cast: Cast) -> None:
    decisions.set_aside(patient, cast, "Stopped nine days ago and no reaction since; the wait is nearly over.")


def _set_aside_alone(patient: Patient, cast: Cast) -> None:
    decisions.set_aside(patient, cast, "Taken twice in the last month for flights; none in the week before a dose.")


# On the way to a first dose


def enrolled(one: Invented, day: int, cast: Cast) -> Story:
    """Approved and enrolled, the consents still to come."""
    yield cast.days.at(day, "09:00")
    patient = intake.take(one, cast)
    yield cast.days.at(day + 1, "10:00")
    decisions.decide(patient, cast)
    decisions.enrol(one, patient, cast)


def with_conditions(one: Invented, day: int, cast: Cast) -> Story:
    """Approved with a condition of each kind, the order signed, the first dose booked, an item of it set aside."""
    yield cast.days.at(day, "09:00")
    patient = intake.take(one, cast)
    yield cast.days.at(day + 1, "10:00")
    decisions.with_conditions(patient, cast)
    course = decisions.enrol(one, patient, cast, preparations=2, doses=3)
    orders.with_a_booster(course, cast)
    yield cast.days.at(-1, "15:30")
    dosing.plan_ahead(patient, course, Dose(4), cast)


def prepared(one: Invented, day: int, cast: Cast, per_kg: str = "") -> Story:
    """Enrolled and in preparation; with `per_kg` the order is above a limit and waits for the second person."""
    yield cast.days.at(day, "09:00")
    way = Way(day, 15)
    patient = consenting(one, way, cast)
    yield cast.days.at(day + 1, "10:00")
    course = approve(one, patient, way, cast)
    if per_kg:
        yield cast.days.at(day + 2, "12:00")
        mg = Decimal(one.kg) * Decimal(per_kg)
        orders.sign_order(course, cast, first_mg=mg, doses=1, reason=orders.WHY_ABOVE)


# Courses with doses


def treated(one: Invented, cast: Cast) -> Story:
    """The whole way: intake, approval, preparation, dose after dose, and the end."""
    way = WAYS[one.family]
    dosing.reserve(one.family, way, cast)
    yield cast.days.at(way.intake, "09:00")
    patient = consenting(one, way, cast)
    yield cast.days.at(way.intake + 1, "10:00")
    course = approve(one, patient, way, cast)
    yield from _prepare(one, course, way, cast)
    for place, dose in enumerate(way.doses):
        yield from _one_dose(course, dose, place, way, cast)
    if way.end:
        yield from endings.end(course, way, cast)


def consenting(one: Invented, way: Way, cast: Cast) -> Patient:
    """Somebody whose intake is submitted, every consent signed, an escort named."""
    late = LATE if way.asked_late else 0
    has_labs = not any(dose.set_aside == "labs" for dose in way.doses)
    patient = intake.take(one, cast, phq=way.phq, gad=way.gad[0], days_before=1 + late, has_labs=has_labs)
    for kind in (ConsentKind.FINANCIAL, ConsentKind.TREATMENT, ConsentKind.TOUCH):
        consents.sign(patient, kind, users=cast.users)
    name, phone = f"Lee {one.family}", "+12025550178"
    add_contact(patient=patient, by=cast.users["therapist"], kind=ContactKind.ESCORT, name=name, phone=phone)
    return patient


def approve(one: Invented, patient: Patient, way: Way, cast: Cast) -> Course:
    """Approved, enrolled, and on to preparation."""
    if way.decided == "dual":
        reason = "One week of psychosis under high fever at nineteen, none in twenty-one years since."
        decisions.second(decisions.set_aside(patient, cast, reason), cast)
    decisions.decide(patient, cast)
    course = decisions.enrol(one, patient, cast, doses=way.planned)
    return screening.move_course(course=course, to=Stage.PREPARATION, on=today_in(cast.clinic.zone), **cast.therapist)


def _prepare(one: Invented, course: Course, way: Way, cast: Cast) -> Story:
    """The preparation visit, the order, and into the series."""
    wanted = cast.days.at(way.intake + way.prepare_after, "11:00")
    visit = visits.book(
        course.patient,
        course,
        VisitKind.PREPARATION,
        wanted,
        60,
        ["therapist"],
        cast,
        rooms=FOR_TALKS,
        **cast.therapist,
    )
    assert visit is not None, f"{one.family} finds a room to prepare in"
    yield visit.starts_at
    yield from visits.hold(visit, cast.therapist, cast)
    orders.sign_order(course, cast, first_mg=Decimal(way.mg), doses=way.planned)
    series.move_course(course=course, to=Stage.DOSING_SERIES, on=today_in(cast.clinic.zone), **cast.prescriber)


def _one_dose(course: Course, dose: Dose, place: int, way: Way, cast: Cast) -> Story:
    """Booked when the one before is integrated, given, and what follows."""
    visit = dosing.book(course.patient, course, dose, cast)
    yield from dosing.dose_day(visit, dose, way, cast)
    told = DosingSession.objects.select_related("appointment", "patient", "course").get(appointment=visit)
    if told.t0 is None:
        yield visit.ends_at
        return
    yield from _afterwards(told, dose, place, cast)


def _afterwards(told: DosingSession, dose: Dose, place: int, cast: Cast) -> Story:
    if event := EVENTS.get((told.patient.family_name, place)):
        code, grade, words = event
        yield (told.t0 or cast.now) + timedelta(minutes=140)
        unwell.report(told, code, grade, words, cast)
    if told.patient.family_name == "Fitzgerald" and place == 0:
        unwell.concern(told, cast)
    if told.state in {DosingState.LEFT_AGAINST_ADVICE, DosingState.TRANSFERRED}:
        going_home.count_the_drug(told, cast)
    if told.state != DosingState.TRANSFERRED:
        yield from going_home.after(told, dose, cast)


# Family name and which dose: what went wrong, how grave, in words.
EVENTS = {
    ("Nguyen", 0): ("nausea", 1, "Queasy for twenty minutes, nothing taken."),
    ("Farouk", 0): ("bp-increase", 2, "158/96 at 15 minutes, back by 45."),
    ("Ramos", 0): ("anxiety-panic", 2, "Frightened for ten minutes, held on to the therapist's hand."),
    ("Ramos", 1): ("insomnia-vivid-dreams", 1, "Two nights of vivid dreams."),
    ("Andersson", 0): ("dizziness", 1, "Unsteady until the second hour."),
    ("Jefferson", 0): ("headache", 1, "Dull headache until the evening."),
    ("Alvarez", 0): ("vomiting", 1, "Once, after the juice."),
}

# Family name, the working day of the first contact, and what happened. Everybody else's way is in WAYS.
TELLERS: dict[str, tuple[int, Callable[..., Story]]] = {
    "Nakagawa": (-4, called),
    "Beaumont": (-1, called),
    "Teixeira": (-15, went_elsewhere),
    "Abebe": (-6, asked),
    "Whitehorse": (-2, asked),
    "Kowalczyk": (-5, partial(asked, then=[(2, "13:40", decisions.ask_for_more)])),
    "Halvorsen": (-7, asked),
    "Rivera": (-8, asked),
    "Osei": (-5, asked),
    "Marchetti": (-2, partial(asked, then=[(1, "12:10", _set_aside)])),
    "Okonkwo": (
        -6,
        partial(
            asked,
            then=[
                (1, "12:30", _set_aside_alone),
                (3, "09:45", decisions.another_medicine),
                (4, "12:30", _set_aside_alone),
            ],
        ),
    ),
    "Hale": (-12, partial(asked, then=[(2, "13:10", decisions.decline)])),
    "Tanaka": (-4, with_conditions),
    "Petrossian": (-3, enrolled),
    "Delacroix": (-6, partial(prepared, per_kg="2.1")),
    "Iyer": (-5, prepared),
    "Lindqvist": (-4, prepared),
}


def _known_since(family: str) -> int:
    """The working day of the first contact: nothing is booked before it."""
    return TELLERS[family][0] if family in TELLERS else WAYS[family].intake


def all_of_them(cast: Cast) -> Iterator[Story]:
    """A story for each of the forty, their other visits, the notes, and the weeks in which the clocks change."""
    for family, one in BY_FAMILY.items():
        their = cast.of(one.therapist)
        day, tell = TELLERS.get(family, (0, None))
        yield tell(one, day, their) if tell else treated(one, their)
    for plan in PLANS:
        yield visits.visit(plan, cast, opens=_known_since(plan.family))
    for family, what, day, hour, comes_to in notes.NOTES:
        yield notes.write(family, what, day, hour, comes_to, cast.of(BY_FAMILY[family].therapist))
    for season, change in clock_changes.nearest(cast.days.today, cast.clinic.zone).items():
        yield clock_changes.visits(season, change, cast)
