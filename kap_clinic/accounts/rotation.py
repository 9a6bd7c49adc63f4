"""Sealing everything with the newest key.

An app declares its own sealed columns with `sealed(Model, "column")` in its `AppConfig.ready`, or with
`renewed_by(name, renew)` a function that does it for rows which cannot be changed. Drafts cannot be changed: one that
still waits is appended once more under the new key; older revisions need the old key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from kap_clinic.accounts import cipher
from kap_clinic.accounts.drafts import actions, selectors
from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.lock.models import HeldPost
from kap_clinic.accounts.models import Clinic
from kap_clinic.wall import as_clinic


@dataclass(frozen=True)
class Sealed:
    """A sealed column of a clinic's rows; each row says its place by itself."""

    model: Any
    column: str


_sealed: list[Sealed] = [Sealed(HeldPost, "body")]
_renewers: dict[str, Callable[[int], int]] = {}
IN_FACTORS = ("secret", "seed")


def sealed(model: Any, column: str) -> None:
    """Declare a sealed column of a model whose rows have a `place`."""
    _sealed.append(Sealed(model, column))


def renewed_by(name: str, renew: Callable[[int], int]) -> None:
    """Declare what seals the rows of a kind anew: `renew(clinic_id)` says how many it did, inside its own wall."""
    _renewers[name] = renew


def rotate() -> dict[str, int]:
    """Seal with the newest key whatever is not; how many rows of each kind were."""
    done = {"second factors": _factors()}
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        for column in _sealed:
            name = column.model._meta.label
            done[name] = done.get(name, 0) + _column(column, clinic_id)
        for name, renew in _renewers.items():
            done[name] = done.get(name, 0) + renew(clinic_id)
        done["drafts"] = done.get("drafts", 0) + _drafts(clinic_id)
    return done


@transaction.atomic
def _factors() -> int:
    count = 0
    for factor in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
        place = cipher.place("mfa_authenticator", "data", factor.user_id)
        renewed = {name: _renewed(factor.data[name], place) for name in IN_FACTORS if name in factor.data}
        if any(renewed.values()):
            factor.data |= {name: text for name, text in renewed.items() if text}
            factor.save(update_fields=["data"])
            count += 1
    return count


def _column(column: Sealed, clinic_id: int) -> int:
    count = 0
    with as_clinic(clinic_id):
        for row in column.model._default_manager.select_for_update().filter(clinic_id=clinic_id):
            if renewed := _renewed(getattr(row, column.column), row.place):
                setattr(row, column.column, renewed)
                row.save(update_fields=[column.column])
                count += 1
    return count


def _drafts(clinic_id: int) -> int:
    count = 0
    with as_clinic(clinic_id):
        newest = Draft.objects.filter(clinic_id=clinic_id).order_by("user", "form", "thing", "-id")
        for draft in newest.distinct("user", "form", "thing").select_related("user"):
            if draft.text and not cipher.is_current(draft.text):
                actions.append(draft, selectors.text_of(draft))
                count += 1
    return count


def _renewed(text: str, place: str) -> str:
    """The text under the newest key; empty when it is already."""
    return "" if cipher.is_current(text) else cipher.seal(cipher.unseal(text, at=place), at=place)
