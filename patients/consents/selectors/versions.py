"""The versions of the consent texts of a clinic."""

from collections.abc import Mapping
from dataclasses import dataclass

from patients.consents.models import Consent, ConsentText
from patients.consents.terms import ConsentKind, State


def text_for(clinic_id: int, kind: str) -> ConsentText | None:
    """The version that holds, else the newest, which is not approved; None: there is no text."""
    rows = ConsentText.objects.filter(clinic_id=clinic_id, kind=kind)
    return rows.current().first() or newest_text(clinic_id, kind)


@dataclass(frozen=True)
class TextOf:
    """A kind with the version that holds and the one that waits to be approved."""

    kind: ConsentKind
    current: ConsentText | None
    waiting: ConsentText | None
    versions: list[ConsentText]
    signed: int  # consents signed in the version that holds

    @property
    def holds(self) -> str:
        return f"Version {self.current.version} holds" if self.current else ""


def all_texts(clinic_id: int) -> list[TextOf]:
    """Every kind, with all its versions."""
    people = ("written_by", "approved_by", "superseded_by")
    rows = list(ConsentText.objects.filter(clinic_id=clinic_id).select_related(*people))
    signed = Consent.objects.filter(state=State.SIGNED).values_list("text_id", flat=True)
    counts = {pk: sum(text_id == pk for text_id in signed) for pk in {row.pk for row in rows}}
    return [_text_of(ConsentKind(kind), [row for row in rows if row.kind == kind], counts) for kind in ConsentKind]


def _text_of(kind: ConsentKind, versions: list[ConsentText], counts: Mapping[int, int]) -> TextOf:
    current = next((row for row in versions if row.is_current), None)
    newest = versions[0] if versions else None
    waiting = newest if newest and newest.approved_at is None else None
    return TextOf(kind, current, waiting, versions, counts[current.pk] if current else 0)


def text_before(text: ConsentText) -> ConsentText | None:
    return ConsentText.objects.filter(kind=text.kind, version__lt=text.version).order_by("-version").first()


def newest_text(clinic_id: int, kind: str) -> ConsentText | None:
    return ConsentText.objects.filter(clinic_id=clinic_id, kind=kind).order_by("-version").first()
