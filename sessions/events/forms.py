"""What is asked of an adverse event: the form says the grades of this very event."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from kap_clinic.web.forms import Segmented, Stacked, TimeField, WithUnit
from patients.record.forms import Lines, Past, RecordForm
from sessions.dosing.models import DosingSession
from sessions.events import rules
from sessions.events.models import AdverseEvent
from sessions.events.terms import Action, Outcome, Relation

MOST_WORDS = 4000


class EventForm(RecordForm):
    """Of one term of the vocabulary. Nothing is chosen beforehand."""

    details = forms.MultipleChoiceField(
        label="What of this was so", widget=forms.CheckboxSelectMultiple, required=False
    )
    grade = forms.TypedChoiceField(
        label="Grade",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how grave it was"},
    )
    words = Lines(label="What happened", rows=4, max_length=MOST_WORDS)
    patient_words = Lines(label="In the patient's words", rows=2, required=False, max_length=MOST_WORDS)
    onset_on = Past(label="It began on")
    onset_at = TimeField(label="at")
    ended_on = Past(label="It ended on", required=False, help_text="Leave empty while it lasts")
    ended_at = TimeField(label="at", required=False)
    relation = forms.ChoiceField(
        label="Caused by ketamine",
        choices=Relation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether ketamine caused it"},
    )
    action = forms.ChoiceField(
        label="What was done",
        choices=Action.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what was done"},
    )
    outcome = forms.ChoiceField(
        label="How it is now",
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it is now"},
    )
    dose_off_percent = forms.IntegerField(
        label="The dose was off by",
        required=False,
        min_value=0,
        max_value=10000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=f"0 when the amount was right. {rules.DOSE_OFF} % or more, or not known, is serious",
        error_messages={"invalid": "Enter a whole number, like 25"},
    )
    plan = Lines(
        label="What follows",
        rows=3,
        required=False,
        max_length=MOST_WORDS,
        help_text="Needed before a serious event is signed",
    )
    pause = forms.BooleanField(
        label="No dose until I say so: the team sees a pause and not why",
        required=False,
    )
    dosing = forms.ChoiceField(label="During which session", required=False)

    def __init__(self, *args: Any, term: rules.Term, zone: str, sessions: list[DosingSession], **kwargs: Any) -> None:
        self.term, self.zone = term, ZoneInfo(zone)
        self.changes = kwargs.pop("changes", False)
        super().__init__(*args, **kwargs)
        self.sessions = {str(one.ref): one for one in sessions}
        self._fill()
        for name in self._unasked():
            del self.fields[name]
        self.helper.layout = Layout(*[part for part in self._parts() if part is not None])

    def _fill(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["details"].choices = [(one.code, one.term) for one in self.term.details]
        fields["grade"].choices = [(grade, f"{grade}: {words}") for grade, words in self.term.grades.items()]
        fields["dosing"].choices = [("", "Outside of a session"), *map(self._named, self.sessions.values())]
        today = timezone.now().astimezone(self.zone).date()
        for name in ("onset_on", "ended_on"):
            fields[name].today = today
            fields[name].widget.attrs["max"] = today.isoformat()

    def _named(self, dosing: DosingSession) -> tuple[str, str]:
        at = (dosing.t0 or dosing.opened_at).astimezone(self.zone)
        number = f"Dose {dosing.number}, " if dosing.number else ""
        return str(dosing.ref), f"{number}{at:%-d %b %Y}"

    def _unasked(self) -> list[str]:
        """What this event does not ask: of a concern no grade, cause or drug."""
        concern = self.term.code == rules.BOUNDARY
        named = ["grade", "relation", "action", "patient_words"] if concern else ["pause"]
        named += [] if self.term.details else ["details"]
        named += [] if self.term.code == rules.ERROR else ["dose_off_percent"]
        named += ["dosing"] if self.changes or not self.sessions else []
        return [*named, "pause"] if self.changes and concern else named

    def _parts(self) -> list[Any]:
        return [
            self._if("dosing"),
            self._if("words"),
            self._if("patient_words"),
            Row("onset_on", "onset_at"),
            Row("ended_on", "ended_at"),
            Stacked("details") if "details" in self.fields else None,
            Stacked("grade") if "grade" in self.fields else None,
            Segmented("relation") if "relation" in self.fields else None,
            Stacked("action") if "action" in self.fields else None,
            WithUnit("dose_off_percent", "%") if "dose_off_percent" in self.fields else None,
            Stacked("outcome"),
            "plan",
            self._if("pause"),
        ]

    def _if(self, name: str) -> str | None:
        return name if name in self.fields else None

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if (said.get("ended_on") is None) != (said.get("ended_at") is None) and not self.errors:
            self.add_error("ended_at", "Enter day and time of the end, or neither")
        return said

    def event(self) -> dict[str, Any]:
        """The fields of an event, times with their zone."""
        said = self.cleaned_data
        names = ("details", "grade", "words", "patient_words", "relation", "action", "outcome", "dose_off_percent")
        values = {name: said[name] for name in (*names, "plan") if name in said}
        ended = self._moment("ended") if said.get("ended_on") else None
        return values | {"code": self.term.code, "onset_at": self._moment("onset"), "ended_at": ended}

    def _moment(self, name: str) -> datetime:
        return datetime.combine(self.cleaned_data[f"{name}_on"], self.cleaned_data[f"{name}_at"], tzinfo=self.zone)

    @property
    def session(self) -> DosingSession | None:
        return self.sessions.get(self.cleaned_data.get("dosing", ""))

    @staticmethod
    def initial_of(event: AdverseEvent, zone: str) -> dict[str, Any]:
        """What an event says, as the form asks it."""
        names = ("details", "grade", "words", "patient_words", "relation", "action", "outcome", "dose_off_percent")
        values = {name: getattr(event, name) for name in (*names, "plan")}
        for name, at in (("onset", event.onset_at), ("ended", event.ended_at)):
            if at is not None:
                local = at.astimezone(ZoneInfo(zone))
                values |= {f"{name}_on": local.date(), f"{name}_at": local.time()}
        return values


class SignForm(RecordForm):
    plan = Lines(label="What follows", rows=4, required=False, max_length=MOST_WORDS)


class AddForm(RecordForm):
    words = Lines(label="What became known", rows=3, max_length=MOST_WORDS)
