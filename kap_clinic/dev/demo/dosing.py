"""Dose days of the demo, each through the real gate: from the booking to the last reading, and every way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from kap_clinic.dev.demo import gate, going_home, unwell
from kap_clinic.dev.demo.cast import FOR_DOSES, NURSES, Cast
from kap_clinic.dev.demo.intake import weigh
from kap_clinic.dev.demo.measures import answer_scale
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.people import BY_FAMILY
from kap_clinic.dev.demo.visits import book as book_talk
from kap_clinic.dev.demo.visits import book_at
from kap_clinic.dev.demo.ways import Dose, Way
from kap_clinic.dev.demo.words import chance
from patients.course.models import Course
from patients.models import Patient
from sessions.dosing import actions
from sessions.dosing.models import DosingSession
from sessions.gate.terms import Check, GateItem
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind, Why

LENGTH = 240  # minutes of the visit
WEIGHED_EVERY = timedelta(weeks=2)
ASKED, READY, GIVEN = 40, 50, 55  # minutes after the patient came
# Minutes after the dose and what was measured then: systolic, diastolic, pulse, SpO2, MOAA/S, distress.
COURSE_OF_A_DAY = (
    (5, 126, 80, 78, 98, 5, 0),
    (15, 141, 88, 88, 97, 4, 1),
    (30, 138, 86, 84, 97, 4, 1),
    (45, 132, 82, 80, 97, 4, 0),
    (60, 126, 80, 76, 98, 5, 0),
    (90, 120, 78, 72, 98, 5, 0),
    (120, 118, 76, 70, 98, 5, 0),
)
Line = tuple[int, str, str, dict[str, str], str]
SEEN: tuple[Line, ...] = (
    (1, "intervention", "eye-shade", {}, ""),
    (3, "music", "music-change", {"what": "cello, slow"}, ""),
    (8, "effect", "dissociation", {"strength": "moderate"}, ""),
    (12, "effect", "visions", {}, ""),
    (19, "effect", "tearful", {"strength": "mild"}, ""),
    (20, "intervention", "reassure", {}, ""),
    (26, "movement", "body-moves", {"what": "right arm"}, ""),
    (33, "effect", "quiet-inward", {}, ""),
    (38, "words", "", {}, "There is room for it now."),
    (43, "effect", "anxiety", {"strength": "mild"}, ""),
    (44, "intervention", "breathing", {}, ""),
)


@dataclass(frozen=True)
class Now:
    """Where and with whom somebody is who is in the house now."""

    room: str
    who: tuple[str, ...]


IN_THE_HOUSE = {
    "Vance": Now("Dosing room", ("nurse", "therapist")),
    "Mbeki": Now("Room 1", ("therapist2",)),
    "Castellanos": Now("Lake room", ("nurse3",)),
    "Sørensen": Now("Room 2", ("therapist3",)),
    "Haddad": Now("Garden room", ("director",)),
    "O'Malley": Now("Cedar room", ("nurse2",)),
}


def came_at(dose: Dose, cast: Cast) -> datetime:
    """When somebody came who is in the house now; some minutes later where midnight falls between check and dose, for
    what is asked on the day counts for that day alone."""
    assert dose.minutes is not None, "asked of who is in the house"
    moment = cast.now - timedelta(minutes=GIVEN + dose.minutes)
    came = moment.replace(second=0, microsecond=0).astimezone(ZoneInfo(cast.clinic.zone))
    midnight = (came + timedelta(minutes=GIVEN)).replace(hour=0, minute=0)
    asked = came + timedelta(minutes=ASKED)
    return midnight - timedelta(minutes=ASKED) if asked < midnight else came


def reserve(family: str, way: Way, cast: Cast) -> None:
    """The room and the people of a day that goes on now are taken before anything else is booked."""
    if now := IN_THE_HOUSE.get(family):
        people = [cast.someone(key)[0].name for key in now.who]
        cast.diary.hold([now.room, *people], came_at(way.doses[-1], cast), LENGTH)


def book(patient: Patient, course: Course, dose: Dose, cast: Cast) -> Appointment:
    """The dosing visit; of who is in the house now for the time they came, else at the first free one of the day."""
    family = patient.family_name
    if dose.minutes is not None:
        now = IN_THE_HOUSE[family]
        found, who = (came_at(dose, cast), now.room), now.who
    else:
        found, who = _free(patient, dose, cast)
    people = [cast.someone(key) for key in who]
    return book_at(patient, course, VisitKind.DOSING, *found, LENGTH, people, cast, **cast.therapist)


def _free(patient: Patient, dose: Dose, cast: Cast) -> tuple[tuple[datetime, str], tuple[str, ...]]:
    for key in NURSES:
        names = [cast.users[key].name, str(patient.ref)]
        if found := cast.diary.find(cast.days.at(dose.day, dose.at), LENGTH, names, FOR_DOSES):
            return found, (key,)
    raise LookupError(f"Nobody and no room is free for a dose on day {dose.day}")


def plan_ahead(patient: Patient, course: Course, dose: Dose, cast: Cast) -> None:
    """A dose and the integration after it, and an item of its gate that a prescriber has set aside already."""
    visit = book(patient, course, dose, cast)
    dosing = DosingSession.objects.select_related("patient__clinic", "course").get(appointment=visit)
    wanted = cast.days.at(dose.day + 1, going_home.BEFORE_NOON)
    more = {"follows": visit, **cast.therapist}
    book_talk(patient, course, VisitKind.INTEGRATION, wanted, 60, ["therapist"], cast, **more)
    gate.set_aside(dosing, GateItem.LABS_OK, gate.LABS_LATER, cast.prescriber)


def dose_day(visit: Appointment, dose: Dose, way: Way, cast: Cast) -> Story:
    """From arrival to the end of the day, whichever it is."""
    if nobody := NOBODY_COMES.get(dose.ends):
        yield from nobody(visit, cast)
        return
    comes = visit.starts_at
    yield comes
    dosing = DosingSession.objects.select_related("patient__clinic", "course").get(appointment=visit)
    _arrive(visit, dosing, dose, cast)
    yield comes + timedelta(minutes=ASKED)
    _ask(dosing, dose, cast)
    yield comes + timedelta(minutes=READY)
    if dose.ends == "failed":
        _fail(visit, dosing, cast)
        return
    actions.make_ready(dosing=dosing, **cast.prescriber)
    given = comes + timedelta(minutes=GIVEN)
    if dose.ends == "called_off":
        yield given
        _call_off(visit, dosing, cast)
        return
    if dose.ends == "expired":
        yield from _ready_too_long(dosing, given, cast)
        given += timedelta(minutes=40)
    yield given
    give(dosing, way.mg, cast)
    yield from _after_the_dose(dosing, dose, given, cast)


# Before the dose


def _cancelled(visit: Appointment, cast: Cast) -> Story:
    yield visit.starts_at - timedelta(hours=16)
    words = "Feels worse than before, wants to be seen first"
    visits.cancel(appointment=visit, why=Why.PATIENT_ASKED, words=words, **cast.desk)


def _missed(visit: Appointment, cast: Cast) -> Story:
    yield visit.starts_at + timedelta(minutes=30)
    visits.miss(appointment=visit, why=Why.NOT_REACHED, **cast.desk)


NOBODY_COMES = {"cancelled": _cancelled, "no_show": _missed}


def _arrive(visit: Appointment, dosing: DosingSession, dose: Dose, cast: Cast) -> None:
    visits.arrive(appointment=visit, **cast.desk)
    if dose.phq is not None:
        answer_scale(dosing.patient, "phq-9", dose.phq, by=cast.users["therapist"])
    _weigh_again(dosing.patient, cast)
    gate.arrive(dosing, cast)


def _weigh_again(patient: Patient, cast: Cast) -> None:
    """Some weeks after the last time, long before that weight is too old for a dose."""
    last = patient.weights.latest("measured_at")
    if timezone.now() - last.measured_at > WEIGHED_EVERY:
        weigh(BY_FAMILY[patient.family_name], patient, cast)


def _ask(dosing: DosingSession, dose: Dose, cast: Cast) -> None:
    has_eaten = dose.set_aside == "fasting"
    vitals = gate.TOO_HIGH if dose.ends == "failed" else {}
    gate.ask(dosing, cast, without=frozenset({Check.FASTING} if has_eaten else ()), **vitals)
    if has_eaten:
        gate.set_aside(dosing, GateItem.FASTING_OK, gate.TOAST, cast.director)
    if dose.set_aside == "labs":
        gate.set_aside(dosing, GateItem.LABS_OK, gate.LABS_LATER, cast.prescriber)


def _fail(visit: Appointment, dosing: DosingSession, cast: Cast) -> None:
    reason = "Blood pressure 176/108 after rest and again after ten minutes: in the stop band."
    actions.fail_gate(dosing=dosing, reason=reason, **cast.nurse)
    visits.cancel(appointment=visit, why=Why.GATE, **cast.therapist)


def _call_off(visit: Appointment, dosing: DosingSession, cast: Cast) -> None:
    reason = "Changed his mind with the eye shade on; wants to talk it over first."
    actions.call_off(dosing=dosing, reason=reason, **cast.therapist)
    visits.cancel(appointment=visit, why=Why.PATIENT_ASKED, **cast.therapist)


def _ready_too_long(dosing: DosingSession, given: datetime, cast: Cast) -> Story:
    """A phone call took half an hour: the day's items are asked again."""
    yield given + timedelta(minutes=27)
    actions.expire_ready(dosing=dosing)
    yield given + timedelta(minutes=33)
    gate.ask(dosing, cast)
    yield given + timedelta(minutes=37)
    actions.make_ready(dosing=dosing, **cast.prescriber)


def give(dosing: DosingSession, mg: int, cast: Cast) -> None:
    actions.give_dose(
        dosing=dosing,
        mg=Decimal(mg),
        given_at=timezone.now(),
        witness=cast.users["therapist"],
        site="Left deltoid",
        lot="K2291",
        says_yes=True,
        **cast.nurse,
    )
    dosing.refresh_from_db(fields=["t0", "number", "state", "order"])


# After it


def _after_the_dose(dosing: DosingSession, dose: Dose, given: datetime, cast: Cast) -> Story:
    leaves = unwell.WAYS_OUT.get(dose.ends)
    seen = _seen(dosing, dose)
    for minute in sorted({*(row[0] for row in COURSE_OF_A_DAY), *(row[0] for row in seen)}):
        if leaves is not None and minute > leaves.minute:
            break
        yield given + timedelta(minutes=minute)
        _minute(dosing, minute, seen, cast)
        if minute == going_home.RECOVERS:
            actions.to_recovery(dosing=dosing, **cast.therapist)
    if leaves is not None:
        yield from leaves.tell(dosing, given, cast)
    else:
        yield from going_home.go(dosing, given, cast)


def _seen(dosing: DosingSession, dose: Dose) -> Sequence[Line]:
    """The whole log of who is watched now; a few lines of the others."""
    if dose.minutes is not None:
        return SEEN
    pick = chance(dosing.patient.family_name, dose.day)
    return sorted(pick.sample(SEEN, 2), key=lambda line: line[0])


def _minute(dosing: DosingSession, minute: int, seen: Sequence[Line], cast: Cast) -> None:
    for when, systolic, diastolic, pulse, spo2, moaas, distress in COURSE_OF_A_DAY:
        if when == minute:
            found = {"systolic": systolic, "diastolic": diastolic, "heart_rate": pulse, "spo2": spo2}
            gate.read(dosing, cast, **found, moaas=moaas, distress=distress)
    for when, kind, code, data, words in seen:
        if when == minute:
            actions.write_entry(dosing=dosing, kind=kind, code=code, data=data, words=words, **cast.therapist)
