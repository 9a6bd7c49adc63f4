"""Fill a demo clinic with many patients: how many at which stage, in which order, and what is told of it."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TextIO

from django.db.models import Model
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.audit.actions import record
from kap_clinic.dev.bulk import names, scores, stations
from kap_clinic.dev.bulk.bar import Bar
from kap_clinic.dev.bulk.copying import Block, Copies, Press
from kap_clinic.dev.bulk.lanes import Lane, Lanes, cells_of
from kap_clinic.dev.bulk.rows import block_of, day_of
from kap_clinic.dev.bulk.stations import Cast, Station
from kap_clinic.dev.bulk.terms import Event
from kap_clinic.dev.bulk.writing import move_on, write, write_days
from kap_clinic.dev.demo.moments import Days
from patients.course.models import Course
from patients.models import Patient, RecordNumber
from patients.record.days import day_in
from sessions.orders.models import DoseOrder
from sessions.visits.models import Appointment

SEED = 20
ROWS_AT_ONCE = 40_000  # in one transaction: some seconds, and far from the time limit of a statement
MOST_AT_ONCE = 400
FOLLOWED = (14, 30, 60)  # days after the last visit of a course that ended: questionnaires sent by link
HEAVY_DOSES, HEAVY_RESULTS = 40, 200  # design 6
T, P = "therapist", "prescriber"


@dataclass(frozen=True)
class Fate:
    """Patients who went a walker's way to a station, and what became of them since. `share` of a thousand."""

    station: str
    share: int
    moves: tuple[tuple[str, str, str], ...] = ()
    ending: str = ""
    is_past: bool = False
    followed: int = 0


CLOSED = (("dosing_series", "closing", T), ("closing", "completed", T))
FATES = (
    Fate("inquiry", 30),
    Fate("inquiry", 20, (("inquiry", "declined", T),), is_past=True),
    Fate("intake", 40),
    *(Fate(f"review {walker}", 10) for walker in (1, 2, 3)),
    *(Fate(f"review {walker}", 25, (("screening_review", "declined", P),), is_past=True) for walker in (1, 2, 3)),
    Fate("enrolled", 20),
    Fate("preparation", 30),
    Fate("series 0", 10),
    Fate("series 1", 20),
    Fate("series 1", 10, (("dosing_series", "on_hold", P),)),
    Fate("series 1", 90, (("dosing_series", "ended_early", P),), "patient-choice", is_past=True, followed=1),
    Fate("series 1", 30, (("dosing_series", "ended_early", P),), "no-benefit", is_past=True),
    Fate("series 2", 20),
    Fate("series 2", 10, CLOSED[:1]),
    Fate("series 2", 10, (*CLOSED[:1], ("closing", "maintenance", P))),
    Fate("series 2", 335, CLOSED, "completed-goals-met", is_past=True, followed=3),
    Fate("series 2", 160, CLOSED, "completed-partial", is_past=True, followed=2),
    Fate("series 2", 60, CLOSED, "completed-no-benefit", is_past=True, followed=1),
)


BESIDE = len(stations.WALKERS) + 3  # the walkers stay, patients like the others; and the heavy one
LEAST = len(FATES)


class NotNow(Exception):
    """Why the clinic is not filled."""


WALKERS = len(stations.WALKERS) + 2
LEAST = len(FATES)


@dataclass
class Told:
    """What was written, by table."""

    rows: Counter[str] = field(default_factory=Counter)
    patients: int = 0
    seconds: float = 0.0

    @property
    def in_words(self) -> str:
        lines = [f"{count:>12,} {table}" for table, count in sorted(self.rows.items(), key=lambda row: -row[1])]
        total = f"{self.patients:,} patients with {sum(self.rows.values()):,} rows in {self.seconds:.1f} s, seed {SEED}"
        return "\n".join([*lines, total])


def fill(clinic: Clinic, users: dict[str, User], patients: int, *, out: TextIO | Any = sys.stderr) -> Told:
    """Fill the clinic up to so many patients, seconds a transaction. NotNow: it was filled, or they are too few."""
    with wall.as_clinic(clinic.pk):
        there = Patient.objects.count()
        if Patient.objects.filter(family_name=stations.MAIN.family).exists():
            raise NotNow(f"This clinic was filled already; it has {there:,} patients.")
    missing = patients - there - BESIDE
    if missing < LEAST:
        raise NotNow(f"At least {there + BESIDE + LEAST} patients, so that there is one of each kind.")
    return _Load(clinic, users, missing, out).run()


@dataclass
class Heavy:
    """The one patient whose chart is long: her lane, how long ago her course began, and her rows."""

    lane: Lane
    ago: timedelta
    rows: dict[type[Model], int] = field(default_factory=dict)


class _Load:
    def __init__(self, clinic: Clinic, users: dict[str, User], patients: int, out: Any) -> None:
        self.clinic, self.patients = clinic, patients
        self.rng, self.told, self.started = Random(SEED), Told(), time.perf_counter()  # noqa: S311  # not a secret
        self.bar = Bar(patients, out)
        self.now, self.number = timezone.now(), 0
        with self._inside():
            self.lanes = Lanes(clinic, self.rng, patients)
            own = self.lanes.one()  # the walkers never meet who is booked already
            self.users = users | {"therapist": own.therapist, "nurse": own.nurse}
            days = Days(day_in(self.now, clinic.zone), clinic.zone)
            self.cast = Cast(clinic, self.users, {own.room.name: own.room}, self.now, days)

    def run(self) -> Told:
        way = stations.way(self.cast)
        counts = shares(self.patients)
        walkers = self._walkers(way)
        for station in walkers:
            for fate in FATES:
                if fate.station == station.name:
                    self._copy(station, fate, counts[fate])
            if step := {"preparation": self._begin_heavy, "series 2": self._dose_heavy}.get(station.name):
                step(station)
        self.bar.done()
        self.told.seconds = time.perf_counter() - self.started
        with self._inside():
            record(Event.FILLED, by="system", patients=self.told.patients, rows=sum(self.told.rows.values()))
        return self.told

    def _walkers(self, way: Iterator[Station]) -> Iterator[Station]:
        """The walk goes on in a transaction of its own between two stations."""
        while True:
            with self._inside():
                station = next(way, None)
            if station is None:
                return
            yield station

    def _inside(self) -> Any:
        return wall.as_clinic(self.clinic.pk)

    def _copy(self, station: Station, fate: Fate, count: int) -> None:
        while count > 0:
            with self._inside():
                block = block_of(station.patient, self._people(), without=station.without)
                at_once = min(count, MOST_AT_ONCE, max(1, ROWS_AT_ONCE // block.rows))
                self._some(station, fate, block, at_once)
            count -= at_once
            self.bar.forward(at_once)

    def _people(self) -> dict[int, str]:
        return {self.users[name].pk: name for name in ("therapist", "nurse")}

    def _some(self, station: Station, fate: Fate, block: Block, count: int) -> None:
        copies = self._copies(station, fate, block, count)
        press = Press(block, copies)
        write(press)
        if fate.moves:
            move_on(press, fate.moves, fate.ending)
        asked = self._asked(station, fate, press)
        self.told.rows["screening_measureresponse"] += scores.write(asked, self.clinic.pk)
        self._count(press, moves=len(fate.moves))

    def _copies(self, station: Station, fate: Fate, block: Block, count: int) -> Copies:
        cells = cells_of(Appointment.objects.filter(pk__in=block.ids(Appointment)).values_list("starts_at", "ends_at"))
        base = timedelta(days=(self.now - station.now - timedelta(hours=8)) // timedelta(days=1))
        step = int(base.total_seconds()) // (15 * 60)
        places = [self.lanes.place([cell + step for cell in cells], is_past=fate.is_past) for _ in range(count)]
        return self._columns([lane for lane, _ in places], [base + shift for _, shift in places], station.now)

    def _columns(self, lanes: list[Lane], shifts: list[timedelta], ends: datetime) -> Copies:
        """What differs between copies: who they are, when it was, and who sees them where."""
        count = len(lanes)
        families, givens = _names(self.rng, count), [names.given(self.rng) for _ in range(count)]
        phones = [names.phone(self.rng) for _ in range(count)]
        last = RecordNumber.objects.select_for_update().get(clinic=self.clinic).last
        self.number += count
        first = self.number - count
        today = self.cast.today
        columns: dict[str, tuple[str, list[Any]]] = {
            "n": ("bigint", [first + k for k in range(count)]),
            "shift": ("interval", shifts),
            "ended_at": ("timestamptz", [ends + shift for shift in shifts]),
            "record_number": ("int", [last + 1 + k for k in range(count)]),
            "family_name": ("text", families),
            "family_key": ("text", [names.search_key(name) for name in families]),
            "given_name": ("text", givens),
            "given_key": ("text", [names.search_key(name) for name in givens]),
            "birth_date": ("date", [names.born(self.rng, today) for _ in range(count)]),
            "phone": ("text", phones),
            "phone_tail": ("text", [phone[-4:] for phone in phones]),
            "mark": ("text", [names.MARK] * count),
            "room": ("bigint", [lane.room.pk for lane in lanes]),
            "prescriber": ("bigint", [self.users["prescriber"].pk] * count),
        }
        for who in ("therapist", "nurse"):
            staff = [getattr(lane, who) for lane in lanes]
            columns[who] = ("bigint", [person.pk for person in staff])
            columns[f"{who}_name"] = ("text", [person.name for person in staff])
            columns[f"{who}_was"] = ("text", [self.users[who].name] * count)
        return Copies(columns)

    def _begin_heavy(self, station: Station) -> None:
        """One patient with a course longer than any: prepared so many weeks ago."""
        with self._inside():
            block = block_of(station.patient, self._people())
            self.heavy = Heavy(self.lanes.one(), timedelta(weeks=HEAVY_DOSES - len(stations.DOSED)))
            press = Press(block, self._columns([self.heavy.lane], [-self.heavy.ago], station.now))
            write(press)
            move_on(press, [("preparation", "dosing_series", P)], "")
            self._count(press, moves=1)
            self.heavy.rows = {model: press.keys(model)[0] for model in (Patient, Course, DoseOrder)}

    def _dose_heavy(self, station: Station) -> None:
        """Her dose days: copies of the walker's last one, a week apart, numbered from the first."""
        with self._inside():
            block = day_of(station.patient, self._people(), self.heavy.rows)
            shifts = [-timedelta(weeks=HEAVY_DOSES - 1 - number) for number in range(HEAVY_DOSES)]
            copies = self._columns([self.heavy.lane] * HEAVY_DOSES, shifts, station.now)
            copies.columns["number"] = ("int", list(range(1, HEAVY_DOSES + 1)))
            press = Press(block, copies, {"dosingsession.number": "c.number"})
            write_days(press)
            self._count(press, patients=0)
            self._heavy_scores(station)

    def _heavy_scores(self, station: Station) -> None:
        moments = [station.now - timedelta(days=3 * number) for number in range(HEAVY_RESULTS // 2)][::-1]
        asked, (places, _) = scores.Asked([], [], [], []), scores.library()
        ways = scores.totals(self.rng, [number / len(moments) for number in range(len(moments))])
        for moment, said in zip(moments, ways, strict=True):
            forms = {places[one] for one in said.items()}
            _ask(asked, self.heavy.rows[Patient], self.heavy.rows[Course], moment, forms)
        self.told.rows["screening_measureresponse"] += scores.write(asked, self.clinic.pk)

    def _count(self, press: Press, *, moves: int = 0, patients: int | None = None) -> None:
        count = press.copies.count
        for model, kind in press.block.kinds.items():
            self.told.rows[model._meta.db_table] += 0 if kind.stands else len(kind.ids) * count
        self.told.rows["patients_coursemove"] += moves * count
        self.told.patients += count if patients is None else patients
        if patients is None:
            last = press.copies.of("record_number", count - 1)
            RecordNumber.objects.filter(clinic=self.clinic).update(last=last)

    def _asked(self, station: Station, fate: Fate, press: Press) -> scores.Asked:
        """When each of them answered what, in their own way."""
        patients, courses = press.keys(Patient), press.keys(Course)
        asked = scores.Asked([], [], [], [])
        places, _ = scores.library()
        moments = [*station.asked, *((station.now + timedelta(days=day), 1.0) for day in FOLLOWED[: fate.followed])]
        for k in range(press.copies.count):
            shift: timedelta = press.copies.of("shift", k)
            for (moment, _), said in zip(moments, scores.totals(self.rng, [step for _, step in moments]), strict=True):
                _ask(asked, patients[k], courses[k], moment + shift, {places[one] for one in said.items()})
        return asked


def _ask(asked: scores.Asked, patient: int, course: int, moment: datetime, forms: set[int]) -> None:
    for form in sorted(forms):
        asked.patients.append(patient)
        asked.courses.append(course)
        asked.forms.append(form)
        asked.moments.append(moment)


def _names(rng: Random, count: int) -> list[str]:
    return [names.family(rng) for _ in range(count)]


def shares(patients: int) -> dict[Fate, int]:
    """How many of each fate: at least one, and the largest fate takes what rounding leaves."""
    counts = {fate: max(1, patients * fate.share // 1000) for fate in FATES}
    largest = max(FATES, key=lambda fate: fate.share)
    counts[largest] += patients - sum(counts.values())
    return counts
