"""What is written down about a course, and the words a move needs."""

from datetime import date
from typing import Any

from django import forms

from kap_clinic.desk.course.selectors import NextMove, endings
from kap_clinic.web.forms import ClinicForm, DateField
from patients.course.models import Course

YES_NO = [("", "Not asked"), ("yes", "Yes"), ("no", "No")]


class PlanForm(ClinicForm):
    """Enrolment facts and planned numbers; anything may be left open until it is known."""

    why_now = forms.CharField(
        label="Why now, in the patient's words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    indication = forms.CharField(
        label="Indication", required=False, max_length=200, help_text="What ketamine is given for"
    )
    tried_before = forms.CharField(
        label="What was tried before, or declined",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    identity_checked_on = DateField(label="Identity checked on", required=False)
    live_visit_on = DateField(label="Live visit on", required=False)
    live_visit_by_video = forms.ChoiceField(label="Was it by video?", choices=YES_NO, required=False)
    monitoring_checked_on = DateField(label="Prescription monitoring database checked on", required=False)
    trauma_history = forms.ChoiceField(label="Trauma history?", choices=YES_NO, required=False)
    planned_preparations = forms.IntegerField(
        label="Preparation sessions planned",
        min_value=1,
        max_value=3,
        help_text="1 to 3; 3 for first-timers with trauma history (PD)",
    )
    planned_doses = forms.IntegerField(label="Doses planned", min_value=1, max_value=12, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    @staticmethod
    def initial_of(course: Course) -> dict[str, Any]:
        words = {None: "", True: "yes", False: "no"}
        names = (
            "why_now",
            "indication",
            "tried_before",
            "identity_checked_on",
            "live_visit_on",
            "monitoring_checked_on",
        )
        return {
            **{name: getattr(course, name) for name in (*names, "planned_preparations", "planned_doses")},
            "live_visit_by_video": words[course.live_visit_by_video],
            "trauma_history": words[course.trauma_history],
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("identity_checked_on", "live_visit_on", "monitoring_checked_on"):
            if (day := data.get(name)) and day > self.today:
                self.add_error(name, "This day is in the future; enter it once it is done")
        return data

    def facts(self) -> dict[str, Any]:
        answers = {"": None, "yes": True, "no": False}
        facts = dict(self.cleaned_data)
        for name in ("live_visit_by_video", "trauma_history"):
            facts[name] = answers[facts[name]]
        return facts


class MoveForm(ClinicForm):
    """The words of one move: a reason, what is offered instead, how it ended."""

    reason = forms.CharField(label="Reason", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    offered = forms.CharField(label="What is offered instead", max_length=2000, required=False)
    ending = forms.ChoiceField(label="How it ended", required=False)

    def __init__(self, *args: Any, move: NextMove, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ending"].choices = [("", "Choose"), *endings(move.to)]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "in-t")
        for name, wanted in (
            ("reason", move.needs_reason),
            ("offered", move.needs_offer),
            ("ending", move.needs_ending),
        ):
            if not wanted:
                del self.fields[name]
            elif name == "ending":
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = "Choose how it ended"

    def words(self) -> dict[str, Any]:
        data = self.cleaned_data
        more = {"offered_instead": bool(data["offered"].strip())} if "offered" in data else {}
        reason = data.get("reason", "")
        if data.get("offered"):
            reason = f"{reason} Offered instead: {data['offered']}"
        return {"reason": reason, "ending": data.get("ending", ""), "more": more}


class GoalForm(ClinicForm):
    text = forms.CharField(
        label="Goal, in the patient's words", max_length=300, error_messages={"required": "Enter the goal"}
    )
