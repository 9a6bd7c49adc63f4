"""Writing a version of a consent text: every section stays, under its id."""

from collections.abc import Sequence
from typing import Any

from django import forms

from kap_clinic.web.forms import ClinicForm
from patients.consents import texts


class TextForm(ClinicForm):
    """A heading and a text for each section; an empty line between paragraphs, a dash before each item of a list."""

    title = forms.CharField(label="Title", max_length=120)
    why = forms.CharField(label="What is new, and why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, sections: Sequence[texts.Section], title: str, **kwargs: Any) -> None:
        self.sections = sections
        initial = {"title": title, **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        for section in sections:
            self.fields[f"heading_{section['id']}"] = forms.CharField(
                label=f"Heading of {section['id']}", max_length=80, initial=section["heading"]
            )
            typed = texts.as_typed(section)
            rows = min(14, 2 + len(typed) // 90 + typed.count("\n"))
            self.fields[f"text_{section['id']}"] = forms.CharField(
                label=f"Text of {section['id']}",
                initial=typed,
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": rows}),
                error_messages={"required": f"Write the text of {section['id']}. No element may be left out"},
            )

    def in_pairs(self) -> list[tuple[str, str, Any, Any]]:
        """Id and source of each section, with its two fields."""
        return [
            (section["id"], section["source"], self[f"heading_{section['id']}"], self[f"text_{section['id']}"])
            for section in self.sections
        ]

    def written(self) -> list[dict[str, Any]]:
        """The sections as typed."""
        said = self.cleaned_data
        return [
            {
                "id": section["id"],
                "heading": said[f"heading_{section['id']}"].strip(),
                "source": section["source"],
                "text": texts.as_blocks(said[f"text_{section['id']}"]),
            }
            for section in self.sections
        ]


class ApprovalForm(ClinicForm):
    read = forms.BooleanField(label="I have read every section, and approve this text for use")
