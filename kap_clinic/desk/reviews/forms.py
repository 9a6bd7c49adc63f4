"""The prescriber's forms: one decision with its judgements, and an override of one stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from kap_clinic.desk.reviews.selectors import Line
from kap_clinic.web.forms import ClinicForm, NumberField
from screening import rules
from screening.policies import APPROVALS
from screening.terms import ConditionKind, Decision, Disposition, Judgement, Route


@dataclass(frozen=True)
class Box:
    """One finding and the fields that judge it; a stop and a note have none."""

    line: Line
    judgement: forms.BoundField | None
    words: forms.BoundField | None


JUDGEMENTS = [(choice.value, choice.label) for choice in Judgement if choice != Judgement.SEEN]


ROWS = 6  # typed conditions of one approval; more than that is a plan, and goes into words
KINDS = [(kind.value, kind.label) for kind in ConditionKind if kind != ConditionKind.IN_WORDS]
FIELDS_OF = {
    ConditionKind.UPPER_MG: ("mg", "route"),
    ConditionKind.EXTRA_CHECK: ("words",),
    ConditionKind.MEDICINE_HOLD: ("medicine", "disposition", "hours_before", "words"),
    ConditionKind.CONFIRM_ON_DAY: ("words",),
}


class ConditionForm(ClinicForm):
    """One typed condition; a row nobody chose a kind for is no condition. Its inputs belong to the form #decision."""

    kind = forms.ChoiceField(label="Kind", choices=KINDS, required=False)
    mg = NumberField(
        label="Upper limit in a session",
        unit="mg",
        example="55",
        required=False,
        decimal_places=2,
        error_messages={"max_decimal_places": "Enter at most two decimals."},
        help_text="Boosters included",
    )
    route = forms.ChoiceField(label="Route", choices=[("", "Any route"), *Route.choices], required=False)
    medicine = forms.CharField(
        label="Medicine",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"list": "medicines-typed", "autocomplete": "off"}),
    )
    disposition = forms.ChoiceField(label="What happens to it", choices=Disposition.choices, required=False)
    hours_before = forms.IntegerField(
        label="Last taken before the dose",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Enter the hours as a whole number, like 24."},
    )
    words = forms.CharField(
        label="Words",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Write at most 500 characters."},
    )

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"condition-{number}", **kwargs)
        self.number = number
        for name, field in self.fields.items():
            field.widget.attrs |= {"form": "decision", "class": "form-select" if name == "route" else "form-control"}

    def clean(self) -> dict[str, Any]:
        """Only what belongs to the chosen kind is asked; the rest is not on the page and says nothing."""
        data = super().clean() or {}
        kind = data.get("kind")
        if not kind:
            if not self.errors and any(str(data.get(name) or "").strip() for name in FIELDS_OF_ANY):
                self.add_error("kind", "Choose what kind of condition this is, or empty it.")
            return data
        for name in set(self.errors) - {*FIELDS_OF[ConditionKind(kind)], "kind"}:
            del self.errors[name]
        for name, sentence in rules.what_is_wrong(self._condition(data)).items():
            if name not in self.errors:
                self.add_error(name, sentence)
        return data

    def condition(self) -> rules.Condition | None:
        return self._condition(self.cleaned_data) if self.cleaned_data.get("kind") else None

    @staticmethod
    def _condition(data: dict[str, Any]) -> rules.Condition:
        kind = ConditionKind(data["kind"])
        said = {name: data[name] for name in FIELDS_OF[kind] if data.get(name) not in (None, "")}
        if said.get("disposition") != Disposition.HOLD:
            said.pop("hours_before", None)
        return rules.Condition(kind, **said)


FIELDS_OF_ANY = {name for names in FIELDS_OF.values() for name in names}


class DecisionForm(forms.Form):
    """Decision, reason and end; for each finding a judgement with words. Nothing is ticked beforehand."""

    decision = forms.ChoiceField(
        choices=Decision.choices,
        error_messages={"required": "Choose approve, approve with conditions, ask for more or decline."},
    )
    reason = forms.CharField(max_length=4000, error_messages={"required": "Write the reason for your decision."})
    more = forms.CharField(max_length=4000, required=False)  # the conditions, or what is asked for
    expires_on = forms.DateField(required=False, error_messages={"invalid": "Enter the end as a date."})

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines = lines
        self.rows = [ConditionForm(self.data if self.is_bound else None, number=n) for n in range(1, ROWS + 1)]
        for line in lines:
            name = f"judgement-{line.finding.pk}"
            if line.needs_judgement:
                self.fields[name] = forms.ChoiceField(choices=JUDGEMENTS, required=False)
                self.fields[f"words-{line.finding.pk}"] = forms.CharField(max_length=4000, required=False)
            elif line.is_caution:
                self.fields[name] = forms.BooleanField(required=False)

    def is_valid(self) -> bool:
        """Typed conditions count only in an approval: in another decision they are not looked at."""
        return super().is_valid() and not self.rows_in_error

    @property
    def rows_in_error(self) -> list[ConditionForm]:
        if not self.is_bound or self.data.get("decision") not in APPROVALS:
            return []
        return [row for row in self.rows if not row.is_valid()]

    def conditions(self) -> list[rules.Condition]:
        """The typed conditions, in the order of their rows."""
        if self.cleaned_data["decision"] not in APPROVALS:
            return []
        return [condition for row in self.rows if (condition := row.condition())]

    def boxes(self) -> list["Box"]:
        """Each finding with its fields, as the page lays them out."""
        return [
            Box(line, *(self[name] if name in self.fields else None for name in (f"judgement-{pk}", f"words-{pk}")))
            for line in self.lines
            for pk in [line.finding.pk]
        ]

    def judgements(self) -> dict[int, tuple[Judgement, str]]:
        """Finding id -> what was said of it; findings nothing was said of are left out."""
        said: dict[int, tuple[Judgement, str]] = {}
        for line in self.lines:
            chosen = self.cleaned_data.get(f"judgement-{line.finding.pk}")
            if chosen:
                judgement = Judgement.SEEN if line.is_caution else Judgement(chosen)
                said[line.finding.pk] = judgement, self.cleaned_data.get(f"words-{line.finding.pk}", "")
        return said

    def decision_data(self) -> dict[str, Any]:
        """Arguments of `screening.actions.decide`."""
        data, decision = self.cleaned_data, Decision(self.cleaned_data["decision"])
        return {
            "decision": decision,
            "reason": data["reason"],
            "conditions": "" if decision == Decision.ASK_FOR_MORE else data["more"],
            "questions": data["more"] if decision == Decision.ASK_FOR_MORE else "",
            "expires_on": data["expires_on"],
            "judgements": self.judgements(),
            "typed_conditions": self.conditions(),
        }


class OverrideForm(forms.Form):
    reason = forms.CharField(max_length=4000, error_messages={"required": "Write the reason."})
    risk_plan = forms.CharField(max_length=4000, error_messages={"required": "Write the risk plan."})
    expires_on = forms.DateField(error_messages={"required": "Choose an end.", "invalid": "Enter the end as a date."})

    def override(self) -> dict[str, Any]:
        data: dict[str, str | date] = self.cleaned_data
        return {"reason": data["reason"], "risk_plan": data["risk_plan"], "expires_on": data["expires_on"]}
