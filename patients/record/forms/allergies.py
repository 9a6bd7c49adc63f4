"""The list of allergies as told, or that none are known."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from patients.record.forms.fields import RecordForm, Words

SPARE_ROWS, MOST_ROWS = 3, 40
ROW = re.compile(r"(?:to|reaction)_([0-9]{1,2})")


class AllergiesForm(RecordForm):
    """All allergies as told now, or that none are known. Rows with nothing in them are passed over."""

    known = forms.ChoiceField(
        label="Allergies",
        choices=[("none", "No known allergies"), ("some", "There are allergies")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether allergies are known"},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        listed: Iterable[Mapping[str, str]] = (),
        seen: str = "",
        more: bool = False,
    ) -> None:
        """`listed` are the allergies known so far, and `seen` the answer they are from.

        `more`: rows are asked for, so what was typed is shown again, unchecked, with more of them.
        """
        listed = list(listed)
        rows = len(listed) + SPARE_ROWS if data is None else _rows_posted(data)
        self.count = min(rows + (SPARE_ROWS if more else 0), MOST_ROWS)
        initial = _as_initial(listed) | {"seen": seen}
        if data is not None and more:
            initial, data = {name: data[name] for name in data}, None
        super().__init__(data, initial=initial)
        for number in range(self.count):
            for name, label in (("to", "Allergic to"), ("reaction", "What happens")):
                field = Words(label=f"{label}, {number + 1}", max_length=120, required=False)
                field.widget.attrs["class"] = "in-t"
                self.fields[f"{name}_{number}"] = field
        self.say_lengths()

    def look_again(self, seen: str) -> None:
        """Somebody else answered meanwhile: saved once more, this list counts as having seen theirs."""
        self.data = {**{name: self.data[name] for name in self.data}, "seen": seen}

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """The two inputs of each row, for the page."""
        return [(self[f"to_{number}"], self[f"reaction_{number}"]) for number in range(self.count)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for number in range(self.count):
            if said.get(f"reaction_{number}") and not said.get(f"to_{number}"):
                self.add_error(f"to_{number}", "Enter what causes this reaction")
        if said.get("known") == "none" and self.allergies():
            self.add_error("known", "You wrote an allergy and chose “No known allergies”. Choose one of them")
        if said.get("known") == "some" and not self.allergies() and not self.errors:
            self.add_error("to_0", "Enter what the patient is allergic to")
        return said

    def allergies(self) -> list[dict[str, str]]:
        """The rows that say something."""
        said = self.cleaned_data
        rows = [(said.get(f"to_{number}", ""), said.get(f"reaction_{number}", "")) for number in range(self.count)]
        return [{"to": to, "reaction": reaction} for to, reaction in rows if to]


def _as_initial(listed: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    return {f"{key}_{number}": one[key] for number, one in enumerate(listed) for key in ("to", "reaction")}


def _rows_posted(data: Mapping[str, Any]) -> int:
    """As many as came back, so that no line somebody wrote is passed over; at least one."""
    numbers = [int(found[1]) for name in data if (found := ROW.fullmatch(name))]
    return max(numbers, default=0) + 1
