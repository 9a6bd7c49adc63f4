"""The 45 rules as a table (screening-rules 5). Pure; the table itself is `rules.json`."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from screening.rules.settings import DEFAULTS, Settings
from screening.rules.severity import OverrideKind, Severity

TEXT = Path(__file__).with_name("rules.json").read_text(encoding="utf-8")
DATA = json.loads(TEXT)
VERSION = f"{DATA['version']}-{hashlib.sha256(TEXT.encode()).hexdigest()[:8]}"  # kept beside each result

INPUTS = {"answer": "answer", "class": "medicine", "tag": "medicine", "number": "number", "reading": "reading"}
COMPARISONS = ("at_least", "above", "below")


@dataclass(frozen=True, slots=True)
class Tier:
    """One way a rule fires: on which input, compared how, and how serious that is.

    `input` says what `key` names: an "answer" (one of `codes`), the class or tag of a "medicine" in use (or, with
    `within`, taken within that setting's days), a "number" (`comparison` with `limit`), or the "reading" of a text.
    """

    input: str
    key: str
    severity: Severity
    codes: tuple[str, ...] = ()
    comparison: str = ""
    limit: str | float = ""  # a setting's name, or a fixed number
    within: str = ""
    as_needed: bool = False
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def bound(self, settings: Settings) -> float:
        """The number to compare with."""
        return getattr(settings, self.limit) if isinstance(self.limit, str) else self.limit

    def days(self, settings: Settings) -> float | None:
        """Days to look back, or None for the window of the class."""
        return getattr(settings, self.within) if self.within else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in the words of the table: what it asks, when it fires, why, and what to do."""

    id: str
    title: str
    seed: bool
    domain: str
    override: OverrideKind | None  # None: it never blocks
    tiers: tuple[Tier, ...]
    words: str
    why: str
    do: str
    sources: str

    @property
    def asks(self) -> tuple[str, ...]:
        """The inputs it reads: questions, classes, tags, numbers."""
        return tuple(dict.fromkeys(tier.key for tier in self.tiers))

    @property
    def in_words(self) -> str:
        """When it fires with the default limits, for display."""
        return rule_in_words(self.id)

    @property
    def most_severe(self) -> Severity:
        """The highest severity it can fire at."""
        return min((tier.severity for tier in self.tiers), key=lambda severity: severity.rank)


def rule_in_words(rule_id: str, settings: Settings = DEFAULTS) -> str:
    """When a rule fires with these limits: "Stop at 160/100 or more; ..."."""
    limits = {limit.name: f"{getattr(settings, limit.name):g}" for limit in fields(settings)}
    return RULES[rule_id].words.format(**limits)


def override_kind(rule_id: str, severity: str) -> OverrideKind | None:
    """Who may set a finding aside (screening-rules 1.3 and the end of 5). None: it does not block, so nobody needs to.

    The kind of the table is for the most serious tier; a second, `needs_prescriber_decision` tier always takes one
    prescriber's approval.
    """
    rule = RULES[rule_id]
    if severity not in (Severity.CONTRAINDICATED, Severity.NEEDS_PRESCRIBER_DECISION):
        return None
    return rule.override if severity == rule.most_severe else OverrideKind.SINGLE


def _tier(entry: Mapping[str, Any]) -> Tier:
    source = next(name for name in INPUTS if name in entry)
    comparison = next((name for name in COMPARISONS if name in entry), "")
    return Tier(
        input=INPUTS[source],
        key=entry[source],
        severity=Severity(entry["severity"]),
        codes=tuple(entry.get("is", ())),
        comparison=comparison,
        limit=entry.get(comparison, ""),
        within=entry.get("within", ""),
        as_needed=entry.get("as_needed", False),
        when=tuple((key, tuple(codes)) for key, codes in entry.get("when", {}).items()),
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        title=entry["title"],
        seed=entry["seed"],
        domain=entry["domain"],
        override=entry["override"] and OverrideKind(entry["override"]),
        tiers=tuple(map(_tier, entry["fires"])),
        words=entry["in_words"],
        why=entry["why"],
        do=entry["do"],
        sources=entry["sources"],
    )


RULES: Mapping[str, Rule] = {entry["id"]: _rule(entry) for entry in DATA["rules"]}  # in the order of the table

Watching = Mapping[tuple[str, str], Sequence[tuple[str, Tier]]]


def _watching() -> tuple[Watching, Watching]:
    """Which tiers watch an input: (input, key) -> rule and tier, and for answers (question, code) -> rule and tier."""
    inputs: dict[tuple[str, str], list[tuple[str, Tier]]] = defaultdict(list)
    answers: dict[tuple[str, str], list[tuple[str, Tier]]] = defaultdict(list)
    for rule in RULES.values():
        for tier in rule.tiers:
            inputs[tier.input, tier.key].append((rule.id, tier))
            for code in tier.codes:
                answers[tier.key, code].append((rule.id, tier))
    return dict(inputs), dict(answers)


WATCHING, WATCHING_ANSWERS = _watching()
