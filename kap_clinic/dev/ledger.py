"""A slow second account of who is eligible and where a course stands, to hold the real one against.

Written from screening-rules 1 and protocol 2 alone, in plain Python. It imports none of the rules, policies or moves;
what fires is a short table by hand, each line after one of the 48 worked intakes of screening-rules 8.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

STOP, DECIDE, CAUTION, INFORMATION = "contraindicated", "needs_prescriber_decision", "caution", "information"
MILDEST_FIRST = (INFORMATION, CAUTION, DECIDE, STOP)
VALID_DAYS, SET_ASIDE_DAYS = 30, 90  # screening-rules 6, PD
ACCEPTED = {"accept", "accept_with_condition"}
CLOSED = {"completed", "declined", "ended_early"}


@dataclass(frozen=True)
class Trait:
    """One way an intake differs from sc-001, where nothing is found, and the one rule that then fires."""

    case: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    vitals: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    severity: str = ""


HEAVY, LIGHT, GAP = 172, 74, "gap"
TRAITS: Mapping[str, Trait] = {
    "psychosis": Trait("sc-003", {"psychosis_ever": "yes"}, {}, "seed-psychosis-history", STOP),
    "perhaps psychosis": Trait("sc-029", {"psychosis_ever": "unsure"}, {}, "seed-psychosis-history", DECIDE),
    "stimulant": Trait("sc-007", {"stimulant_now": "yes"}, {}, "seed-stimulant", STOP),
    "bleed": Trait("sc-029", {"aneurysm_avm_or_brain_bleed": "yes"}, {}, "aneurysm-avm-or-brain-bleed", STOP),
    "stop pressure": Trait("sc-011", {}, {"systolic": 165, "diastolic": 92}, "blood-pressure", STOP),
    "high pressure": Trait("sc-010", {}, {"systolic": 148, "diastolic": 92}, "blood-pressure", CAUTION),
    "family": Trait("sc-015", {"family_psychosis": "yes"}, {}, "family-history-psychosis", DECIDE),
    "no escort": Trait("sc-029", {"escort": "no"}, {}, "no-escort", DECIDE),
    "asthma": Trait("sc-028", {"respiratory": "mild"}, {}, "respiratory-disease", CAUTION),
    "treated pressure": Trait("sc-028", {"hypertension_dx": "controlled"}, {}, "hypertension-history", INFORMATION),
    "heavy": Trait("sc-023", {}, {"weight": {"value": HEAVY, "unit": "kg"}}, "weight-check", DECIDE),
    GAP: Trait("sc-020", {"mania_ever": None}),
}
EXCLUDE = ({"psychosis", "perhaps psychosis"}, {"stop pressure", "high pressure"})  # of each at most one

# Text -> for each line: days since the last dose (its last day included), rule, severity.
MEDICINES: Mapping[str, tuple[tuple[int, str, str], ...]] = {
    "Nardil 15 mg": ((14, "seed-maoi", STOP),),  # sc-008, sc-009
    "Xanax 0.5 mg": ((7, "seed-benzodiazepine", STOP), (28, "seed-benzodiazepine", CAUTION)),  # sc-006
    "Suboxone 8/2 film daily": ((3, "med-opioid", DECIDE),),  # sc-013
    "small blue sleep pill from my aunt": ((30, "med-unrecognised", DECIDE),),  # sc-021
    "gabapentin 300 mg": ((3, "med-sedative", CAUTION),),  # sc-014
    "Zoloft 100 mg daily": ((7, "med-information", INFORMATION),),  # sc-002
    "Coke Zero": (),  # sc-042
}
SUICIDE = {"negative": "", "non_acute": DECIDE, "acute": STOP, "unknown_acuity": STOP}

# Who sets a finding aside (screening-rules 1.3 and 5); one prescriber where nothing else is said.
NOBODY = {("aneurysm-avm-or-brain-bleed", STOP), ("blood-pressure", STOP), ("weight-check", DECIDE)}
TWO = {("seed-psychosis-history", STOP), ("seed-maoi", STOP), ("suicide-risk", STOP)}

T, P, A, PATIENT, SYSTEM = "therapist", "prescriber", "admin", "patient", "system"
ROLES = (T, P, A, PATIENT, SYSTEM, "nurse", "medical_director", "front_desk")
ENDS = ({P, PATIENT}, {"reason", "safety_plan"})
COURSE: Mapping[tuple[str, str], tuple[set[str], set[str]]] = {  # protocol 2: who, what must be true
    ("inquiry", "intake"): ({A}, {"privacy_signed", "identity_checked"}),
    ("intake", "screening_review"): ({PATIENT, T}, {"screening_complete", "baseline_done"}),
    ("screening_review", "intake"): ({T, P, SYSTEM}, {"reason"}),
    ("screening_review", "enrolled"): (
        {P},
        {"eligible", "live_visit_done", "indication_noted", "monitoring_checked"},
    ),
    ("screening_review", "declined"): ({P}, {"reason", "offered_instead"}),
    ("inquiry", "declined"): ({A, T, PATIENT}, {"reason"}),
    ("intake", "declined"): ({A, T, PATIENT}, {"reason"}),
    ("enrolled", "preparation"): ({T}, {"financial_talk", "treatment_talk", "therapist_assigned"}),
    ("preparation", "dosing_series"): (
        {P},
        {"preparation_done", "treatment_valid", "touch_valid", "order_signed", "emergency_contact", "escort"},
    ),
    ("dosing_series", "on_hold"): ({T, P, SYSTEM}, {"reason"}),
    ("maintenance", "on_hold"): ({T, P, SYSTEM}, {"reason"}),
    ("on_hold", "dosing_series"): ({P}, {"gates_closed", "reason"}),
    ("dosing_series", "closing"): ({T, P}, {"series_over"}),
    ("maintenance", "closing"): ({T, P}, {"series_over"}),
    ("closing", "completed"): ({T}, {"last_integration", "end_scales", "relapse_plan", "letters"}),
    ("closing", "maintenance"): ({P}, {"benefit_shown", "maintenance_plan", "consent_renewed", "exposure_reviewed"}),
    **{
        (stage, "ended_early"): ENDS
        for stage in ("enrolled", "preparation", "dosing_series", "on_hold", "closing", "maintenance")
    },
}
STAGES = sorted({stage for row in COURSE for stage in row})


@dataclass
class Row:
    """One line of the patient's list of medicines; `taken` is a date, "current", or "" when nobody knows."""

    text: str
    taken: str
    ended: date | None = None

    def days(self, on: date) -> int | None:
        """Days since the last dose; None: not known, so it counts as taken today and is missing."""
        taken = self.taken
        if self.ended and taken in ("", "current"):
            taken = self.ended.isoformat()
        if taken == "current":
            return 0
        return max(0, (on - date.fromisoformat(taken)).days) if taken else None


@dataclass
class Draft:
    on: date
    traits: set[str]
    listed: dict[str, str]  # text -> last taken


@dataclass
class SetAside:
    """An override: who made it, who seconded it, its days, and whether it lapsed."""

    by: int
    on: date
    until: date
    second: int | None = None
    lapsed: bool = False


@dataclass
class Approval:
    on: date
    until: date
    said: dict[str, str]  # rule -> judgement


@dataclass
class Version:
    """One submitted version: of whose answers, what fired, what is missing, and what became of it."""

    asked_on: date
    traits: set[str]
    findings: dict[str, str]
    missing: set[int] = field(default_factory=set)  # places of medicines nobody knows the date of
    state: str = "submitted"
    course_over: bool = False  # the course it was answered for is closed
    approval: Approval | None = None
    overrides: dict[str, SetAside] = field(default_factory=dict)


@dataclass
class Ledger:
    versions: list[Version] = field(default_factory=list)
    draft: Draft | None = None
    medicines: list[Row] = field(default_factory=list)
    asq: str = "negative"
    item9: int = 0
    audit_c: int = 1
    weight: int | None = None  # kg, measured since the newest version
    courses: list[list[str]] = field(default_factory=lambda: [["inquiry"]])

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def stage(self) -> str:
        return self.courses[-1][-1]

    # Facts

    def found(self, traits: set[str], on: date) -> dict[str, str]:
        """What fires on these answers with the facts as they are: rule -> its highest severity."""
        worst: dict[str, str] = {}
        for rule, severity in self._asked(traits, on):
            if rule not in worst or _rank(severity) > _rank(worst[rule]):
                worst[rule] = severity
        return worst

    def _asked(self, traits: set[str], on: date) -> Iterator[tuple[str, str]]:
        for name in traits:
            if TRAITS[name].rule:
                yield TRAITS[name].rule, TRAITS[name].severity
        for row in self.medicines:
            days = row.days(on) or 0
            yield from ((rule, severity) for window, rule, severity in MEDICINES[row.text] if days <= window)
        if SUICIDE[self.asq]:
            yield "suicide-risk", SUICIDE[self.asq]
        elif self.item9 >= 1:
            yield "suicide-risk", CAUTION
        if self.audit_c >= 3:
            yield "substance-use", DECIDE if self.audit_c >= 8 else CAUTION

    def undated(self, on: date) -> set[int]:
        return {place for place, row in enumerate(self.medicines) if row.days(on) is None}

    # What is done. Each answers whether it may happen, and when it may, writes it down.

    def submit(self) -> bool:
        draft = self.draft
        if draft is None or GAP in draft.traits or self.stage == "inquiry":
            return False
        before = [Row(row.text, row.taken, row.ended) for row in self.medicines]
        self._take_over(draft.listed)
        if self.undated(draft.on):
            self.medicines = before
            return False
        self._close_newest()
        self.versions.append(Version(draft.on, set(draft.traits), self.found(draft.traits, draft.on)))
        self.draft, self.weight = None, None
        if self.stage == "intake":
            self.go("screening_review")
        return True

    def _take_over(self, listed: Mapping[str, str]) -> None:
        """What the intake says of a medicine is the newest word on it; what it does not name stays."""
        for text, taken in listed.items():
            same = [row for row in self.medicines if row.text == text and row.ended is None]
            for row in same:
                row.taken = taken
            if not same:
                self.medicines.append(Row(text, taken))

    def _close_newest(self) -> None:
        """A newer version: the one before counts no more and its overrides lapse."""
        if self.newest:
            self.newest.state = "superseded"
            for override in self.newest.overrides.values():
                override.lapsed = True

    def facts_changed(self, on: date) -> None:
        """Something worse, or not known any more, closes what was approved; better facts change nothing."""
        last = self.newest
        if last is None or last.state == "declined":
            return
        traits = set(last.traits)
        if self.weight is not None:
            traits = traits - {"heavy"} | ({"heavy"} if self.weight == HEAVY else set())
        findings, missing = self.found(traits, on), self.undated(on)
        risen = [
            rule
            for rule, severity in findings.items()
            if severity != INFORMATION and (rule not in last.findings or _rank(severity) > _rank(last.findings[rule]))
        ]
        if risen or missing - last.missing:
            if _overall(findings, missing) > _overall(last.findings, last.missing):
                self.hold()
            self._close_newest()
            self.versions.append(Version(last.asked_on, traits, findings, missing, course_over=last.course_over))
            self.weight = None

    def override(self, rule: str, *, by: int, until: date, on: date, is_whole: bool) -> bool:
        """`is_whole`: the reason has 30 characters and there is a risk plan."""
        version = self.newest
        if version is None or version.state != "submitted" or not is_whole:
            return False
        if (rule, STOP) in NOBODY or version.findings.get(rule) != STOP:
            return False
        standing = version.overrides.get(rule)
        if not on <= until <= on + timedelta(days=SET_ASIDE_DAYS) or (standing and on <= standing.until):
            return False
        version.overrides[rule] = SetAside(by, on, until)
        return True

    def second(self, rule: str, *, by: int) -> bool:
        override = self.newest.overrides.get(rule) if self.newest else None
        if override is None or override.lapsed or override.second or override.by == by or (rule, STOP) not in TWO:
            return False
        override.second = by
        return True

    def approve(self, said: dict[str, str], *, until: date, on: date, conditions: bool, is_whole: bool) -> bool:
        """`said`: rule -> judgement; `is_whole`: the reason and every word on a finding has 30 characters."""
        version = self.newest
        if version is None or version.state != "submitted" or not is_whole or version.missing:
            return False
        if not on <= until <= on + timedelta(days=SET_ASIDE_DAYS) or "not_safe_now" in said.values():
            return False
        if "accept_with_condition" in said.values() and not conditions:
            return False
        if not all(self._is_answered(version, rule, said, on) for rule in version.findings):
            return False
        version.state, version.approval = "decided", Approval(on, until, said)
        return True

    def ask_for_more(self) -> bool:
        if self.newest is None or self.newest.state != "submitted":
            return False
        self.newest.state = "more_asked"
        if self.stage == "screening_review":
            self.go("intake")
        return True

    def decline(self, *, offered: bool) -> bool:
        if self.newest is None or self.newest.state != "submitted":
            return False
        if self.stage == "screening_review":
            if not offered:
                return False
            self.go("declined")
        self.newest.state = "declined"
        return True

    # What holds

    def eligible(self, on: date) -> bool:
        """Nothing missing, every stop overridden, every decision taken, every caution seen, and all of it in date."""
        version = self.newest
        if version is None or version.state != "decided" or version.approval is None or version.course_over:
            return False
        given = version.approval
        if version.missing or (on - version.asked_on).days > VALID_DAYS:
            return False
        if on > min(given.until, given.on + timedelta(days=SET_ASIDE_DAYS)):
            return False
        return all(self._is_answered(version, rule, given.said, on) for rule in version.findings)

    def _is_answered(self, version: Version, rule: str, said: Mapping[str, str], on: date) -> bool:
        severity = version.findings[rule]
        if severity == INFORMATION:
            return True
        if severity == CAUTION:
            return rule in said
        if (rule, severity) in NOBODY:
            return False
        if severity == DECIDE:
            return said.get(rule) in ACCEPTED
        override = version.overrides.get(rule)
        if override is None or override.lapsed or not on <= override.until:
            return False
        return (rule, severity) not in TWO or override.second not in (None, override.by)

    # The course

    def may_move(self, to: str, *, role: str, true: set[str]) -> bool:
        who, needs = COURSE.get((self.stage, to), (set(), set()))
        return role in who and needs <= true

    def go(self, to: str) -> None:
        assert (self.stage, to) in COURSE
        self.courses[-1].append(to)
        if to in CLOSED:
            for version in self.versions:
                version.course_over = True

    def hold(self) -> None:
        """A critical answer, or rules that found worse, stop a course between doses (protocol 5)."""
        if self.stage in ("dosing_series", "maintenance"):
            self.go("on_hold")

    def open_course(self) -> None:
        if self.stage in CLOSED:
            self.courses.append(["inquiry"])


def is_along_the_table(moves: list[tuple[str, str]], stage: str) -> bool:
    """Whether these moves (before, after) of one course follow each other from inquiry to where it stands."""
    if not moves or moves[0] != ("", "inquiry") or moves[-1][1] != stage:
        return False
    return all(after[0] == before[1] and (after[0], after[1]) in COURSE for before, after in pairwise(moves))


def _overall(findings: Mapping[str, str], missing: set[int]) -> float:
    """How bad it is in all: what is missing weighs more than anything but a stop (screening-rules 1.2)."""
    worst = max((_rank(severity) for severity in findings.values()), default=0)
    return max(worst, 2.5) if missing else worst


def _rank(severity: str) -> int:
    return MILDEST_FIRST.index(severity)
