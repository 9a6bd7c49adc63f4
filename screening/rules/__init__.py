"""May this person have ketamine here? The screening rules: 45 rules as data, and an evaluator that explains itself.

Pure: no database, no clock, no Django. `evaluate()` answers an intake; `rules.json`, `questions.json` and `settings`
hold what it asks and compares (screening-rules 1 to 6).
"""

from screening.rules.conditions import Condition, reasons_against, upper_mg, what_is_wrong
from screening.rules.eligibility import SetAside, Signature, SignedAs, eligible, reasons_not_eligible
from screening.rules.evaluate import Finding, Result, evaluate, evaluate_line
from screening.rules.intake import KG_PER_LB, UnusableIntake
from screening.rules.questions import QUESTIONS, SECTIONS, VITALS, Question, Vital, name_in_words, questions_in
from screening.rules.settings import DEFAULTS, Settings, limits, weakened
from screening.rules.severity import Overall, OverrideKind, Severity, blocks
from screening.rules.table import RULES, VERSION, Rule, Tier, override_kind, rule_in_words

__all__ = [
    "DEFAULTS",
    "KG_PER_LB",
    "QUESTIONS",
    "RULES",
    "SECTIONS",
    "VERSION",
    "VITALS",
    "Condition",
    "Finding",
    "Overall",
    "OverrideKind",
    "Question",
    "Result",
    "Rule",
    "SetAside",
    "Settings",
    "Severity",
    "Signature",
    "SignedAs",
    "Tier",
    "UnusableIntake",
    "Vital",
    "blocks",
    "eligible",
    "evaluate",
    "evaluate_line",
    "limits",
    "name_in_words",
    "override_kind",
    "questions_in",
    "reasons_against",
    "reasons_not_eligible",
    "rule_in_words",
    "upper_mg",
    "weakened",
    "what_is_wrong",
]
