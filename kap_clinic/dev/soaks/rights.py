"""Teams, roles with a second person, emergency access and grants change at random; nobody reads what they may not.

A random walk through the real actions with a clock of its own. Beside it runs a plain account of what has happened, and
an evaluator that reads `permissions.csv` by itself. After each step somebody asks for a row; what the loader answers
must be what the account says, in both directions.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from kap_clinic.accounts import membership
from kap_clinic.accounts.access import find, visible
from kap_clinic.accounts.actions import add_member, open_clinic
from kap_clinic.accounts.grants.models import ReadingGrant
from kap_clinic.accounts.models import Clinic, Membership, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals import actions as proposals
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.selectors import may_second
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.rights import TABLE
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.soaks import Report
from kap_clinic.wall import as_clinic
from patients.breakglass import actions as glass_actions
from patients.breakglass.models import BreakGlass
from patients.breakglass.terms import Verdict
from patients.models import CareTeamMember, Patient
from patients.record import actions as record

REASON = "Patient phoned in distress, on call tonight"
PATIENTS = 4
PEOPLE = (
    *("therapist", "therapist", "prescriber", "nurse", "medical_director", "admin", "admin"),
    *("auditor", "front_desk", "safety_officer", "admin prescriber"),
)
ASKED = (
    *("patient.view", "patient.edit", "team.view", "screening.view", "screening.status", "medicine.view"),
    *("medicine.record", "order.sign", "note.write", "process_note.write", "consent.view", "audit.view"),
    "chart.export",
)
CARE = {"therapist", "prescriber", "nurse", "medical_director"}
LICENSED = {"therapist", "prescriber", "nurse", "medical_director"}
REVIEWERS = {"admin", "medical_director"}
LEAVERS = timedelta(days=30)
HOUR = timedelta(minutes=60)


@dataclass
class Account:
    """What has happened, written down in the plainest way."""

    roles: dict[int, set[str]] = field(default_factory=dict)
    teams: dict[int, set[int]] = field(default_factory=dict)  # patient -> people
    left: dict[tuple[int, int], datetime] = field(default_factory=dict)  # patient, person
    registered_by: dict[int, int] = field(default_factory=dict)
    glasses: dict[tuple[int, int], datetime] = field(default_factory=dict)  # patient, person -> opened
    unreviewed: set[int] = field(default_factory=set)  # people
    grants: list[tuple[int, set[int], datetime]] = field(default_factory=list)  # reader, patients, until


@dataclass
class Walk:
    chance: Random
    clinic: Clinic
    people: dict[int, User]
    patients: dict[int, Patient]
    strangers: list[Patient]
    account: Account
    now: datetime
    rights: dict[tuple[str, str], list[tuple[str, set[str]]]]
    injected: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    reads: int = 0

    def anybody(self) -> User:
        return self.chance.choice(list(self.people.values()))

    def any_patient(self) -> Patient:
        return self.chance.choice(list(self.patients.values()))


def run(n: int, seed: int) -> Report:
    """`n` steps, each followed by a question."""
    clock = [timezone.now()]
    with patch("django.utils.timezone.now", lambda: clock[0]):
        walk = _world(Random(seed), clock[0])  # noqa: S311  # a trial, no secret
        for number in range(n):
            walk.now = clock[0] = clock[0] + timedelta(minutes=walk.chance.choice([1, 1, 1, 7, 31, 61, 1500]))
            with as_clinic(walk.clinic.pk):
                step = walk.chance.choice(STEPS)
                step(walk)
                for words in _ask(walk):
                    walk.broken.append(f"seed {seed}, step {number} after {step.__name__}: {words}")
            if walk.broken:
                break
    return Report(dict(walk.injected), walk.broken, {"steps": number + 1, "reads": walk.reads})


def _world(chance: Random, now: datetime) -> Walk:
    account = Account()
    with transaction.atomic():
        clinic = open_clinic(name="Harbour", zone="America/New_York")
        people = {}
        for number, roles in enumerate(PEOPLE):
            user = User.objects.create_user(f"person{number}@example.org", name=f"Person {number}")
            add_member(clinic=clinic, user=user, roles=[Role(role) for role in roles.split()])
            people[user.pk], account.roles[user.pk] = user, set(roles.split())
        patients = [_registered(clinic, chance.choice(list(people.values())), account) for _ in range(PATIENTS)]
    with transaction.atomic():
        other = open_clinic(name="Inland", zone="America/Denver")
        stranger = User.objects.create_user("stranger@example.org", name="Stranger")
        add_member(clinic=other, user=stranger, roles=[Role.THERAPIST])
        strangers = [_registered(other, stranger, Account())]
    return Walk(chance, clinic, people, {p.pk: p for p in patients}, strangers, account, now, _rights())


def _registered(clinic: Clinic, by: User, account: Account) -> Patient:
    patient = record.register(clinic=clinic, by=by, family_name="Walk", given_name="Kim", birth_date=date(1987, 3, 14))
    account.registered_by[patient.pk] = by.pk
    account.teams[patient.pk] = {by.pk} if "therapist" in account.roles.get(by.pk, set()) else set()
    return patient


def _rights() -> dict[tuple[str, str], list[tuple[str, set[str]]]]:
    table: dict[tuple[str, str], list[tuple[str, set[str]]]] = {}
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            held = table.setdefault((row["role"], row["permission"]), [])
            held.append((row["scope"], set(row["condition"].split())))
    return table


# What the account says


def _may(walk: Walk, person: int, permission: str, patient: int) -> bool:
    on_team = _on(walk, person, patient)
    return any(
        _reaches(walk, person, permission, patient, scope) and ("on_team" not in conditions or on_team)
        for role in walk.account.roles[person]
        for scope, conditions in walk.rights.get((role, permission), [])
    )


def _reaches(walk: Walk, person: int, permission: str, patient: int, scope: str) -> bool:
    account = walk.account
    if scope == "k":
        return True
    if scope == "c":
        return _on(walk, person, patient) or (permission == "patient.view" and _lately(walk, person, patient))
    if scope == "a":
        return permission.endswith(".write")
    if scope == "b":
        opened = account.glasses.get((patient, person))
        return opened is not None and walk.now < opened + HOUR
    if scope == "g":
        return any(who == person and patient in whose and walk.now < until for who, whose, until in account.grants)
    return False


def _on(walk: Walk, person: int, patient: int) -> bool:
    return person in walk.account.teams[patient]


def _lately(walk: Walk, person: int, patient: int) -> bool:
    """Left less than 30 days ago, and registered the patient themselves."""
    left = walk.account.left.get((patient, person))
    return left is not None and left > walk.now - LEAVERS and walk.account.registered_by[patient] == person


def _ask(walk: Walk) -> Iterator[str]:
    """Three questions through the loader and one through a list, held against the account."""
    for _ in range(3):
        user, patient, permission = walk.anybody(), walk.any_patient(), walk.chance.choice(ASKED)
        expected = _may(walk, user.pk, permission, patient.pk)
        got = _answer(user, patient, permission)
        walk.reads += 1
        walk.injected["forbidden question"] += not expected
        if got != ("open" if expected else "refused"):
            roles = sorted(walk.account.roles[user.pk])
            yield f"{user} {roles} asked {permission} of {patient.pk}: {got}, not {expected}"
    if (got := _answer(user, walk.strangers[0], permission)) != "missing":
        yield f"{user} asked {permission} of another clinic's patient: {got}"
    listed = {row.pk for row in visible(membership.live(user), Permission(permission), Patient.objects.all())}
    allowed = {pk for pk in walk.patients if _may(walk, user.pk, permission, pk)}
    if listed != allowed:
        yield f"{user} lists {sorted(listed)} for {permission}, not {sorted(allowed)}"


def _answer(user: User, patient: Patient, permission: str) -> str:
    request = HttpRequest()
    request.member = membership.live(user)  # type: ignore[attr-defined]
    try:
        find(request, Patient, patient.ref, Permission(permission))
    except Refused:
        return "refused"
    except Http404:
        return "missing"
    return "open"


# The steps. Each tries something, allowed or not, and writes into the account what came of it.


@contextmanager
def _tried(walk: Walk, kind: str) -> Iterator[None]:
    """A refusal by the action is an answer, and counts as something brought about."""
    try:
        with transaction.atomic():
            yield
    except (NotPossible, glass_actions.NotPossible, record.NotPossible):
        walk.injected[f"refused: {kind}"] += 1


def join(walk: Walk) -> None:
    user, by, patient = walk.anybody(), walk.anybody(), walk.any_patient()
    with _tried(walk, "join"):
        record.join_team(patient=patient, user=user, by=by)
        if user == by or not walk.account.roles[user.pk] & CARE:
            walk.broken.append(f"{user} was put on a team by {by}")
        walk.account.teams[patient.pk].add(user.pk)


def leave(walk: Walk) -> None:
    patient = walk.any_patient()
    for place in CareTeamMember.objects.filter(patient=patient, left_at=None).order_by("?")[:1]:
        record.leave_team(member=place, by=walk.anybody())
        walk.account.teams[patient.pk].discard(place.user_id)
        walk.account.left[patient.pk, place.user_id] = walk.now


def propose_roles(walk: Walk) -> None:
    user, by = walk.anybody(), walk.anybody()
    roles = walk.chance.sample(list(Role), walk.chance.choice([1, 1, 2]))
    with _tried(walk, "propose"):
        proposals.propose_roles(
            membership=Membership.objects.get(user=user, ended_at=None), roles=roles, reason="Moves", by=by
        )
        if user == by:
            walk.broken.append(f"{by} proposed their own roles")


def propose_team(walk: Walk) -> None:
    user, patient = walk.anybody(), walk.any_patient()
    proposals.propose_team(clinic_id=walk.clinic.pk, patient_ref=patient.ref, reason="Takes over", by=user)


def propose_grant(walk: Walk) -> None:
    reader, by, patient = walk.anybody(), walk.anybody(), walk.any_patient()
    days = walk.chance.choice([1, 30, 31])
    with _tried(walk, "grant"):
        proposals.propose_grant(
            clinic_id=walk.clinic.pk, reader=reader, purpose="Audit", days=days, by=by, patient_refs=[patient.ref]
        )
        if reader == by or days > 30:
            walk.broken.append(f"{by} proposed a grant of {days} days for {reader}")


def second(walk: Walk) -> None:
    """Somebody agrees to something: first what the page asks, then the action, which must refuse by itself too."""
    proposal = Proposal.objects.waiting(walk.now).order_by("?").first()
    if proposal is None:
        return
    user = walk.anybody()
    member = membership.live(user)
    if member is None or not may_second(proposal, member):
        walk.injected["refused: page of a proposal"] += 1
        if user.pk not in {proposal.proposed_by_id, proposal.user_id}:
            return
    with _tried(walk, "second"):
        proposals.second(proposal=proposal, by=user)
        if user.pk in {proposal.proposed_by_id, proposal.user_id}:
            walk.broken.append(f"{user} seconded what they proposed, or what is about them")
        _happened(walk, proposal)


def _happened(walk: Walk, proposal: Proposal) -> None:
    payload, account = proposal.payload, walk.account
    if proposal.kind == "roles":
        account.roles[proposal.user_id or 0] = set(payload["roles"])
    elif proposal.kind == "team":
        patient = next(pk for pk, row in walk.patients.items() if str(row.ref) == payload["patient"])
        account.teams[patient].add(proposal.proposed_by_id)
    elif proposal.kind == "grant":
        whose = {pk for pk, row in walk.patients.items() if str(row.ref) in payload["patients"]}
        account.grants.append((proposal.user_id or 0, whose, walk.now + timedelta(days=payload["days"])))


def refuse(walk: Walk) -> None:
    for proposal in Proposal.objects.waiting(walk.now).order_by("?")[:1]:
        proposals.refuse(proposal=proposal, why="No", by=walk.anybody())


def end_grant(walk: Walk) -> None:
    for grant in ReadingGrant.objects.live(walk.now).order_by("?")[:1]:
        proposals.end_grant(grant=grant, by=walk.anybody())
        whose = {pk for pk, row in walk.patients.items() if row.ref in grant.patient_refs}
        walk.account.grants = [g for g in walk.account.grants if g != (grant.reader_id, whose, grant.ends_at)]


def break_glass(walk: Walk) -> None:
    """As the page does: who may not open it is refused there."""
    user, patient = walk.anybody(), walk.any_patient()
    expected = bool(walk.account.roles[user.pk] & LICENSED)
    if (_answer(user, patient, "break_glass.open") == "open") != expected:
        walk.broken.append(f"{user} and the door of an emergency: not {expected}")
    if not expected:
        return
    standing = walk.account.glasses.get((patient.pk, user.pk))
    stands = standing is not None and walk.now < standing + HOUR
    with _tried(walk, "break glass"):
        glass_actions.break_glass(
            patient=patient, reason=walk.chance.choice([REASON, "urgent"]), by=user, role="prescriber"
        )
        if not stands:
            if user.pk in walk.account.unreviewed:
                walk.broken.append(f"{user} broke the glass again before a review")
            walk.account.glasses[patient.pk, user.pk] = walk.now
            walk.account.unreviewed.add(user.pk)


def close_glass(walk: Walk) -> None:
    user, patient = walk.anybody(), walk.any_patient()
    glass_actions.close(patient=patient, by=user)
    walk.account.glasses.pop((patient.pk, user.pk), None)


def review(walk: Walk) -> None:
    glass = BreakGlass.objects.unreviewed().select_related("patient", "opened_by").order_by("?").first()
    if glass is None:
        return
    user = walk.chance.choice([walk.anybody(), glass.opened_by])
    with _tried(walk, "review"):
        glass_actions.review(glass=glass, verdict=Verdict.IN_ORDER, words="Looked at", by=user, role="admin")
        if user == glass.opened_by:
            walk.broken.append(f"{user} reviewed their own emergency access")
        walk.account.unreviewed.discard(glass.opened_by_id)
        if walk.account.glasses.get((glass.patient_id, glass.opened_by_id)) == glass.opened_at:
            del walk.account.glasses[glass.patient_id, glass.opened_by_id]


STEPS: tuple[Callable[[Walk], Any], ...] = (
    *(join, join, leave, propose_roles, propose_team, propose_grant, second, second, second, refuse),
    *(end_grant, break_glass, break_glass, close_glass, review, review),
)
