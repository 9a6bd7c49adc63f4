"""Two clinics share pooled connections, and nobody ever sees the other's rows, whatever went wrong just before.

Requests pass the real middleware on a few connections that stay open, as under a pool: reads, writes, exceptions,
answers of 500, refusals, people of no clinic, people of both, work outside of any request. Between them somebody leaves
a session-wide clinic behind, as a careless query would. After each, what was seen is held against who asked.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.middleware import clinic_wall, one_transaction
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.soaks import Report
from kap_clinic.wall import as_clinic
from patients.models import Patient
from patients.record.actions import register

CONNECTIONS = 4
PATIENTS = 5  # in each clinic
BORN = date(1987, 3, 14)
COUNTED = ("patients_patient", "patients_careteammember", "accounts_membership", "audit_auditevent")


class Session(dict):
    """What the middleware asks of a session."""

    session_key = "soak"


@dataclass
class World:
    """Two clinics, their people, and somebody who works in both."""

    clinics: list[Clinic] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    both: User | None = None
    refs: list[list[Any]] = field(default_factory=list)


@dataclass
class Watch:
    """What one connection did and saw."""

    injected: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    reads: int = 0


def run(n: int, seed: int) -> Report:
    """`n` requests over a few connections that stay open."""
    world = _two_clinics()
    share = -(-n // CONNECTIONS)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        watches = list(pool.map(lambda i: _work(world, share, f"{seed}/{i}"), range(CONNECTIONS)))
    injected: Counter[str] = sum((watch.injected for watch in watches), Counter())
    return Report(
        injected=dict(injected),
        broken=[f"seed {seed}: {words}" for watch in watches for words in watch.broken][:20],
        figures={"requests": share * CONNECTIONS, "reads": sum(watch.reads for watch in watches)},
    )


def _two_clinics() -> World:
    world = World(both=User.objects.create_user("both@example.org", name="Dr Two Clinics"))
    for name in ("Harbour", "Inland"):
        with transaction.atomic():
            clinic = open_clinic(name=name, zone="America/New_York")
            person = User.objects.create_user(f"{name.lower()}@example.org", name=f"Person of {name}")
            for user in (person, world.both):
                add_member(clinic=clinic, user=user, roles=[Role.THERAPIST])  # type: ignore[arg-type]
            made = [
                register(clinic=clinic, by=person, family_name=name, given_name=f"Number {i}", birth_date=BORN)
                for i in range(PATIENTS)
            ]
        world.clinics.append(clinic)
        world.people.append(person)
        world.refs.append([patient.ref for patient in made])
    return world


def _work(world: World, share: int, seed: str) -> Watch:
    chance, watch = Random(seed), Watch()  # noqa: S311  # a trial, no secret
    try:
        for _ in range(share):
            chance.choice(STEPS)(world, chance, watch)
    finally:
        connection.close()
    return watch


# One request by somebody, and what it may see


@dataclass
class Asked:
    """Who asks: the index of the clinic they work in, or None for nobody's."""

    user: Any
    clinic: int | None
    chosen: int | None = None


def _somebody(world: World, chance: Random) -> Asked:
    kind = chance.choice(["one", "one", "other", "both", "nobody"])
    if kind == "nobody":
        return Asked(AnonymousUser(), None)
    if kind == "both":
        clinic = chance.randrange(2)
        return Asked(world.both, clinic, world.clinics[clinic].pk)
    clinic = chance.randrange(2)
    return Asked(world.people[clinic], clinic)


def _request(asked: Asked, view: Callable[[HttpRequest], Any]) -> Any:
    request = RequestFactory().get("/")
    request.user = asked.user
    request.session = Session({"clinic_id": asked.chosen} if asked.chosen else {})  # type: ignore[assignment]
    return one_transaction(clinic_wall(view))(request)  # type: ignore[return-value]


def _look(world: World, asked: Asked, watch: Watch, where: str) -> None:
    """Everything readable now belongs to the clinic of who asks, and all of it is readable."""
    watch.reads += 1
    own = None if asked.clinic is None else world.clinics[asked.clinic]
    expected = set() if own is None else {own.name}
    if (names := set(Patient.objects.values_list("family_name", flat=True))) != expected:
        watch.broken.append(f"{where}: {asked.user} of {own} read the patients of {names or 'nobody'}")
    theirs = world.refs[1 - asked.clinic if asked.clinic is not None else 0]
    if Patient.objects.filter(ref__in=theirs).exists():
        watch.broken.append(f"{where}: {asked.user} of {own} found another clinic's patient by reference")
    with connection.cursor() as cursor:
        for table in COUNTED:
            sql = f"select count(*) from {table} where clinic_id is distinct from %s"  # noqa: S608  # constants
            cursor.execute(sql, [own.pk if own else None])
            if cursor.fetchone()[0]:
                watch.broken.append(f"{where}: {asked.user} of {own} counted rows of others in {table}")


def read(world: World, chance: Random, watch: Watch) -> None:
    asked = _somebody(world, chance)

    def view(request: HttpRequest) -> HttpResponse:
        _look(world, asked, watch, "in a request")
        return HttpResponse()

    _request(asked, view)


def fail(world: World, chance: Random, watch: Watch) -> None:
    """An exception, an answer of 500 or a refusal in the middle of the work; the next one must not inherit anything."""
    asked, way = _somebody(world, chance), chance.choice(["exception", "500", "refusal"])

    def view(request: HttpRequest) -> HttpResponse:
        _look(world, asked, watch, f"before {way}")
        if way == "exception":
            raise RuntimeError
        if way == "refusal":
            raise PermissionDenied
        return HttpResponse(status=500)

    watch.injected[way] += 1
    with suppress(RuntimeError, PermissionDenied):
        _request(asked, view)


def cross(world: World, chance: Random, watch: Watch) -> None:
    """Write a row into the other clinic, or change one of its rows."""
    asked = _somebody(world, chance)
    other = world.clinics[1 - asked.clinic if asked.clinic is not None else 0]

    def view(request: HttpRequest) -> HttpResponse:
        if Patient.objects.filter(clinic=other).update(given_name="Changed"):
            watch.broken.append(f"{asked.user} changed rows of {other}")
        try:
            with transaction.atomic():
                Patient.objects.create(
                    clinic=other, record_number=9, family_name=other.name, given_name="Smuggled", birth_date=BORN,
                    zone="UTC", registered_by=world.people[0],
                )  # fmt: skip
        except DatabaseError:
            pass
        else:
            watch.broken.append(f"{asked.user} wrote a row into {other}")
        return HttpResponse()

    watch.injected["cross write"] += 1
    _request(asked, view)


def stream(world: World, chance: Random, watch: Watch) -> None:
    """A streamed answer runs after the request: inside its own `as_clinic` it reads one clinic, without it nothing."""
    asked, careful = _somebody(world, chance), chance.random() < 0.5

    def pieces() -> Iterator[bytes]:
        if careful and asked.clinic is not None:
            with as_clinic(world.clinics[asked.clinic].pk):
                _look(world, asked, watch, "in a stream")
        else:
            _look(world, Asked(asked.user, None), watch, "in a careless stream")
        yield b""

    watch.injected["stream"] += 1
    response = _request(asked, lambda request: StreamingHttpResponse(pieces()))
    list(response)  # type: ignore[call-overload]


def outside(world: World, chance: Random, watch: Watch) -> None:
    """Work outside of any request sees nothing; inside `as_clinic`, that clinic, and afterwards nothing again."""
    clinic = chance.randrange(2)
    _look(world, Asked("a task", None), watch, "outside a request")
    with as_clinic(world.clinics[clinic].pk):
        _look(world, Asked("a task", clinic), watch, "in a task")
        with as_clinic(world.clinics[1 - clinic].pk):
            _look(world, Asked("a task", 1 - clinic), watch, "in a task inside a task")
        _look(world, Asked("a task", clinic), watch, "in a task again")
    _look(world, Asked("a task", None), watch, "after a task")


def leave_behind(world: World, chance: Random, watch: Watch) -> None:
    """Somebody sets a clinic for the whole session, as no code of ours may; the next request reads its own anyway."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.clinic_id', %s, false)", [str(chance.choice(world.clinics).pk)])
    watch.injected["left behind"] += 1
    try:
        read(world, chance, watch)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('app.clinic_id', '', false)")


STEPS = (read, read, read, fail, cross, stream, outside, leave_behind)
