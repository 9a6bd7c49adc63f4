"""What is asked in an integration visit, and in the call after a dose."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Layout
from django import forms

from integration.visits.models import IntegrationSession
from integration.visits.selectors import Kept
from integration.visits.terms import Kept as HowKept
from integration.visits.terms import Reached
from kap_clinic.web.forms import DateField, Segmented, Short, Stacked, TimeField
from patients.record.forms.fields import Lines, RecordForm, Words, yes_no

OTHER = "Something else"
LONGEST = 4000


def key_of(text: str) -> str:
    """A short name for a field about this text: it stays the same when the list around it changes."""
    return sha256(text.encode()).hexdigest()[:10]


class IntegrationForm(RecordForm):
    """The patient's words, themes, insights, the body, difficult moments, practices, the next intention. Anything may
    be left open; the newest text of a visit holds."""

    patient_words = Lines(
        label="In the patient's words",
        required=False,
        max_length=LONGEST,
        rows=5,
        help_text="What stayed, as they say it",
    )
    themes = forms.MultipleChoiceField(label="Themes", required=False, widget=forms.CheckboxSelectMultiple)
    other_themes = Words(label="Other themes", required=False, max_length=300, help_text="Apart by commas")
    body = Words(
        label="The body", required=False, max_length=300, help_text="What it remembered: movement, touch, breath"
    )
    difficult = Lines(
        label="Difficult moments", required=False, max_length=LONGEST, help_text="What was hard, and what helped"
    )
    next_intention = Words(
        label="Next intention", required=False, max_length=300, help_text="For the weeks or dose ahead"
    )
    is_closing = forms.BooleanField(label="This is the closing visit of the course", required=False)
    practice = Words(label="A new practice", required=False, max_length=300, help_text="What the patient will do")
    how_often = Words(label="How often", required=False, max_length=120, help_text="Like: each morning")
    from_on = DateField(label="From", required=False)
    until_on = DateField(label="Until", required=False)

    def __init__(
        self,
        *args: Any,
        today: date,
        themes: Sequence[str],
        intentions: Sequence[str],
        practices: Sequence[Kept],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.known_themes, self.asked, self.practices = today, themes, [*intentions, OTHER], practices
        self.fields["themes"].choices = [(theme, theme) for theme in themes]  # type: ignore[attr-defined]
        for intention in self.asked:
            self.fields[f"insight_{key_of(intention)}"] = Lines(
                label=intention, required=False, rows=2, max_length=1000
            )
        for kept in practices:
            self._ask_about(kept)
        self.say_lengths()
        self.helper.mark_optional = False

    def _ask_about(self, kept: Kept) -> None:
        ref = kept.practice.ref.hex
        self.fields[f"kept_{ref}"] = forms.ChoiceField(
            label="How it went", choices=HowKept.choices, required=False, widget=forms.RadioSelect
        )
        self.fields[f"how_{ref}"] = Words(label="In a few words", required=False, max_length=300)
        self.fields[f"end_{ref}"] = forms.BooleanField(label="It ends now", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("practice"):
            data["from_on"] = data.get("from_on") or self.today
        elif data.get("how_often") or data.get("until_on"):
            self.add_error("practice", "Say what the patient will do")
        for kept in self.practices:
            ref = kept.practice.ref.hex
            if data.get(f"how_{ref}") and not data.get(f"kept_{ref}") and not data.get(f"end_{ref}"):
                self.add_error(f"kept_{ref}", "Choose how it went")
        if (until := data.get("until_on")) and (since := data.get("from_on")) and until < since:
            self.add_error("until_on", "A practice ends on or after the day it starts")
        return data

    # For the page

    @property
    def insights(self) -> list[Any]:
        return [self[f"insight_{key_of(intention)}"] for intention in self.asked]

    @property
    def looks(self) -> Iterator[dict[str, Any]]:
        for kept in self.practices:
            ref = kept.practice.ref.hex
            yield {
                "kept": kept,
                "how": self[f"kept_{ref}"],
                "words": self[f"how_{ref}"],
                "end": self[f"end_{ref}"],
                "is_past": kept.practice.until_on is not None and kept.practice.until_on < self.today,
            }

    # For the actions

    def said(self) -> dict[str, Any]:
        """As `write` takes it."""
        data = self.cleaned_data
        names = ("patient_words", "body", "difficult", "next_intention", "is_closing")
        insights = [
            {"intention": intention, "insight": data[f"insight_{key_of(intention)}"]} for intention in self.asked
        ]
        themes = [*data["themes"], *data["other_themes"].split(",")]
        return {**{name: data[name] for name in names}, "themes": themes, "insights": insights}

    def new_practice(self) -> dict[str, Any] | None:
        data = self.cleaned_data
        if not data["practice"]:
            return None
        return {
            "text": data["practice"],
            **{name: data[name] for name in ("how_often", "from_on", "until_on")},
        }

    def looked_at(self) -> Iterator[tuple[Kept, str, str, bool]]:
        """Each practice something was said of: how it went ("" where not asked), words, whether it ends."""
        for kept in self.practices:
            ref = kept.practice.ref.hex
            how, words, ends = (self.cleaned_data[f"{name}_{ref}"] for name in ("kept", "how", "end"))
            if how or words or ends:
                yield kept, how, words, ends

    @staticmethod
    def initial_of(row: IntegrationSession | None, themes: Sequence[str]) -> dict[str, Any]:
        if row is None:
            return {}
        names = ("patient_words", "body", "difficult", "next_intention", "is_closing")
        insights = {f"insight_{key_of(one['intention'])}": one["insight"] for one in row.insights}
        return {
            **{name: getattr(row, name) for name in names},
            "themes": [theme for theme in row.themes if theme in themes],
            "other_themes": ", ".join(theme for theme in row.themes if theme not in themes),
            **insights,
        }


class CallForm(RecordForm):
    """The call after a dose: who was reached, and whether the patient is safe."""

    reached = forms.ChoiceField(label="Who was reached", choices=Reached.choices, widget=forms.RadioSelect)
    safe = yes_no("Is the patient safe?", help_text="Ask about thoughts of suicide or of harming themselves")
    slept = Words(label="How they slept", required=False, max_length=120)
    unwell = Words(
        label="Anything unwell", required=False, max_length=300, help_text="Report an adverse event apart from this"
    )
    words = Lines(label="What they said", required=False, max_length=LONGEST)
    at = TimeField(label="Called at", required=False, help_text="Today; left open: now")

    def __init__(self, *args: Any, now: datetime, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.zone = now, zone
        self.helper.layout = Layout(Stacked("reached"), Segmented("safe"), "slept", "unwell", "words", Short("at"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reached") == Reached.SPOKE and data.get("safe") is None and "safe" not in self.errors:
            self.add_error("safe", "Ask whether the patient is safe, and choose what they answered")
        return data

    def said(self) -> dict[str, Any]:
        """As `call` takes it."""
        data = dict(self.cleaned_data)
        at = data.pop("at")
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        data["called_at"] = datetime.combine(today, at, ZoneInfo(self.zone)) if at else None
        return data
