"""What is asked before a receipt is made."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms

from kap_clinic.web.forms import DateField, Stacked
from patients.course.models import Course
from patients.record.days import day_in
from patients.record.forms.fields import RecordForm
from patients.record.rules import in_words

DAYS = "days"


class ReceiptForm(RecordForm):
    """For a course as a whole, or for the visits between two days. Nothing is chosen beforehand."""

    what = forms.ChoiceField(
        label="For which visits", widget=forms.RadioSelect, error_messages={"required": "Choose for which visits"}
    )
    from_on = DateField(label="From", required=False)
    until_on = DateField(label="Until", required=False)
    with_diagnosis = forms.BooleanField(
        label="Print the diagnosis", required=False, help_text="Only when the patient asks for it"
    )

    def __init__(
        self, *args: Any, courses: Sequence[Course], today: date, zone: str, may_name: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.courses, self.today, self.zone = {str(one.ref): one for one in courses}, today, zone
        choices = [(str(one.ref), f"Course {one.number}, since {self._began(one)}") for one in courses]
        self.fields["what"].choices = [*choices, (DAYS, "Visits between two days")]  # type: ignore[attr-defined]
        if not may_name:
            del self.fields["with_diagnosis"]
        last = ["with_diagnosis"] if may_name else []
        self.helper.layout = Layout(Stacked("what"), Row("from_on", "until_on"), *last)

    def _began(self, course: Course) -> str:
        return in_words(day_in(course.opened_at, self.zone))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("what") != DAYS or self.errors:
            return given
        for name in ("from_on", "until_on"):
            if not given.get(name):
                self.add_error(name, "Enter the day, like 24 Nov 2026")
        if not self.errors and given["until_on"] < given["from_on"]:
            self.add_error("until_on", "The last day is the first one or later")
        return given

    def asked(self) -> dict[str, Any]:
        """As make_receipt takes it, but for patient and person."""
        given = self.cleaned_data
        course = self.courses.get(given["what"])
        named = self.courses and given.get("with_diagnosis")
        newest = course or next(iter(self.courses.values()), None)
        days = {"from_on": given["from_on"], "until_on": given["until_on"]}
        if course is not None:
            days = {"from_on": day_in(course.opened_at, self.zone), "until_on": self.today}
        return {**days, "course": course, "diagnosis": newest.indication if named and newest else ""}
