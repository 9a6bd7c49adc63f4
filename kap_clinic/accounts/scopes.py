"""How far a right reaches: each scope asks one row, and says which rows of a list it covers. Never beyond the clinic.

`holds(asked, thing)` and `rows(asked, model)` say the same thing twice, once for a page and once for a list; a test
holds one against the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Field, Model, Q, QuerySet
from django.utils import timezone

from kap_clinic.accounts.grants.models import ReadingGrant, Supervision
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.principals import Principal
from kap_clinic.accounts.resources import author_id, patient_of, resource_of, subject_id, walk
from kap_clinic.accounts.rights import all_rights
from kap_clinic.accounts.terms import Role

LEAVERS_READ = timedelta(days=30)  # permissions.md rule 6
NONE = Q(pk__in=())


@dataclass(frozen=True)
class Asked:
    """Who asks, and for what."""

    member: Any  # a Principal, or Somebody
    permission: Permission


@dataclass(frozen=True)
class Somebody:
    """Whoever asks, as a read put together once knows them: what differs between two is given (kap_clinic.reads)."""

    user_id: Any
    clinic_id: Any
    now: Any
    roles: frozenset[Role]
    known: None = None


def asking(member: Member) -> tuple[int, int, datetime]:
    """What such a read is given of somebody, in the order of `Somebody`."""
    return member.user_id, member.clinic_id, timezone.now()


def alike(member: Member) -> Any:
    """The keywords everybody has in common with them for whom such a read looks the same."""
    return {"roles": member.roles}


def now_for(member: Any) -> Any:
    """When somebody asks: now, or when the read is read."""
    return member.now if isinstance(member, Somebody) else timezone.now()


@dataclass(frozen=True)
class Care:
    """What a person has to do with a patient: on the team now, or left it at this time."""

    on_team: bool = False
    left_at: datetime | None = None

    @property
    def ended_lately(self) -> bool:
        return self.left_at is not None and self.left_at > timezone.now() - LEAVERS_READ


def care_of(member: Principal, patient: Any) -> Care:
    """Asked of the database at most once a request for each patient."""
    if patient is None or member.user_id is None:
        return Care()
    known: dict[int, Care] | None = getattr(member, "known", None)
    if known is not None and patient.pk in known:
        return known[patient.pk]
    ends = list(patient.care_team.filter(user_id=member.user_id).values_list("left_at", flat=True))
    care = Care(None in ends, max(filter(None, ends), default=None))
    if known is not None:
        known[patient.pk] = care
    return care


def on_team(member: Principal, thing: Any) -> bool:
    return care_of(member, patient_of(thing)).on_team


def in_care(member: Principal, thing: Any) -> bool:
    """On the team, or left it less than 30 days ago, to finish what is unsigned."""
    care = care_of(member, patient_of(thing))
    return care.on_team or care.ended_lately


def is_own_resource(asked: Asked, thing: Any) -> bool:
    """Whether the row is of the kind the right is about, and not the patient or visit it will hang on."""
    return resource_of(type(thing)).name == asked.permission.resource


# Whole clinic


def _clinic(asked: Asked, thing: Any) -> bool:
    return True  # the row's clinic was compared before


def _clinic_rows(asked: Asked, model: type[Model]) -> Q:
    return Q()


# Care team; who left keeps reading their own rows for 30 days


def _team(asked: Asked, thing: Any) -> bool:
    care = care_of(asked.member, patient_of(thing))
    if care.on_team:
        return True
    wrote = is_own_resource(asked, thing) and author_id(thing) == asked.member.user_id
    return asked.permission.letter == "V" and care.ended_lately and wrote


def _team_rows(asked: Asked, model: type[Model]) -> Q:
    rows = team_now_rows(asked.member, model)
    if asked.permission.letter == "V":
        rows |= team_lately_rows(asked.member, model) & _own_rows(asked, model)
    return rows


# Rows the person wrote. What is about to be written will be theirs; where, is for a condition to say.


def _author(asked: Asked, thing: Any) -> bool:
    if asked.permission.letter == "C" and not is_own_resource(asked, thing):
        return True
    return is_own_resource(asked, thing) and author_id(thing) == asked.member.user_id is not None


def _author_rows(asked: Asked, model: type[Model]) -> Q:
    if asked.permission.letter == "C" and resource_of(model).name != asked.permission.resource:
        return Q()
    return _own_rows(asked, model)


def _own_rows(asked: Asked, model: type[Model]) -> Q:
    """The rows of the kind the right is about that the person wrote."""
    resource = resource_of(model)
    if resource.name != asked.permission.resource or not resource.author or asked.member.user_id is None:
        return NONE
    return Q(**{resource.author: asked.member.user_id})


# About oneself: the link's patient, or a member of staff and what is about them


def _oneself(asked: Asked, thing: Any) -> bool:
    if (patient_id := getattr(asked.member, "patient_id", None)) is not None:
        patient = patient_of(thing)
        return patient is not None and patient.pk == patient_id
    return subject_id(thing) == asked.member.user_id is not None


def _oneself_rows(asked: Asked, model: type[Model]) -> Q:
    if (patient_id := getattr(asked.member, "patient_id", None)) is not None:
        path = resource_of(model).patient
        return NONE if path is None else Q(**{path or "pk": patient_id})
    return Q(user_id=asked.member.user_id) if has_field(model, "user") else NONE


# A written grant, by patient or by period


def _grant(asked: Asked, thing: Any) -> bool:
    patient, at = patient_of(thing), resource_of(type(thing)).at
    written_at = getattr(thing, at) if at else None
    return any(grant.covers(getattr(patient, "ref", None), written_at) for grant in live_grants(asked.member))


def _grant_rows(asked: Asked, model: type[Model]) -> Q:
    resource, rows = resource_of(model), NONE
    for grant in live_grants(asked.member):
        if grant.patient_refs and resource.patient is not None:
            rows |= Q(**{f"{resource.patient}__ref__in" if resource.patient else "ref__in": grant.patient_refs})
        if grant.period_from and resource.at:
            rows |= Q(**{f"{resource.at}__gte": grant.period_from, f"{resource.at}__lt": grant.period_until})
    return rows


def live_grants(member: Principal) -> QuerySet[ReadingGrant]:
    return ReadingGrant.objects.live(timezone.now()).filter(reader_id=member.user_id, clinic_id=member.clinic_id)


# Emergency access, which stands for an hour on one patient


def _break_glass(asked: Asked, thing: Any) -> bool:
    patient = patient_of(thing)
    return patient is not None and patient.break_glasses.open_for(asked.member.user_id, timezone.now()).exists()


def _break_glass_rows(asked: Asked, model: type[Model]) -> Q:
    patients = patient_model(model)
    if patients is None:
        return NONE
    glasses: Any = patients._meta.get_field("break_glasses").related_model
    return of_patients(model, glasses.objects.open_for(asked.member.user_id, now_for(asked.member)))


# Sent to the prescribers, of a patient whom no prescriber treats yet (cover, rule 11)


def _waiting(asked: Asked, thing: Any) -> bool:
    submitted, patient = resource_of(type(thing)).submitted, patient_of(thing)
    if not submitted or walk(thing, submitted) is None:
        return False
    return not patient.care_team.filter(left_at=None, user__in=holders(Permission.SCREENING_DECIDE)).exists()


def _waiting_rows(asked: Asked, model: type[Model]) -> Q:
    submitted = resource_of(model).submitted
    if not submitted:
        return NONE
    treating = holders(Permission.SCREENING_DECIDE)
    treated = team_model(model)._default_manager.filter(left_at=None, user__in=treating)
    return Q(**{f"{submitted}__isnull": False}) & ~of_patients(model, treated)


def holders(permission: Permission) -> QuerySet[Any, Any]:
    """Ids of the people of this clinic with a role that may do this, somewhere."""
    roles = sorted({right.role for right in all_rights() if right.permission == permission} & {*map(str, Role)})
    return Membership.objects.filter(roles__overlap=roles, ended_at=None).values("user")


# Rows of a trainee


def _trainee(asked: Asked, thing: Any) -> bool:
    return is_own_resource(asked, thing) and _supervised(asked.member).filter(trainee_id=author_id(thing)).exists()


def _trainee_rows(asked: Asked, model: type[Model]) -> Q:
    resource = resource_of(model)
    if resource.name != asked.permission.resource or not resource.author:
        return NONE
    return Q(**{f"{resource.author}__in": _supervised(asked.member).values("trainee")})


def _supervised(member: Principal) -> QuerySet[Supervision]:
    return Supervision.objects.filter(supervisor_id=member.user_id, clinic_id=member.clinic_id, ended_at=None)


@dataclass(frozen=True)
class Scope:
    words: str
    holds: Callable[[Asked, Any], bool]
    rows: Callable[[Asked, type[Model]], Q]


SCOPES: dict[str, Scope] = {
    "k": Scope("in the whole clinic", _clinic, _clinic_rows),
    "c": Scope("of patients on whose care team they are", _team, _team_rows),
    "a": Scope("where they are the author", _author, _author_rows),
    "o": Scope("about themselves", _oneself, _oneself_rows),
    "g": Scope("within a written reading grant", _grant, _grant_rows),
    "b": Scope("by emergency access, for an hour", _break_glass, _break_glass_rows),
    "w": Scope("while it waits and no prescriber treats the patient", _waiting, _waiting_rows),
    "t": Scope("of somebody they supervise", _trainee, _trainee_rows),
}


# Ways from a row to its patient and the team


def patient_model(model: type[Model]) -> Any:
    """The model of patients, reached from a model; None for what belongs to no patient."""
    path = resource_of(model).patient
    if path is None:
        return None
    for name in path.split("__") if path else []:
        field: Any = model._meta.get_field(name)
        model = field.related_model
    return model


def team_model(model: type[Model]) -> Any:
    return patient_model(model)._meta.get_field("care_team").related_model


def team_now_rows(member: Principal, model: type[Model]) -> Q:
    """The rows of patients on whose team somebody is."""
    return _team_places_rows(member, model, left_at=None)


def team_lately_rows(member: Principal, model: type[Model]) -> Q:
    """The rows of patients whose team they left less than 30 days ago."""
    return _team_places_rows(member, model, left_at__gt=now_for(member) - LEAVERS_READ)


def _team_places_rows(member: Principal, model: type[Model], **when: Any) -> Q:
    if resource_of(model).patient is None:
        return NONE
    return of_patients(model, team_model(model)._default_manager.filter(user_id=member.user_id, **when))


def of_patients(model: type[Model], rows: QuerySet[Any]) -> Q:
    """The rows of this model whose patient has one of those rows."""
    return Q(**{f"{resource_of(model).patient or 'pk'}__in": rows.values("patient")})


def has_field(model: type[Model], name: str) -> bool:
    return any(isinstance(field, Field) and field.name == name for field in model._meta.get_fields())
