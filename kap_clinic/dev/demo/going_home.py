"""Leaving after a dose, and what follows it: the call, integration, practices, the signed record."""

from datetime import date, datetime, timedelta
from typing import Any

from integration.visits import actions as integration
from integration.visits.models import Practice
from integration.visits.terms import Kept, Reached
from kap_clinic.dev.demo import gate
from kap_clinic.dev.demo.cast import FOR_TALKS, Cast
from kap_clinic.dev.demo.moments import Story
from kap_clinic.dev.demo.visits import book
from kap_clinic.dev.demo.ways import Dose
from kap_clinic.dev.demo.words import HARD, NEXT, SLEPT, chance, said_by
from patients.record.days import day_in
from sessions.discharge import actions as leaving
from sessions.discharge.rules import ASKED, MEASURED
from sessions.discharge.terms import DischargeItem
from sessions.dosing import actions
from sessions.dosing.models import DosingSession
from sessions.visits import actions as visits
from sessions.visits.models import Appointment
from sessions.visits.terms import VisitKind

RECOVERS, CHECKED, LEAVES = 60, 121, 127  # minutes after the dose
MORNING, EARLY, BEFORE_NOON = "08:40", "08:00", "10:00"
PRACTICE_DAYS, UNREACHED = 14, 0.2


def go(dosing: DosingSession, given: datetime, cast: Cast) -> Story:
    """From recovery to the door, with the escort."""
    yield given + timedelta(minutes=CHECKED)
    actions.write_entry(dosing=dosing, kind="kap_dr", data={"answers": _clear()}, **cast.nurse)
    actions.write_entry(dosing=dosing, kind="agitation", data={"level": 0}, **cast.nurse)
    if not dosing.appointment.followed_by.exists():
        book_integration(dosing, cast)
    actions.to_discharge_check(dosing=dosing, **cast.prescriber)
    for item in DischargeItem:
        if item not in MEASURED:
            _tick(dosing, item, cast)
    yield given + timedelta(minutes=LEAVES)
    leaving.discharge(dosing=dosing, **cast.prescriber)


def _clear() -> dict[str, int]:
    return {f"kapdr.{line}": 0 for line in range(1, 6)}


def _tick(dosing: DosingSession, item: DischargeItem, cast: Cast) -> None:
    data: dict[str, Any] = dict.fromkeys(ASKED.get(item, {}), True)
    data |= {
        DischargeItem.ESCORT: gate.escort(dosing.patient),
        DischargeItem.SAFE: {"asked_with": "asq"},
        DischargeItem.DRUG_COUNTED: _counted(dosing),
    }.get(item, {})
    witness = cast.users["therapist"] if item == DischargeItem.DRUG_COUNTED else None
    words = "The therapist's first free hour" if item == DischargeItem.NEXT_CONTACT else ""
    leaving.tick(dosing=dosing, item=item, met=True, data=data, words=words, witness=witness, **cast.nurse)


def _counted(dosing: DosingSession) -> dict[str, str]:
    """A vial of 100 mg: what was not given was wasted."""
    given = sum(dose.mg for dose in dosing.doses.all())
    return {"drawn_mg": "100", "wasted_mg": f"{100 - given}", "left_mg": "0"}


def count_the_drug(dosing: DosingSession, cast: Cast) -> None:
    """Counted after the patient has gone otherwise."""
    _tick(dosing, DischargeItem.DRUG_COUNTED, cast)


def book_integration(dosing: DosingSession, cast: Cast) -> Appointment | None:
    """With the therapist on the next working day, else the one after."""
    on = cast.days.after(_day_of(dosing, cast))
    early = on > _day_of(dosing, cast) + timedelta(days=1)  # a weekend lies between: within 72 hours
    wanted = cast.days.moment(on, EARLY if early else BEFORE_NOON)
    kind, follows = VisitKind.INTEGRATION, {"follows": dosing.appointment, **cast.therapist}
    return book(dosing.patient, dosing.course, kind, wanted, 60, ["therapist"], cast, rooms=FOR_TALKS, **follows)


def _day_of(dosing: DosingSession, cast: Cast) -> date:
    return day_in(dosing.t0 or cast.now, cast.clinic.zone)


def after(dosing: DosingSession, dose: Dose, cast: Cast) -> Story:
    """The call of the next day, then the integration; the record signed and the day closed where it is told so."""
    visit = dosing.appointment.followed_by.first() or book_integration(dosing, cast)
    yield cast.days.moment(_day_of(dosing, cast) + timedelta(days=1), MORNING)
    _call(dosing, dose, cast)
    if visit is None:
        return
    yield visit.starts_at
    _integrate(visit, dosing, cast)
    yield visit.ends_at
    integration.complete(appointment=visit, **cast.therapist)
    if dose.ends != "home":
        yield visit.ends_at + timedelta(minutes=15)
        sign(dosing, cast)
    if dose.ends in {"closed", "expired"}:
        yield visit.ends_at + timedelta(minutes=40)
        actions.close_dosing(dosing=dosing, **cast.prescriber)


def _call(dosing: DosingSession, dose: Dose, cast: Cast) -> None:
    pick = chance(dosing.patient.family_name, dose.day)
    if dose.ends == "home" or pick.random() < UNREACHED:
        integration.call(dosing=dosing, reached=Reached.NOT_REACHED, words="Voicemail", **cast.therapist)
    if dose.ends == "home":
        return
    words = "Quiet evening, ate well. Knows the time of the next visit."
    slept = pick.choice(SLEPT)
    integration.call(dosing=dosing, reached=Reached.SPOKE, safe=True, slept=slept, words=words, **cast.therapist)


def _integrate(visit: Appointment, dosing: DosingSession, cast: Cast) -> None:
    name, number = dosing.patient.family_name, dosing.number or 0
    said, pick = said_by(name, number), chance(name, number)
    visits.start(appointment=visit, **cast.therapist)
    _look_back(dosing, pick.choice(list(Kept)), cast)
    integration.write(
        appointment=visit,
        by=cast.users["therapist"],
        patient_words=said.words,
        themes=list(said.themes),
        insights=[{"intention": said.intention, "insight": said.insight}],
        body=said.body,
        difficult=pick.choice(HARD),
        next_intention=pick.choice(NEXT),
    )
    today = day_in(visit.starts_at, cast.clinic.zone)
    integration.set_practice(
        course=dosing.course,
        text=said.practice,
        how_often=said.how_often,
        from_on=today,
        until_on=today + timedelta(days=PRACTICE_DAYS),
        dosing=dosing,
        by=cast.users["therapist"],
    )


def _look_back(dosing: DosingSession, kept: Kept, cast: Cast) -> None:
    """How the practice of last time went."""
    for practice in Practice.objects.filter(course=dosing.course, ended_at=None):
        integration.look_at_practice(practice=practice, kept=kept, by=cast.users["therapist"], words="Most days.")
        integration.end_practice(practice=practice, by=cast.users["therapist"], why="Something new takes its place")


def sign(dosing: DosingSession, cast: Cast) -> None:
    actions.sign_record(dosing=dosing, **cast.therapist)
    if dosing.number == 1 or dosing.adverse_events.exists():
        actions.cosign_record(dosing=dosing, **cast.prescriber)
