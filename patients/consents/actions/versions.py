"""Writing a version of a consent text, and approving it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.audit.actions import record
from patients.consents import filling, texts
from patients.consents.actions.common import NotPossible
from patients.consents.models import ConsentText
from patients.consents.terms import ConsentKind, Event


@transaction.atomic
def write_text(
    *, clinic_id: int, kind: ConsentKind, title: str, sections: Sequence[texts.Section], why: str, by: User
) -> ConsentText:
    """A new version of a text. It prints DRAFT and counts for nothing until a second person approves it.

    Every element of the shipped text must be there, under its id; only its slots may be used.
    """
    if reasons := list(_against_text(kind, title, sections)):
        raise NotPossible(reasons)
    last = ConsentText.objects.select_for_update().filter(clinic_id=clinic_id, kind=kind).order_by("-version").first()
    version = last.version + 1 if last else 1
    questions = texts.shipped(kind)["questions"]
    text = ConsentText.objects.create(
        clinic_id=clinic_id,
        kind=kind,
        version=version,
        title=title.strip(),
        sections=list(sections),
        questions=questions,
        sha256=filling.text_digest(
            kind=kind, version=version, title=title.strip(), sections=sections, questions=questions
        ),
        why=why,
        written_by=by,
    )
    record(Event.TEXT_WRITTEN, by=by, on=text, kind=str(kind), version=version, reason=why)
    return text


def _against_text(kind: ConsentKind, title: str, sections: Sequence[texts.Section]) -> list[str]:
    shipped = texts.shipped(kind)
    reasons = [] if title.strip() else ["Write a title."]
    if [section["id"] for section in sections] != [section["id"] for section in shipped["sections"]]:
        return [*reasons, "Every section stays, in its order: the elements of a consent may not be left out."]
    for section in sections:
        if not section["heading"].strip() or not any(map(str.strip, texts.lines(section))):
            reasons.append(f"Write the section {section['id']}.")
    if unknown := [slot for slot in texts.slots(sections) if slot not in texts.slots(shipped["sections"])]:
        reasons.append(f"Nothing is filled in for: {', '.join(f'{{{slot}}}' for slot in unknown)}.")
    if gone := [slot for slot in texts.slots(shipped["sections"]) if slot not in texts.slots(sections)]:
        reasons.append(f"The text must still say: {', '.join(f'{{{slot}}}' for slot in gone)}.")
    return reasons


@transaction.atomic
def approve_text(*, text: ConsentText, by: User, role: str, zone: str) -> ConsentText:
    """Another person than the one who wrote it signs that it may be used; the version before holds no longer."""
    text = ConsentText.objects.select_for_update(of=("self",)).get(pk=text.pk)
    if text.written_by_id == by.pk:
        raise NotPossible(["A second person approves this, not the one who wrote it."])
    if text.approved_at is not None or text.superseded_at is not None:
        raise NotPossible(["This version is not waiting to be approved."])
    if ConsentText.objects.filter(kind=text.kind, clinic_id=text.clinic_id, version__gt=text.version).exists():
        raise NotPossible(["There is a newer version. Approve that one."])
    now = timezone.now()
    for old in ConsentText.objects.select_for_update().current().filter(clinic_id=text.clinic_id, kind=text.kind):
        old.superseded_at, old.superseded_by = now, by
        old.save(update_fields=["superseded_at", "superseded_by"])
    text.approved_at, text.approved_by, text.approved_name = now, by, by.name
    text.approved_role, text.approved_zone = role, zone
    text.save(update_fields=["approved_at", "approved_by", "approved_name", "approved_role", "approved_zone"])
    record(Event.TEXT_APPROVED, by=by, on=text, role=role, kind=text.kind, version=text.version, sha256=text.sha256)
    return text
