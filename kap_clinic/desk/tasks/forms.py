from django import forms

from kap_clinic.web.forms import ClinicForm
from patients.tasks.models import Task
from patients.tasks.rules import ASSESSMENTS
from patients.tasks.terms import Outcome, TaskKind


class OutcomeForm(ClinicForm):
    """How a task ended. Safety tasks end in an assessment; others are done or not needed."""

    outcome = forms.ChoiceField(label="How did it end?", widget=forms.RadioSelect)
    words = forms.CharField(
        label="What you found and did",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown to the next person who acts",
    )

    def __init__(self, *args: object, task: Task, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        assessed = task.kind == TaskKind.SAFETY
        wanted = [o for o in Outcome if (o in ASSESSMENTS) == assessed or (assessed and o == Outcome.NOT_NEEDED)]
        if assessed and task.severity == "critical":
            wanted = [o for o in wanted if o in ASSESSMENTS]
        self.fields["outcome"].choices = [(o.value, o.label) for o in wanted]  # type: ignore[attr-defined]
