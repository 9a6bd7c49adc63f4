"""Who may do what to which row. One function answers; pages, parts, files, exports and tasks all ask it (SEC-02)."""

from collections.abc import Callable, Iterator
from functools import reduce, wraps
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from kap_clinic.accounts.conditions import CONDITIONS
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.principals import Principal
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.resources import RESOURCES, resource_of
from kap_clinic.accounts.rights import PRINCIPALS, Right, field_rights, rights
from kap_clinic.accounts.scopes import NONE, SCOPES, Asked, Somebody, live_grants

Row = TypeVar("Row", bound=Model)
View = Callable[..., HttpResponse]
GLASS, GRANT = "b", "g"
SECOND_PERSON = {"second_person", "second_person_for_oneself"}


def may(member: Principal | None, permission: Permission, thing: Any = None) -> bool:
    """Whether this person, in this clinic, may do this; with a thing, whether to this very row.

    The thing is the row itself, or for a right to create the row it will hang on. Nothing is remembered between
    requests: roles, teams and grants are asked of the database each time (SEC-13).
    """
    return member is not None and any(_holding(member, permission, thing))


def role_used(member: Principal, permission: Permission, thing: Any = None) -> str:
    """The one role an action names when a person has several: the first in the table through which it is allowed."""
    return next((right.role for right in _holding(member, permission, thing)), "")


def duties(member: Principal, permission: Permission, thing: Any = None) -> set[str]:
    """What binds this person when they use the right: codes of `conditions.CONDITIONS`. Empty if some role is free of
    any, or if they may not at all."""
    held = [
        {code for code in right.conditions if CONDITIONS[code].holds is None}
        for right in _holding(member, permission, thing)
    ]
    return set.intersection(*held) if held else set()


def needs_second_person(member: Principal, permission: Permission, thing: Any = None) -> bool:
    """Whether this must be proposed, to happen only when another person agrees (SEC-12)."""
    return bool(SECOND_PERSON & duties(member, permission, thing))


def visible(member: Principal | Somebody | None, permission: Permission, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Of these rows, those to which the person may do this: what a list starts from."""
    if member is None:
        return rows.none()
    here = rows.filter(_unvoided(rows.model), clinic_id=member.clinic_id)
    asked = [(right, Asked(_actor(member, right), permission)) for right in _rights(member, permission)]
    covered = [_rows(right, each, rows.model) for right, each in asked]
    if not all(covered):
        return here  # some right covers everything
    return here.filter(reduce(or_, covered, NONE))


def has_grants(member: Principal, permission: Permission) -> bool:
    """Whether what they may see depends on what was granted to them, and is not the same for all of their roles."""
    return any(right.scope == GRANT for right in _rights(member, permission))


def visible_fields(member: Principal | None, thing: Any) -> set[str]:
    """The fields of this row the person may read, for the models of the field table."""
    return _fields(member, "view", thing, "V")


def editable_fields(member: Principal | None, thing: Any) -> set[str]:
    """The fields of this row the person may change."""
    return _fields(member, "edit", thing, "E")


def givable_fields(member: Principal | None, permission: Permission, model: type[Model]) -> set[str]:
    """The fields somebody may fill in who makes such a row: those the same role may read of it afterwards."""
    roles = {right.role for right in _holding(member, permission, None)} if member else set()
    return _fields_of(roles, model, "V")


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Declare a view's permission; with several, one is enough. Without it 403, before anything is read."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(may(request.member, permission) for permission in permissions):  # type: ignore[attr-defined]
                raise Refused(permissions[0])
            return view(request, *args, **kwargs)

        asked.permission, asked.permissions = permissions[0], permissions  # type: ignore[attr-defined]
        return asked

    return decorate


def find(request: HttpRequest, model: type[Row], ref: Any, permission: Permission, **also: Any) -> Row:
    """The row with this reference. Another clinic's is 404, one's own clinic's without the right or the team 403."""
    member: Principal | None = request.member  # type: ignore[attr-defined]
    if member is None:
        raise Refused(permission)
    rows = model._default_manager.filter(
        ref=ref, clinic_id=member.clinic_id, **also
    )  # the wall shows no other clinic's
    if path := resource_of(model).patient:
        rows = rows.select_related(path)
    row = rows.first()
    if row is None or _is_hidden(member, row):
        raise Http404
    if not may(member, permission, row):
        raise Http404 if _is_secret(row) else Refused(permission, row)
    return row


# How a right is weighed


def _holding(member: Principal, permission: Permission, thing: Any) -> Iterator[Right]:
    """The rows of the table through which this is allowed now."""
    if thing is not None and (_is_elsewhere(member, thing) or _is_sealed(permission, thing)):
        return
    for right in _rights(member, permission):
        actor = _actor(member, right)
        if _may_hold(actor, right) if thing is None else _holds(right, Asked(actor, permission), thing):
            yield right


def _rights(member: Any, permission: Permission) -> Iterator[Right]:
    """The rows that could count: the person's roles, what they supervise, and for the system whoever caused it."""
    roles = [role for role in PRINCIPALS if role in member.roles]
    for role in roles:
        yield from rights(role, permission)
    if any(rights(role, Permission.PROCESS_NOTE_WRITE) for role in roles):
        yield from rights("supervisor", permission)
    if cause := getattr(member, "caused_by", None):
        yield from _rights(cause, permission)


def _actor(member: Any, right: Right) -> Any:
    cause = getattr(member, "caused_by", None)
    return cause if cause is not None and right.role != "system" else member


def _may_hold(member: Principal, right: Right) -> bool:
    """Whether a right could hold for some row; one by grant only while there is a grant."""
    return right.scope != GRANT or live_grants(member).exists()


def _holds(right: Right, asked: Asked, thing: Any) -> bool:
    checks = [check for code in right.conditions if (check := CONDITIONS[code].holds)]
    return SCOPES[right.scope].holds(asked, thing) and all(check(asked, thing) for check in checks)


def _rows(right: Right, asked: Asked, model: type[Model]) -> Q:
    rows = SCOPES[right.scope].rows(asked, model)
    for code in right.conditions:
        rows &= CONDITIONS[code].rows(asked, model)
    return rows


def _is_elsewhere(member: Principal, thing: Any) -> bool:
    """Whether the row belongs to another clinic, or to no model that is declared."""
    label = type(thing)._meta.label
    if label == "accounts.User":
        return thing.pk != member.user_id and not thing.memberships.filter(ended_at=None).exists()
    if label not in RESOURCES:
        return True
    return getattr(thing, "clinic_id", member.clinic_id) != member.clinic_id


def _is_sealed(permission: Permission, thing: Any) -> bool:
    """Nobody edits after signing; only amending remains."""
    return permission.letter == "E" and getattr(thing, "signed_at", None) is not None


def _is_hidden(member: Principal, row: Any) -> bool:
    """A voided row is as good as missing for who may not see voids, a merged one but for admin and auditor."""
    voided = getattr(row, "voided_at", None) is not None and not may(member, Permission.VOIDED_VIEW, row)
    merged = getattr(row, "merged_into_id", None) is not None and not may(member, Permission.MERGED_VIEW, row)
    return voided or merged


def _is_secret(row: Any) -> bool:
    """Rows of which others do not even learn that they exist (rules 1 and 12)."""
    return resource_of(type(row)).name == "process_note" or getattr(row, "is_boundary_concern", False)


def _unvoided(model: type[Model]) -> Q:
    """Lists show live rows; what was voided is opened one by one."""
    names = {field.name for field in model._meta.get_fields()}
    live = {"voided_at": None} if "voided_at" in names else {}
    return Q(**live, **({"merged_into": None} if "merged_into" in names else {}))


def _fields(member: Principal | None, right: str, thing: Any, letter: str) -> set[str]:
    """The union over the roles through which the patient's record is open: each role brings its own fields."""
    if member is None:
        return set()
    roles = {held.role for held in _holding(member, Permission(f"patient.{right}"), thing)}  # type: ignore[call-arg]
    return _fields_of(roles, type(thing), letter)


def _fields_of(roles: set[str], model: type[Model], letter: str) -> set[str]:
    label = model._meta.label
    return {
        name.removeprefix(f"{label}.")
        for (name, role), letters in field_rights().items()
        if name.startswith(f"{label}.") and role in roles and letter in letters
    }
