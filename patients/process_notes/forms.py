"""What is asked for a private note."""

from django import forms

from patients.notes import rules
from patients.notes.forms import AddendumForm
from patients.record.forms.fields import Lines, RecordForm, Words

__all__ = ["AddendumForm", "PrivateForm"]


class PrivateForm(RecordForm):
    """A title if one is wanted, and the words."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    title = Words(label="Title", max_length=rules.LONGEST_TITLE, required=False)
    text = Lines(label="Private note", rows=12, max_length=rules.LONGEST_SECTION, strip=False)

    def text_and_title(self) -> dict[str, str]:
        return {"title": self.cleaned_data["title"], "text": self.cleaned_data["text"].rstrip()}
