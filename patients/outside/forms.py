"""What is asked about a result and about a paper, and what is said when an answer cannot be used."""

import re
import time
from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile

from kap_clinic.web.forms import NumberField, Segmented, Stacked, WithUnit
from kap_clinic.web.uploads import LARGEST, MEGABYTE, MOST_FILES
from patients.outside import rules
from patients.outside.files import intake
from patients.outside.files.intake import CleanFile
from patients.outside.files.kinds import Refused
from patients.outside.rules import Result
from patients.outside.terms import Comparator, DocumentKind, LabKind, Source, Unit
from patients.record.forms.fields import Past, RecordForm, Words

NUMBER = re.compile(r"([<>]?)\s*([0-9]{1,6}(?:[.,][0-9]{1,3})?)")
NO_RESULT = "A sample the laboratory could not use is no result: leave it out"
MOST_PAGES = 200  # of all files of one form


class LabForm(RecordForm):
    """One result. What is asked depends on the test: a number with its unit, or what was found."""

    taken_on = Past(label="Sample taken on")
    source = forms.ChoiceField(label="From", choices=Source.choices, widget=forms.RadioSelect)
    note = Words(label="Note", max_length=300, required=False)

    def __init__(self, *args: Any, kind: LabKind, today: date, born: date, again: bool = False, **kwargs: Any) -> None:
        """`again`: it corrects a result, so why is asked too."""
        super().__init__(*args, **kwargs)
        self.kind, self.today, self.born = kind, today, born
        self.fields["taken_on"].today = today  # type: ignore[attr-defined]
        self.fields["taken_on"].widget.attrs["max"] = today.isoformat()
        asked = _asked(kind)
        self.fields.update(asked)
        if again:
            self.fields["why"] = Words(label="What was wrong", max_length=200)
            self.fields["why"].error_messages["required"] = "Say what was wrong"
        self.say_lengths()
        why = ["why"] if again else []
        self.helper.layout = Layout(*_laid_out(kind, asked), "taken_on", Stacked("source"), "note", *why)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.errors:
            return said
        reasons = [*rules.reasons_not_usable(self.result())]
        days = rules.reasons_against_the_day(said["taken_on"], today=self.today, born=self.born)
        for field, words in [*reasons, *(("taken_on", words) for words in days)]:
            self.add_error(field if field in self.fields else None, words)
        return said

    def clean_value(self) -> tuple[Comparator, Decimal]:
        found = NUMBER.fullmatch(self.cleaned_data["value"])
        if not found:
            raise forms.ValidationError(f"Enter the result as a number, like 42 or <0.01. {NO_RESULT}")
        return Comparator(found[1]), Decimal(found[2].replace(",", "."))

    def result(self) -> Result:
        """What was said, as the rules read it."""
        said = self.cleaned_data
        comparator, value = said.get("value") or (Comparator.EXACT, None)
        units = rules.units_of(self.kind)
        return Result(
            kind=self.kind,
            value=value,
            comparator=comparator,
            unit=str(said.get("unit") or (units[0] if units else "")),
            upper_limit=said.get("upper_limit"),
            finding=said.get("finding", ""),
            name=said.get("name", ""),
            note=said.get("note", ""),
        )


def _asked(kind: LabKind) -> dict[str, forms.Field]:
    """The fields one test has beside those of every test."""
    if kind in rules.FINDINGS:
        findings = rules.FINDINGS[kind].choices
        return {"finding": forms.ChoiceField(label="What was found", choices=findings, widget=forms.RadioSelect)}
    if kind == LabKind.OTHER:
        says = "With its unit, like 5.6 mmol/L, or in words"
        return {
            "name": Words(label="Name of the test", max_length=80),
            "finding": Words(label="Result", max_length=120, help_text=says),
        }
    return _number(kind)


def _number(kind: LabKind) -> dict[str, forms.Field]:
    units = rules.units_of(kind)
    asked: dict[str, forms.Field] = {"value": Words(label=f"{kind.label}", max_length=20)}
    asked["value"].error_messages["required"] = f"Enter the result. {NO_RESULT}"
    if len(units) > 1:
        labels = [(unit.value, unit.short) for unit in units]
        asked["unit"] = forms.ChoiceField(label="Unit on the report", choices=labels, widget=forms.RadioSelect)
        asked["unit"].error_messages["required"] = "Choose the unit on the report"
    if rules.has_limit(kind):
        asked["upper_limit"] = NumberField(
            label="Upper limit of normal",
            max_digits=10,
            decimal_places=3,
            required=kind in rules.NEEDS_LIMIT,
            example="40" if kind in rules.NEEDS_LIMIT else "",
            help_text="As this report says it, in the same unit",
        )
        asked["upper_limit"].error_messages["required"] = "Enter the upper limit of normal, as the report says it"
    return asked


def _laid_out(kind: LabKind, asked: dict[str, forms.Field]) -> list[Any]:
    only = rules.units_of(kind)[0].short if len(rules.units_of(kind)) == 1 else ""
    shapes = {"unit": Segmented("unit"), "finding": Stacked("finding") if kind in rules.FINDINGS else "finding"}
    if only:
        shapes |= {"value": WithUnit("value", only), "upper_limit": WithUnit("upper_limit", only)}
    return [shapes.get(name, name) for name in asked]


class StrikeForm(RecordForm):
    """Why something is struck out."""

    why = Words(label="Why", max_length=200, help_text="Like: another patient's")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].error_messages["required"] = "Say why this is struck out"


class Files(forms.FileInput):
    allow_multiple_selected = True


class CleanFiles(forms.FileField):
    """One or several files, each replaced by its clean copy. Each that is not taken is named by its place."""

    widget = Files
    too_much: frozenset[str] = frozenset()  # why files were left out while the form was read

    def clean(self, data: Any, initial: Any = None) -> list[CleanFile]:
        if self.too_much:
            raise forms.ValidationError([LEFT_OUT[why] for why in sorted(self.too_much)])
        files = list(data) if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            raise forms.ValidationError("Choose a file")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"Choose at most {MOST_FILES} files at once")
        until = time.monotonic() + intake.SECONDS
        copies = [self._clean(file, number, len(files), until) for number, file in enumerate(files, start=1)]
        if sum(copy.pages for copy in copies) > MOST_PAGES:
            raise forms.ValidationError(f"Together these are more than {MOST_PAGES} pages. Add fewer at once")
        return copies

    def _clean(self, file: UploadedFile, number: int, of: int, until: float) -> CleanFile:
        which = f"File {number}: " if of > 1 else ""
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(f"{which}{TOO_LARGE}")
        try:
            return intake.clean(file.read(), until=until)
        except Refused as no:
            raise forms.ValidationError(f"{which}{no}") from None


TOO_LARGE = f"The file is larger than {LARGEST // MEGABYTE} MB. Scan it in grey, or add it in parts"
LEFT_OUT = {"large": TOO_LARGE, "many": f"Choose at most {MOST_FILES} files at once"}


class DocumentForm(RecordForm):
    """A paper somebody else wrote: what it is, and the file."""

    kind = forms.ChoiceField(label="What it is", choices=DocumentKind.choices, widget=forms.RadioSelect)
    title = Words(
        label="Title", max_length=110, help_text="As you would look for it, like: Letter of Dr Ames, cardiology"
    )
    dated = Past(label="Date on the paper", required=False)
    note = Words(label="Note", max_length=300, required=False)
    file = CleanFiles(  # type: ignore[assignment]
        label="File",
        help_text="PDF, PNG, JPEG or plain text, up to 20 MB each, at most 10 at once. "
        "What is hidden in the file (place, camera, author, scripts) is not kept",
    )

    def __init__(self, *args: Any, today: date, too_much: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dated"].today = today  # type: ignore[attr-defined]
        self.fields["dated"].widget.attrs["max"] = today.isoformat()
        self.fields["file"].too_much = too_much  # type: ignore[attr-defined]
        self.fields["file"].widget.attrs["accept"] = ".pdf,.png,.jpg,.jpeg,.txt"
        self.helper.layout = Layout(Stacked("kind"), "title", "dated", "note", "file")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.errors and "file" not in self.errors:
            self.add_error("file", "Choose the file again: browsers do not keep it")
        return said

    def named(self) -> list[tuple[str, CleanFile]]:
        """Each file with its title; of several, which it is."""
        files = self.cleaned_data["file"]
        of = f" of {len(files)})"
        title = self.cleaned_data["title"]
        return [(f"{title} ({number}{of}" if len(files) > 1 else title, file) for number, file in enumerate(files, 1)]


def initial_of(result: Result, taken_on: date, source: str) -> dict[str, Any]:
    """A result as its form shows it, to be corrected."""
    value = "" if result.value is None else f"{result.comparator}{rules.plain(result.value)}"
    limit = rules.plain(result.upper_limit) if result.upper_limit else None
    return {
        "value": value,
        "unit": Unit(result.unit).value if result.unit else "",
        "upper_limit": limit,
        "finding": result.finding,
        "name": result.name,
        "note": result.note,
        "taken_on": taken_on,
        "source": source,
    }
