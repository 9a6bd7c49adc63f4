"""What somebody had typed."""

import json
from typing import Any

from kap_clinic.accounts import cipher
from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.models import User


def newest(clinic_id: int, user: User, form: str, thing: str) -> Draft | None:
    """The last revision of a form, by its writer only."""
    rows = Draft.objects.filter(clinic_id=clinic_id, user=user, form=form, thing=thing)
    return rows.order_by("-id").first()


def text_of(draft: Draft) -> str:
    return cipher.unseal(draft.text, at=draft.place)


def fields_of(draft: Draft) -> dict[str, Any]:
    """Name to what was typed; several answers of one name are a list."""
    return json.loads(text_of(draft))
