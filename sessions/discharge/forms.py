"""What is asked when a patient leaves: one small form for each item that is not measured, and the ways to go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Div, Layout, Row
from django import forms
from django.utils import timezone

from kap_clinic.web.forms import NumberField, Segmented, Stacked, TimeField, WithUnit
from patients.record.forms import Lines, Phone, RecordForm, Words
from sessions.discharge import rules
from sessions.discharge.rules import Escort
from sessions.discharge.terms import DischargeItem

MOST_WORDS = 300
NAMED, SECOND, ANOTHER = "named", "second", "another"


class ItemForm(RecordForm):
    """One item: what must be so, each ticked by itself, and words. `not_so` is the other button."""

    words = Words(label="Note", max_length=MOST_WORDS, required=False)

    def __init__(self, *args: Any, item: DischargeItem, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{item}_%s")
        super().__init__(*args, **kwargs)
        self.item = item
        self.helper.summary = False
        self.helper.mark_optional = False
        asked = rules.ASKED.get(item, {})
        if asked:
            self.fields["so"] = forms.MultipleChoiceField(
                label="So it is",
                choices=list(asked.items()),
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        self.ask()
        self.say_lengths()
        self.helper.layout = Layout(*self.laid_out())

    def ask(self) -> None:
        """Fields of one item only."""

    def laid_out(self) -> list[Any]:
        return [*([Stacked("so")] if "so" in self.fields else []), "words"]

    @property
    def is_met(self) -> bool:
        return "not_so" not in self.data

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.is_met:
            for name in list(self.errors):
                if name != "words":
                    del self.errors[name]
            if not said.get("words"):
                self.add_error("words", "Write what is not so")
            return said
        asked = rules.ASKED.get(self.item, {})
        lacking = [words for name, words in asked.items() if name not in (said.get("so") or [])]
        if lacking:
            self.add_error("so", f"Tick what is so, or say “Not so”: {', '.join(lacking).lower()}")
        return said

    def answer(self) -> dict[str, Any]:
        """What stands in `data` of the tick."""
        return dict.fromkeys(self.cleaned_data.get("so") or [], True)


class SafeForm(ItemForm):
    def ask(self) -> None:
        self.fields["asked_with"] = forms.ChoiceField(
            label="Asked: no new and no worse thoughts of suicide",
            choices=list(rules.ASKED_WITH.items()),
            widget=forms.RadioSelect,
            error_messages={"required": "Choose how it was asked"},
        )

    def laid_out(self) -> list[Any]:
        return [Stacked("asked_with"), "words"]

    def answer(self) -> dict[str, Any]:
        return {"asked_with": self.cleaned_data["asked_with"]}


class EscortForm(ItemForm):
    """Who is here: the one who was named, the second adult, or another with the reason in words."""

    def __init__(self, *args: Any, named: Escort | None, **kwargs: Any) -> None:
        self.named = named
        super().__init__(*args, **kwargs)

    def ask(self) -> None:
        named = self.named
        choices = [(NAMED, f"{named.name}, {named.phone}")] if named else []
        choices += [(SECOND, f"{named.second_name}, {named.second_phone}")] if named and named.second_name else []
        self.fields["who"] = forms.ChoiceField(
            label="Who is here",
            choices=[*choices, (ANOTHER, "Another adult")],
            widget=forms.RadioSelect,
            error_messages={"required": "Choose who is here"},
        )
        self.fields["name"] = Words(label="Name of the other adult", max_length=120, required=False)
        self.fields["phone"] = Phone(label="Phone", required=False)
        self.fields["words"].help_text = "Of another adult: why, and what the patient says"

    def laid_out(self) -> list[Any]:
        return [Stacked("who"), Div(Row("name", "phone"), css_class="of-another"), Stacked("so"), "words"]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.is_met and said.get("who") == ANOTHER:
            for name, words in (("name", "Enter the name"), ("phone", "Enter the phone")):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, words)
            if len(said.get("words") or "") < rules.WORDS_LENGTH:
                self.add_error("words", f"Write why it is another, in {rules.WORDS_LENGTH} characters or more")
        return said

    def answer(self) -> dict[str, Any]:
        said, named = self.cleaned_data, self.named
        who = {"name": said.get("name", ""), "phone": said.get("phone", "")}
        if named and said["who"] == NAMED:
            who = {"name": named.name, "phone": named.phone}
        elif named and said["who"] == SECOND:
            who = {"name": named.second_name, "phone": named.second_phone}
        return {**super().answer(), **who}


class DrugForm(ItemForm):
    """The count: drawn up is given, wasted and put back; given stands in the log."""

    def __init__(self, *args: Any, given: Decimal, witnesses: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        self.given, self.witnesses = given, witnesses
        super().__init__(*args, **kwargs)

    def ask(self) -> None:
        for name, label in (("drawn_mg", "Drawn up"), ("wasted_mg", "Wasted"), ("left_mg", "Put back unopened")):
            self.fields[name] = NumberField(
                label=label, unit="mg", example="100", max_digits=7, decimal_places=2, min_value=0
            )
        self.fields["witness"] = forms.TypedChoiceField(
            label="Witness of the wasting",
            choices=[("", "Nothing was wasted"), *self.witnesses],
            coerce=int,
            empty_value=None,
            required=False,
        )
        self.fields["drawn_mg"].help_text = f"Given by the log: {self.given.normalize():f} mg"

    def laid_out(self) -> list[Any]:
        amounts = [WithUnit(name, "mg") for name in ("drawn_mg", "wasted_mg", "left_mg")]
        return [Row(*amounts), "witness", "words"]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.is_met and not self.errors:
            data = {**self.answer(), "given_mg": str(self.given), "witness": said.get("witness")}
            if reason := rules.drug_reason(data):
                self.add_error("witness" if "witness" in reason else "drawn_mg", reason.rstrip("."))
        return said

    def answer(self) -> dict[str, Any]:
        return {name: str(self.cleaned_data[name]) for name in ("drawn_mg", "wasted_mg", "left_mg")}


FORMS: Mapping[str, type[ItemForm]] = {
    DischargeItem.SAFE: SafeForm,
    DischargeItem.ESCORT: EscortForm,
    DischargeItem.DRUG_COUNTED: DrugForm,
}


class WhenForm(RecordForm):
    """Something of today at a time that has passed."""

    left_at = TimeField(label="Left at", required=False, help_text="Empty means now")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        super().__init__(*args, **kwargs)

    @property
    def moment(self) -> datetime | None:
        time = self.cleaned_data.get("left_at")
        today = timezone.now().astimezone(self.zone).date()
        return datetime.combine(today, time, tzinfo=self.zone) if time else None


class SignForm(WhenForm):
    examined = Lines(label="What the examination found", rows=3, required=False, max_length=2000)

    def __init__(self, *args: Any, is_long: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_long:
            del self.fields["examined"]
        self.helper.mark_optional = False
        self.helper.layout = Layout(*(["examined"] if is_long else []), "left_at")


class LeftForm(WhenForm):
    """Against advice: what was said, whom was called and told."""

    words = Lines(
        label="What the patient said, and what was explained",
        rows=4,
        max_length=2000,
        help_text="The risks that were named, and what the patient answered",
    )
    escort = forms.ChoiceField(
        label="The escort was called",
        choices=list(rules.REACHED.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Call the escort, and say whether they were reached"},
    )
    prescriber = Words(label="Prescriber who was told", max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("words", Segmented("escort"), "prescriber", "left_at")


class HandOverForm(WhenForm):
    where_to = Words(label="Taken to", max_length=200, help_text="Hospital, by whom")
    words = Lines(label="What was told to whom", rows=4, max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("where_to", "words", "left_at")


class BackForm(RecordForm):
    reason = Words(label="Why the patient stays", max_length=300)


class ScoreForm(RecordForm):
    """Every line of one score; nothing is chosen beforehand."""

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{name}_%s")
        super().__init__(*args, **kwargs)
        self.name = name
        for line in rules.SCORES[name][1]:
            self.fields[line.code] = forms.TypedChoiceField(
                label=line.term,
                choices=[(points, f"{points}: {words}") for points, words in line.points.items()],
                coerce=int,
                widget=forms.RadioSelect,
            )
        self.helper.layout = Layout(*[Stacked(line.code) for line in rules.SCORES[name][1]])
