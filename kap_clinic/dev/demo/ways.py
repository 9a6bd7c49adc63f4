"""How far each of the forty has come. Days are working days from today; minutes are before the moment of filling."""

from dataclasses import dataclass, field

from patients.course.terms import Ending


@dataclass(frozen=True)
class Dose:
    """One dose day: when the patient comes, how it ends, what the PHQ-9 came to that morning (None: not asked).

    `ends`: "closed" or "home" (signed or not), a side exit, or "" where the clock ends it. `minutes`: since the dose,
    of one who is in the house now (before it: negative).
    """

    day: int
    phq: int | None = None
    ends: str = "closed"
    at: str = "08:30"
    minutes: int | None = None
    set_aside: str = ""  # the item of the gate that was overridden


@dataclass(frozen=True)
class Way:
    """A course with doses: when the intake was, what was found then, the dose days, and how it ended."""

    intake: int
    phq: int
    doses: tuple[Dose, ...] = ()
    planned: int = 6
    mg: int = 40
    asked_late: bool = False  # no complete PHQ-9 in the two weeks before the first dose
    decided: str = "approve"
    end: str = ""  # closing, completed, maintenance, ended_early
    ending: Ending | str = ""
    phq_after: int | None = None
    review: str = ""  # the continue-or-stop review that was signed
    prepare_after: int = 3
    gad: tuple[int, int] = (11, 7)
    words: dict[str, str] = field(default_factory=dict)


NOON = "12:45"
WAYS: dict[str, Way] = {
    # In the house now
    "Vance": Way(-18, 18, (Dose(-10, 17), Dose(-5, 12), Dose(0, 10, "", minutes=47))),
    "Mbeki": Way(-9, 16, (Dose(0, 15, "", minutes=93),), mg=45),
    "Castellanos": Way(-9, 19, (Dose(0, 19, "stopped", minutes=34),), mg=50),
    "Sørensen": Way(-14, 17, (Dose(-6, 17), Dose(0, 14, "", minutes=-4)), mg=55),
    "Haddad": Way(-8, 15, (Dose(0, 15, "", minutes=-14),), mg=35),
    "O'Malley": Way(-10, 19, (Dose(0, 18, "", minutes=124),)),
    # In their series
    "Nguyen": Way(-16, 19, (Dose(-8, 18, at=NOON), Dose(-3, 10, "left"), Dose(3)), mg=30),
    "Farouk": Way(
        -24,
        17,
        (Dose(-16, 17, "expired"), Dose(-11, None, "no_show"), Dose(-2, 12, "home"), Dose(4, at=NOON)),
        mg=50,
    ),
    "Kaplan": Way(-13, 16, (Dose(-5, 16, "failed"), Dose(-1, 15, "home"), Dose(5)), mg=25),
    "Tuilagi": Way(-12, 18, (Dose(-4, 18, "called_off", set_aside="fasting"), Dose(2)), mg=60),
    "Ramos": Way(-18, 14, (Dose(-10, 14), Dose(-5, 18, at=NOON), Dose(-1, None, "cancelled")), mg=35),
    "Andersson": Way(-20, 17, (Dose(-12, 17), Dose(6)), mg=45),
    "Chowdhury": Way(-10, 18, (Dose(-2, 18, "home", set_aside="labs"), Dose(7)), mg=35, decided="dual"),
    # On hold, closing, on maintenance
    "Bergmann": Way(-11, 17, (Dose(-3, 16, "transferred"),)),
    "Mwangi": Way(-20, 19, (Dose(-12, 19),), 2, 45, end="closing", phq_after=7, review="stop"),
    "Sato": Way(-28, 18, (Dose(-20, 18, at=NOON),), 1, 35, end="closing", phq_after=13),
    "Fitzgerald": Way(-32, 19, (Dose(-24, 19),), 1, 35, end="maintenance", phq_after=8, review="maintenance"),
    "Alvarez": Way(-34, 19, (Dose(-26, 19),), 1, 50, end="maintenance", phq_after=12, review="maintenance"),
    # Come to an end
    "Dubois": Way(-40, 18, (Dose(-32, 17), Dose(-28, 9)), 2, 30, end="completed", ending=Ending.GOALS_MET, phq_after=4),
    "Kim": Way(-38, 17, (Dose(-29, 17),), 1, 30, end="completed", ending=Ending.PARTIAL, phq_after=11),
    "Popescu": Way(
        -37, 19, (Dose(-23, None),), 1, 35, asked_late=True, end="completed", ending=Ending.PARTIAL, phq_after=10
    ),
    "Jefferson": Way(
        -35, 18, (Dose(-27, 18),), mg=50, end="ended_early", ending=Ending.NO_BENEFIT, phq_after=17, review="stop"
    ),
    "Yilmaz": Way(-26, 15, (Dose(-18, 14),), end="ended_early", ending=Ending.PATIENT_CHOICE, phq_after=13),
}


@dataclass(frozen=True)
class Plan:
    """One other visit: who comes when to whom. `ends` is what becomes of it; None of a room: by video."""

    family: str
    day: int
    at: str
    minutes: int
    who: str
    kind: str = "consult"
    ends: str = "completed"
    video: bool = False


PLANS = (
    Plan("Halvorsen", -5, "10:00", 45, "prescriber"),
    Plan("Rivera", -6, "14:00", 45, "therapist", ends="cancelled"),
    Plan("Osei", -4, "09:30", 45, "therapist"),
    Plan("Abebe", -3, "15:00", 45, "therapist2", ends="no_show"),
    Plan("Tanaka", -2, "09:00", 60, "therapist", "preparation"),
    Plan("Rivera", 0, "09:00", 45, "therapist", video=True),
    Plan("Halvorsen", 0, "09:00", 45, "prescriber"),
    Plan("Osei", 0, "10:30", 60, "therapist"),
    Plan("Abebe", 0, "11:00", 45, "therapist2"),
    Plan("Tanaka", 0, "13:00", 60, "therapist", "preparation"),
    Plan("Marchetti", 0, "13:30", 45, "prescriber"),
    Plan("Halvorsen", 0, "14:30", 30, "prescriber"),
    Plan("Iyer", 0, "10:00", 60, "therapist2", "preparation"),
    Plan("Lindqvist", 0, "11:30", 60, "therapist3", "preparation"),
    Plan("Nakagawa", 0, "16:00", 30, "director"),
    Plan("Bergmann", 0, "09:30", 45, "director"),
    Plan("Rivera", 3, "10:00", 45, "prescriber"),
    Plan("Petrossian", 1, "10:00", 60, "therapist", "preparation"),
    Plan("Delacroix", 2, "09:30", 60, "therapist", "preparation"),
    Plan("Okonkwo", 4, "11:00", 45, "prescriber", video=True),
    Plan("Osei", 5, "11:00", 60, "therapist"),
    Plan("Beaumont", 6, "15:00", 30, "director"),
    Plan("Fitzgerald", 8, "10:00", 45, "therapist2", "integration"),
    Plan("Alvarez", 9, "14:00", 45, "therapist", "integration"),
    Plan("Mwangi", 1, "15:00", 60, "therapist", "integration"),
    Plan("Sato", 4, "09:00", 60, "therapist", "integration"),
)
