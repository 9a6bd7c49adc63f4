"""What a new link is for, and who looks at the answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from kap_clinic.accounts.models import User
from kap_clinic.desk.links.selectors import Choice
from kap_clinic.web.forms import ClinicForm, DateField, Stacked, TimeField
from patients.links.rules import Ask


class NewLinkForm(ClinicForm):
    asks = forms.MultipleChoiceField(
        label="What the patient is asked for",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the link is for"},
    )
    watcher = forms.ChoiceField(
        label="Who looks at the answers",
        required=False,
        help_text="Needed for forms marked with “watch”: their answers can show danger. The link works until then.",
    )
    until_day = DateField(label="Until which day", required=False)
    until_time = TimeField(label="Until what time", required=False)

    def __init__(self, *args: Any, offered: Sequence[Choice], people: Sequence[User], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered, self.zone = {choice.key: choice for choice in offered}, ZoneInfo(zone)
        self.people = {str(person.ref): person for person in people}
        asks: Any = self.fields["asks"]
        asks.choices = [
            (choice.key, f"{choice.words} (watch)" if choice.needs_watch else choice.words) for choice in offered
        ]
        watcher: Any = self.fields["watcher"]
        watcher.choices = [("", "Nobody chosen"), *((ref, person.name) for ref, person in self.people.items())]
        self.helper.layout.fields[0] = Stacked("asks")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("until_day")) != bool(cleaned.get("until_time")) and not self.errors:
            missing = "until_time" if cleaned.get("until_day") else "until_day"
            self.add_error(missing, "Enter both the day and the time")
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """What `make` takes."""
        asks: list[Ask] = [ask for key in self.cleaned_data["asks"] for ask in self.offered[key].asks]
        return {
            "asks": asks,
            "watcher": self.people.get(self.cleaned_data["watcher"]),
            "watch_until": self._until(),
        }

    def _until(self) -> datetime | None:
        day, time = self.cleaned_data["until_day"], self.cleaned_data["until_time"]
        return datetime.combine(day, time, self.zone) if day and time else None
