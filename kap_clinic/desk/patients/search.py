"""Which patients a text finds. Equality and ranges on the record's search keys only (security.md, exit 6)."""

from dataclasses import dataclass

from django.db.models import Q
from rapidfuzz import fuzz

from kap_clinic.accounts.membership import Member
from kap_clinic.desk.patients.asking import Asked, read
from kap_clinic.desk.patients.listing import lines, with_stage
from kap_clinic.desk.patients.rows import COLUMNS, PAGE, PatientRow
from patients.record import phones
from patients.record.models import Patient

LAST = "\U0010ffff"  # sorts after every letter
NEAR_LETTERS, NEAR_ROWS, NEAREST = 2, 300, 5
ALIKE = 65  # of 100; below it two names are not meant for each other


@dataclass(frozen=True)
class Found:
    """What a search found, at most 50; `more` says that others match too. Without a match, names that are near."""

    asked: Asked
    rows: list[PatientRow]
    more: bool
    nearest: list[PatientRow]


def search(member: Member, text: str) -> Found:
    """Patients this person may find that fit the text. What they may not find is as if it were not there."""
    asked = read(text, phones.country_of(member.zone))
    matches = _matches(member, asked)
    near = [] if matches else _nearest(member, asked)
    rows = lines([*matches[:PAGE], *near])
    return Found(asked, rows[: len(matches)], len(matches) > PAGE, rows[len(matches) :])


def _matches(member: Member, asked: Asked) -> list[tuple]:
    asks = _any_of(asked)
    if asks is None:
        return []
    found = Patient.objects.visible_to(member).filter(asks).order_by("family_key", "given_key", "id")
    return list(with_stage(found).values_list(*COLUMNS, "stage")[: PAGE + 1])


def _any_of(asked: Asked) -> Q | None:
    asks = [_name(*pair) for pair in asked.names]
    if asked.born:
        asks.append(Q(birth_date__in=asked.born))
    if asked.number is not None:
        asks.append(Q(record_number=asked.number))
    if asked.tail:
        asks.append(Q(phone_tail=asked.tail))
    if asked.phone:
        asks.append(Q(phone_tail=phones.tail(asked.phone), phone=asked.phone))
    whole: Q | None = None
    for ask in asks:
        whole = ask if whole is None else whole | ask
    return whole


def _name(family: str, given: str) -> Q:
    called = begins("given_key", given) | begins("preferred_key", given) if given else Q()
    return (begins("family_key", family) if family else Q()) & called


def begins(column: str, prefix: str) -> Q:
    """The rows whose key starts so, as a range an index can serve."""
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST})


def _nearest(member: Member, asked: Asked) -> list[tuple]:
    """Names that begin alike and look alike, the likest first: for a slip of the finger."""
    words = {word for pair in asked.names for part in pair for word in part.split() if len(word) > NEAR_LETTERS}
    if not words:
        return []
    asks = Q()
    for word in words:
        asks |= begins("family_key", word[:NEAR_LETTERS]) | begins("given_key", word[:NEAR_LETTERS])
    found = Patient.objects.visible_to(member).filter(asks).order_by("id")
    keyed = with_stage(found).values_list(*COLUMNS, "stage", "family_key", "given_key")[:NEAR_ROWS]
    scored = [(_likeness(words, family, given), values) for *values, family, given in keyed]
    best = sorted((one for one in scored if one[0] >= ALIKE), key=lambda one: -one[0])[:NEAREST]
    return [tuple(values) for _, values in best]


def _likeness(words: set[str], family: str, given: str) -> float:
    return max(fuzz.ratio(word, key) for word in words for key in (family, given))
