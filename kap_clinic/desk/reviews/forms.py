"""The prescriber's forms: one decision with its judgements, and an override of one stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from kap_clinic.desk.reviews.selectors import Line
from screening.terms import Decision, Judgement


@dataclass(frozen=True)
class Box:
    """One finding and the fields that judge it; a stop and a note have none."""

    line: Line
    judgement: forms.BoundField | None
    words: forms.BoundField | None


JUDGEMENTS = [(choice.value, choice.label) for choice in Judgement if choice != Judgement.SEEN]


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
        for line in lines:
            name = f"judgement-{line.finding.pk}"
            if line.needs_judgement:
                self.fields[name] = forms.ChoiceField(choices=JUDGEMENTS, required=False)
                self.fields[f"words-{line.finding.pk}"] = forms.CharField(max_length=4000, required=False)
            elif line.is_caution:
                self.fields[name] = forms.BooleanField(required=False)

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
        }


class OverrideForm(forms.Form):
    reason = forms.CharField(max_length=4000, error_messages={"required": "Write the reason."})
    risk_plan = forms.CharField(max_length=4000, error_messages={"required": "Write the risk plan."})
    expires_on = forms.DateField(error_messages={"required": "Choose an end.", "invalid": "Enter the end as a date."})

    def override(self) -> dict[str, Any]:
        data: dict[str, str | date] = self.cleaned_data
        return {"reason": data["reason"], "risk_plan": data["risk_plan"], "expires_on": data["expires_on"]}
