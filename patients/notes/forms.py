"""What is asked for a note: its sections, an addendum, why it is struck out."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from patients.notes import rules
from patients.notes.terms import NoteKind
from patients.record.forms.fields import Lines, RecordForm, Words

ROWS = 5


class NoteForm(RecordForm):
    """The sections of one kind. A draft may leave any of them open; what signing needs is said beside the form."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    title = Words(label="Title", max_length=rules.LONGEST_TITLE, required=False)

    def __init__(self, *args: Any, kind: NoteKind | str, **kwargs: Any) -> None:
        self.sections = rules.sections_of(kind)
        super().__init__(*args, **kwargs)
        for section in self.sections:
            self.fields[section.key] = Lines(
                label=section.label,
                help_text=section.hint,
                rows=ROWS,
                max_length=rules.LONGEST_SECTION,
                required=False,
                strip=False,
            )
        self.helper.layout = Layout(*self.fields)
        self.helper.mark_optional = False
        self.say_lengths()

    def text(self) -> dict[str, str]:
        """Title and sections as they were sent."""
        said = self.cleaned_data
        return {"title": said["title"], **self.sections_said()}

    def sections_said(self) -> dict[str, str]:
        return {section.key: self.cleaned_data[section.key].rstrip() for section in self.sections}


class AddendumForm(RecordForm):
    text = Lines(label="What you add", rows=4, max_length=rules.LONGEST_SECTION)


class StrikeForm(RecordForm):
    why = Words(label="Why", max_length=200, help_text="Like: written for another patient")
