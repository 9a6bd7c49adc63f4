"""Where what somebody types into a note is kept until it is saved (`kap_clinic.accounts.drafts`).

The place is opaque: who reads the table of drafts cannot tell what note it is of, or that it is a private one. It names
the version that was being written on, so that a text typed on an old version never comes back over a newer one.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.crypto import salted_hmac

from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.drafts.selectors import fields_of
from kap_clinic.accounts.models import User

FORM = "note"


def place(*of: Any) -> str:
    """The key of one form: of a new note `"new", patient.ref, kind`; of a draft `note.ref, version`."""
    return salted_hmac("patients.notes", "|".join(map(str, of)), algorithm="sha256").hexdigest()[:40]


def key(*of: Any) -> str:
    """What a form sends so that its draft is finished with it."""
    return f"{FORM}|{place(*of)}"


def waiting(clinic_id: int, user: User, places: Iterable[str]) -> dict[str, dict[str, str]]:
    """Of these places, those where something was typed and never sent: place to the fields, by name."""
    rows = Draft.objects.filter(clinic_id=clinic_id, user=user, form=FORM, thing__in=list(places))
    newest = rows.order_by("thing", "-id").distinct("thing")
    return {row.thing: _first(fields_of(row)) for row in newest if row.text}


def _first(fields: dict[str, Any]) -> dict[str, str]:
    return {name: str(values[0]) if isinstance(values, list) and values else "" for name, values in fields.items()}
