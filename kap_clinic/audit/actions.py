"""The one verb of the audit trail. Called inside the action it records: no audit, no action."""

import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import HttpRequest

from kap_clinic import wall
from kap_clinic.audit import words
from kap_clinic.audit.models import NOBODY, AuditEvent
from kap_clinic.audit.terms import Outcome

WIDTH = {field.name: field.max_length for field in AuditEvent._meta.fields}
ONE_SITTING = "12 hours"  # the longest a session lives (SEC-21)


@dataclass(frozen=True)
class Origin:
    """Where a request came from; set by the middleware, empty for tasks and commands.

    `session_hash` is keyed, so that the trail never gives away a session; `role` is what the person works as.
    """

    request_id: str = ""
    address: str = ""
    session_hash: str = ""
    role: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)

COLUMNS = (
    *("actor_id", "actor", "role", "event", "thing", "thing_ref", "patient_ref", "reason", "outcome", "facts"),
    *("request_id", "address", "session_hash"),
)
# Nothing is read back: an event of no clinic is hidden from the very one who writes it (security.md, exit 3).
INSERT = f"insert into audit_auditevent (clinic_id, {', '.join(COLUMNS)}) select nullif({wall.HERE}, {NOBODY}), "
VALUES = ", ".join("%s::jsonb" if column == "facts" else "%s" for column in COLUMNS)
NOT_YET = (
    f" where not exists (select from audit_auditevent where clinic_id = {wall.HERE} and actor_id = %s and event = %s"
    f" and thing_ref = %s and session_hash = %s and at > now() - interval '{ONE_SITTING}')"
)


def record(
    event: str,
    *,
    by: Any,
    on: Any = None,
    patient: Any = None,
    role: str = "",
    reason: str = "",
    outcome: str = Outcome.DONE,
    **facts: Any,
) -> None:
    """Write who did what to which row, in the same transaction as the act.

    `event` is a member of an `Event` in some `terms.py`. `by` is a user (`id`, `name`) or a word such as "system"; `on`
    any row with a `ref`; `patient` a row with a `ref`, taken from `on.patient` when not given. `role` is the role used,
    else all the person works as here. `outcome` is an `Outcome`: a refusal is recorded as refused. Facts are JSON
    values: identifiers and codes; old and new live in history.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT + VALUES, list(_row(event, by, on, patient, role, reason, outcome, facts).values()))


def record_apart(clinic_id: int | None, event: str, *, by: Any, **rest: Any) -> None:
    """The same in a transaction of its own: for a refusal, written after the request was rolled back (SEC-43)."""
    with transaction.atomic(durable=True), wall.as_clinic(clinic_id or NOBODY):
        record(event, by=by, **rest)


def opened(request: HttpRequest, event: str, on: Any = None, **facts: Any) -> None:
    """Somebody opened a page, or submitted a search. Parts and polls are exempt once their page was opened.

    A part asked for by itself, say with a forged header, is recorded: once in a session for each event and row.
    """
    row = _row(event, request.user, on, None, "", "", Outcome.DONE, facts)
    values = list(row.values())
    if is_part(request):
        asked = [row[column] for column in ("actor_id", "event", "thing_ref", "session_hash")]
        with connection.cursor() as cursor:
            cursor.execute(INSERT + VALUES + NOT_YET, values + asked)
    else:
        with connection.cursor() as cursor:
            cursor.execute(INSERT + VALUES, values)


def is_part(request: HttpRequest) -> bool:
    """Did htmx ask for a part of a page? A boosted link and a page restored from history are whole pages."""
    whole = ("HX-Boosted", "HX-History-Restore-Request")
    return request.headers.get("HX-Request") == "true" and not any(
        request.headers.get(name) == "true" for name in whole
    )


def _row(
    event: str, by: Any, on: Any, patient: Any, role: str, reason: str, outcome: str, facts: dict[str, Any]
) -> dict[str, Any]:
    if event not in words.known():
        raise ValueError(f"Nothing says {str(event)!r} in words: put it into an Event in a terms.py.")
    if outcome not in Outcome.values:
        raise ValueError(
            f"An act ends as one of {', '.join(Outcome.values)}; give {outcome!r} as a fact, by another name."
        )
    place = origin.get()
    actor_id = getattr(by, "id", None)
    patient = patient or getattr(on, "patient", None)
    return {
        "actor_id": actor_id,
        "actor": _fit(getattr(by, "name", None) or by, "actor"),
        "role": _fit(role or (place.role if actor_id else ""), "role"),
        "event": str(event),
        "thing": on._meta.label_lower if hasattr(on, "_meta") else "",
        "thing_ref": str(getattr(on, "ref", "") or ""),
        "patient_ref": str(getattr(patient, "ref", "") or ""),
        "reason": _clean(reason),
        "outcome": str(outcome),
        "facts": json.dumps(_clean(facts), cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False),
        "request_id": _fit(place.request_id, "request_id"),
        "address": _fit(place.address, "address"),
        "session_hash": place.session_hash,
    }


def _fit(value: Any, column: str) -> str:
    """Text that fits its column: what was typed at sign-in may be of any length."""
    return _clean(str(value))[: WIDTH[column]]


def _clean(value: Any) -> Any:
    """The same without the two things PostgreSQL cannot hold in text: NUL and half a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return value
