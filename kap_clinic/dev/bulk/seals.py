"""What the copies of signed rows are sealed with: computed by the application's own digests, over the copies."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model

from kap_clinic.accounts.models import User
from kap_clinic.dev.bulk.copying import Press, Seals, ref_of
from patients.consents import filling
from patients.consents.models import Consent, ConsentAnswer, ConsentSignature
from patients.consents.selectors import content_digest as consent_digest
from patients.course.models import Course
from patients.models import Patient
from patients.notes.models import Note
from patients.notes.selectors import content_digest as note_digest
from sessions.discharge.models import Discharge
from sessions.discharge.selectors import digest as discharge_digest
from sessions.dosing.models import DosingSession
from sessions.dosing.selectors.closing import WRITTEN, digest_of, signed_columns
from sessions.orders.models import DoseOrder
from sessions.orders.selectors import digest as order_digest

HANDED_OVER = ("treatment", "touch")  # consents that name people of the clinic


def consents(press: Press, only: list[int]) -> Seals:
    """Whose it is and every word of it. The words are read once for each original and handed over in memory."""
    found = {}
    for row in Consent.objects.select_related("patient", "course", "text").filter(pk__in=only):
        said = copy.copy(row)
        for k, key in enumerate(press.keys(Consent, [row.pk])):
            n = press.copies.of("n", k)
            said.patient = Patient(ref=ref_of(row.patient.ref, n))
            said.course = Course(ref=ref_of(row.course.ref, n)) if row.course else None
            if row.kind in HANDED_OVER:
                said.details = _handed_over(row.details, press, k)
                said.sections = _handed_over(row.sections, press, k)
            found[key] = consent_digest(said)
    return found


def _handed_over(said: Any, press: Press, k: int) -> Any:
    """The same with the people of the copy: accounts by number, names wherever they stand."""
    if isinstance(said, dict):
        return {
            key: press.copies.of(press.block.people[value], k)
            if key == "user" and value in press.block.people
            else _handed_over(value, press, k)
            for key, value in said.items()
        }
    if isinstance(said, list):
        return [_handed_over(one, press, k) for one in said]
    if isinstance(said, str):
        for who in press.block.people.values():
            said = said.replace(press.copies.of(f"{who}_was", k), press.copies.of(f"{who}_name", k))
    return said


def signatures(press: Press, contents: Seals, only: list[int]) -> Seals:
    """Each signature under the content of its consent, with the name and the time of the copy."""
    answers: dict[int, list[Any]] = defaultdict(list)
    rows = ConsentAnswer.objects.filter(pk__in=press.block.ids(ConsentAnswer)).order_by("pk")
    for consent, *said in rows.values_list("consent", "question", "chosen", "is_right"):
        answers[consent].append(tuple(said))
    found = {}
    for row in ConsentSignature.objects.select_related("consent__text").filter(pk__in=only):
        consent = press.block.kinds[Consent].place[row.consent_id]
        for k, key in enumerate(press.keys(ConsentSignature, [row.pk])):
            found[key] = filling.signature_digest(
                content=contents[press.keys(Consent)[k * len(press.block.ids(Consent)) + consent]],
                text=row.consent.text.sha256,
                version=row.consent.text.version,
                meaning=row.meaning,
                name=name_in(press, k, row.user_id, row.printed_name),
                at=(row.signed_at + press.copies.of("shift", k)).isoformat(),
                answers=answers[row.consent_id],
            )
    return found


def name_in(press: Press, k: int, user: int | None, name: str) -> str:
    """The name printed under a signature in copy `k`."""
    if user is None:
        return f"{press.copies.of('given_name', k)} {press.copies.of('family_name', k)}"
    who = press.block.people.get(user)
    return press.copies.of(f"{who}_name", k) if who else name


def orders(press: Press, only: list[int]) -> Seals:
    found = {}
    for original, row in _pairs(press, DoseOrder, only, "patient", "course", "weight"):
        row.signed_at = original.signed_at + press.copies.of("shift", press.copy_of(row))
        row.signed_by_id = original.signed_by_id
        found[row.pk] = order_digest(row)
    return found


def notes(press: Press, only: list[int]) -> Seals:
    """The signature is put on in memory: it and its seal are written at once."""
    people = User.objects.in_bulk()
    found = {}
    for original, row in _pairs(press, Note, only, "patient", "course"):
        k = press.copy_of(row)
        for name in ("signed_role", "signed_zone", "signed_identity", "version"):
            setattr(row, name, getattr(original, name))
        who = press.block.people.get(original.signed_by_id)
        row.signed_by = people[press.copies.of(who, k) if who else original.signed_by_id]
        row.signed_name = name_in(press, k, original.signed_by_id, original.signed_name)
        row.signed_at = original.signed_at + press.copies.of("shift", k)
        found[row.pk] = note_digest(row)
    return found


def discharges(press: Press) -> Seals:
    """Of rows that are written once: each copy is made in memory first."""
    found = {}
    for row in Discharge.objects.filter(pk__in=press.block.ids(Discharge)):
        for k, key in enumerate(press.keys(Discharge, [row.pk])):
            said, shift = copy.copy(row), press.copies.of("shift", k)
            said.ref, said.left_at, said.signed_at = (
                ref_of(row.ref, press.copies.of("n", k)),
                row.left_at + shift,
                row.signed_at + shift,
            )
            found[key] = discharge_digest(said)
    return found


def records(press: Press, only: list[int]) -> Seals:
    """Everything written down of each day until it was signed, in one read for each table."""
    originals = DosingSession.objects.in_bulk(only)
    days = {row.pk: row for _, row in _pairs(press, DosingSession, only, "order")}
    lines: dict[str, dict[int, list[Any]]] = {name: defaultdict(list) for name in WRITTEN}
    signed = {key: _signed_at(press, row, originals) for key, row in days.items()}
    for name, at in WRITTEN.items():
        model: Any = DosingSession._meta.get_field(name).related_model
        rows = model.objects.filter(dosing__in=list(days)).order_by("id")
        for line in rows.values(*signed_columns(model), "dosing_id"):
            day = line.pop("dosing_id")
            if line[at] <= signed[day]:
                lines[name][day].append(line)
    return {key: digest_of(row, {name: lines[name][key] for name in WRITTEN}) for key, row in days.items()}


def _signed_at(press: Press, row: DosingSession, originals: dict[int, DosingSession]) -> Any:
    original = originals[press.original_of(row)]
    return original.signed_at + press.copies.of("shift", press.copy_of(row))  # type: ignore[operator]


def _pairs(press: Press, model: Any, only: Iterable[int], *beside: str) -> Iterator[tuple[Any, Any]]:
    """Each original that is signed, with each of its copies as it stands."""
    originals: dict[int, Model] = model.objects.in_bulk(list(only))
    rows = model.objects.select_related(*beside).filter(pk__in=press.keys(model, list(only)))
    for row in rows.iterator(chunk_size=500):
        yield originals[press.original_of(row)], row
