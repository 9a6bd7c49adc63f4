"""Short forms: a condition, and why something ends."""

from typing import Any

from crispy_forms.layout import Layout, Row

from patients.record.forms.fields import RecordForm, Words


class ReasonForm(RecordForm):
    """Why something ends."""

    why = Words(label="Why", max_length=200, required=False)


class ConditionForm(RecordForm):
    """A diagnosis or illness."""

    text = Words(label="Condition", max_length=200, help_text="As told, or as a letter says it")
    since = Words(label="Since", max_length=40, required=False, help_text="Like 2019, or childhood")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("text", Row("since"))
