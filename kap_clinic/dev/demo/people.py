"""Forty invented people: who they are, and how their intake differs from an all-clear one."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

DEPRESSION = "Depression that did not answer to two medicines"
LONG_DEPRESSION = "Depression for more than five years, with three trials behind it"
TRAUMA = "Depression after an accident, with intrusive memories"
ANXIETY = "Depression with generalised anxiety"
GRIEF = "Depression after a loss, two years on"
TWO_TRIALS = "Escitalopram and bupropion, each at full dose for over eight weeks"
OTHER_TRIALS = "Sertraline and venlafaxine, each at full dose for over eight weeks; talk therapy for a year"
THREE_TRIALS = "Fluoxetine, duloxetine and mirtazapine at full dose; behavioural activation"


@dataclass(frozen=True)
class Invented:
    """One invented patient: who, and how their intake differs from an all-clear one."""

    family: str
    given: str
    born: date
    more: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    medicines: tuple[tuple[str, str | int], ...] = ()  # what, and when last: "current", or so many days ago
    pressure: tuple[int, int] = (122, 76)
    kg: str = "74"
    allergy: tuple[str, str] | None = None
    indication: str = DEPRESSION
    tried: str = TWO_TRIALS
    therapist: str = "therapist"
    left_out: tuple[str, ...] = ()  # sections of the intake nobody has filled in yet


def _mail(name: str, **more: Any) -> dict[str, Any]:
    return {"email": f"{name}@example.org", "message_wish": "email", **more}


def _text(number: int, **more: Any) -> dict[str, Any]:
    return {"phone": f"+1202555{number:04}", "message_wish": "sms", **more}


def _call(number: int, **more: Any) -> dict[str, Any]:
    return {"phone": f"+1202555{number:04}", "message_wish": "phone", **more}


SHE, HE, THEY = {"pronouns": "she/her"}, {"pronouns": "he/him"}, {"pronouns": "they/them"}
SERTRALINE, LISINOPRIL = ("sertraline 100 mg", "current"), ("lisinopril 10 mg", "current")
ZOLPIDEM, VITAMIN = ("zolpidem 5 mg at night", "current"), ("vitamin d", "current")
SECOND, THIRD = "therapist2", "therapist3"

PEOPLE = (
    # Before a decision
    Invented("Nakagawa", "Mio", date(2000, 4, 11), _mail("mio", **SHE)),
    Invented("Beaumont", "Lucie", date(1971, 12, 3), _call(143)),
    Invented("Abebe", "Hana", date(1995, 9, 3), left_out=("heart", "vitals")),
    Invented("Kowalczyk", "Piotr", date(1983, 2, 17), _mail("piotr", **HE), therapist=SECOND),
    Invented("Whitehorse", "Dallas", date(1990, 7, 30), _text(157, **THEY), therapist=THIRD, left_out=("vitals",)),
    Invented(
        "Halvorsen",
        "Ingrid",
        date(1979, 6, 2),
        _mail("ingrid", phone="+12025550143"),
        {"hypertension_dx": "controlled", "family_psychosis": "unsure"},
        (ZOLPIDEM, SERTRALINE),
        (148, 91),
    ),
    Invented(
        "Rivera",
        "Alexandra",
        date(1987, 3, 14),
        {"preferred_name": "Alex", "phone": "+12025550111", **SHE},
        medicines=(("lamotrigine 100 mg", "current"), ("xanx 1mg as needed", "current")),
        kg="68.4",
        allergy=("penicillin", "rash"),
    ),
    Invented(
        "Osei",
        "Kwame",
        date(1992, 11, 8),
        {"phone": "+12025550128"},
        {"asq_result": "acute", "suicide_attempt": "within_3_months", "phq9_item9": 3},
    ),
    Invented(
        "Marchetti",
        "Aldo",
        date(1966, 5, 21),
        _call(160, **HE),
        medicines=(("Nardil 15 mg", 10),),
        kg="81",
        therapist=SECOND,
    ),
    Invented(
        "Okonkwo",
        "Ada",
        date(1985, 10, 9),
        _mail("ada", **SHE),
        medicines=(("ativan 0.5 mg as needed", "current"),),
        kg="66",
        therapist=THIRD,
    ),
    # Decided, on the way to a first dose
    Invented("Tanaka", "Ren", date(1969, 1, 27), _mail("ren", **THEY), medicines=(VITAMIN, ZOLPIDEM)),
    Invented("Petrossian", "Anahit", date(1978, 8, 14), _mail("anahit", **SHE), medicines=(SERTRALINE,), kg="63"),
    Invented(
        "Delacroix", "Jean", date(1959, 3, 2), _call(164), {"hypertension_dx": "controlled"}, (LISINOPRIL,), (134, 82)
    ),
    Invented(
        "Iyer",
        "Kavya",
        date(2003, 6, 25),
        _mail("kavya", phone="+12025550165", **SHE),
        kg="55",
        therapist=SECOND,
        indication=ANXIETY,
    ),
    Invented("Lindqvist", "Elsa", date(1974, 9, 19), _mail("elsa"), kg="70", therapist=THIRD, tried=THREE_TRIALS),
    # In the house now
    Invented(
        "Vance",
        "Noor",
        date(1984, 8, 19),
        _mail("noor", phone="+12025550177", **SHE),
        kg="70",
        allergy=("penicillin", "rash"),
    ),
    Invented("Mbeki", "Thandi", date(1988, 1, 5), _mail("thandi", **SHE), kg="78", therapist=SECOND),
    Invented("Castellanos", "Diego", date(1993, 12, 12), _text(178, **HE), kg="84", therapist=THIRD, indication=TRAUMA),
    Invented("Sørensen", "Mads", date(1981, 4, 4), _mail("mads"), medicines=(SERTRALINE,), kg="91", therapist=THIRD),
    Invented("Haddad", "Layla", date(1996, 2, 28), _call(179, **SHE), kg="58", therapist=THIRD, indication=ANXIETY),
    Invented("O'Malley", "Siobhan", date(1961, 7, 7), _mail("siobhan"), kg="72", indication=GRIEF),
    # In their series
    Invented("Nguyen", "Linh", date(1990, 5, 16), _mail("linh", **SHE), kg="54", tried=OTHER_TRIALS),
    Invented(
        "Farouk",
        "Omar",
        date(1976, 11, 23),
        _mail("omar", phone="+12025550181", **HE),
        kg="88",
        therapist=SECOND,
        indication=TRAUMA,
    ),
    Invented("Kaplan", "Ruth", date(1948, 2, 9), _call(182, **SHE), medicines=(VITAMIN,), kg="61", indication=GRIEF),
    Invented("Tuilagi", "Sione", date(1989, 9, 1), _mail("sione", **HE), kg="104", therapist=THIRD),
    Invented("Ramos", "Beatriz", date(1998, 3, 22), _text(184, **SHE), kg="59", therapist=SECOND, indication=ANXIETY),
    Invented("Andersson", "Nils", date(1972, 6, 18), _mail("nils"), medicines=(SERTRALINE,), kg="80"),
    Invented(
        "Chowdhury", "Farid", date(1986, 12, 30), _mail("farid"), {"psychosis_ever": "yes"}, kg="69", therapist=THIRD
    ),
    # On hold, closing, on maintenance
    Invented("Bergmann", "Lena", date(1980, 10, 27), _call(186, **SHE), kg="67", therapist=SECOND),
    Invented("Mwangi", "Grace", date(1977, 1, 15), _mail("grace", **SHE), kg="74", tried=OTHER_TRIALS),
    Invented("Sato", "Hiro", date(1964, 8, 8), _mail("hiro"), kg="65", indication=LONG_DEPRESSION, tried=THREE_TRIALS),
    Invented(
        "Fitzgerald", "Nora", date(1991, 4, 29), _mail("nora", phone="+12025550188", **SHE), kg="62", therapist=SECOND
    ),
    Invented("Alvarez", "Mateo", date(1969, 9, 10), _mail("mateo", **HE), kg="86", indication=LONG_DEPRESSION),
    # Come to an end
    Invented("Dubois", "Camille", date(1994, 11, 2), _mail("camille", **THEY), kg="57", therapist=THIRD),
    Invented("Kim", "Seo-yeon", date(1982, 5, 5), _mail("seoyeon", **SHE), kg="56", tried=OTHER_TRIALS),
    Invented(
        "Jefferson",
        "Marcus",
        date(1975, 3, 26),
        _mail("marcus", phone="+12025550190", **HE),
        kg="95",
        indication=TRAUMA,
        therapist=SECOND,
    ),
    Invented("Popescu", "Ioana", date(1987, 7, 13), _mail("ioana", **SHE), kg="64", therapist=THIRD),
    Invented("Hale", "Winifred", date(1953, 12, 19), _call(191), {"cardiovascular_event": "within_6_weeks"}, kg="60"),
    Invented("Teixeira", "Rui", date(1999, 10, 6), _mail("rui", **HE), kg="77", therapist=SECOND),
    Invented(
        "Yilmaz",
        "Deniz",
        date(1984, 2, 20),
        _mail("deniz", phone="+12025550192"),
        kg="73",
        indication=ANXIETY,
        therapist=THIRD,
    ),
)
BY_FAMILY = {one.family: one for one in PEOPLE}
