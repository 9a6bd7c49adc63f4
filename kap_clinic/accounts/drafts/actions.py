"""Keeping and finishing drafts. Append-only: a revision is never changed."""

import json
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from kap_clinic.accounts import cipher
from kap_clinic.accounts.drafts.models import Draft
from kap_clinic.accounts.drafts.selectors import newest, text_of
from kap_clinic.accounts.models import User

LONGEST = 500_000  # characters of one draft


class TooLong(Exception):
    """More than a draft can hold."""


@transaction.atomic
def keep(*, clinic_id: int, by: User, form: str, thing: str, fields: dict[str, Any]) -> Draft:
    """One more revision, unless nothing changed since the last."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True)
    if len(text) > LONGEST:
        raise TooLong
    last = newest(clinic_id, by, form, thing)
    if last is not None and last.text and text_of(last) == text:
        return last
    return append(Draft(clinic_id=clinic_id, user=by, form=form, thing=thing), text)


def append(like: Draft, text: str) -> Draft:
    """A revision of the same form with this text, sealed for its own place."""
    draft = Draft(ref=uuid7(), clinic_id=like.clinic_id, user=like.user, form=like.form, thing=like.thing)
    draft.text = cipher.seal(text, at=draft.place)
    draft.save()
    return draft


@transaction.atomic
def finish(*, clinic_id: int, by: User, form: str, thing: str) -> None:
    """The form was sent: nothing is brought back any more."""
    last = newest(clinic_id, by, form, thing)
    if last is not None and last.text:
        Draft.objects.create(clinic_id=clinic_id, user=by, form=form, thing=thing)
