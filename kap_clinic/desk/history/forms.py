"""What somebody looks for in a trail, and why they take it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crispy_forms.layout import Div, Layout
from django import forms

from kap_clinic.audit import words
from kap_clinic.desk.history.terms import Order
from kap_clinic.web.forms import ClinicForm, DateField

NOBODY = "none"  # not one of the staff: the system, a patient by link


@dataclass(frozen=True)
class Person:
    id: int
    ref: str
    name: str


@dataclass(frozen=True)
class Filters:
    """What to show; nothing given shows all. Moments are the clinic's midnights, `until` the one after the last day."""

    actor_id: int | None = None
    only_others: bool = False
    event: str = ""
    since: datetime | None = None
    until: datetime | None = None
    order: Order = Order.NEWEST
    in_words: str = "everything"


class FilterForm(ClinicForm):
    person = forms.ChoiceField(label="Who", required=False)
    event = forms.ChoiceField(label="What", required=False)
    since = DateField(label="From", required=False)
    until = DateField(label="To", required=False)
    order = forms.ChoiceField(label="Order", choices=Order.choices, required=False)

    def __init__(self, *args, people: Iterable[Person], zone: str, is_own: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.ref: person for person in people}
        self.zone = ZoneInfo(zone)
        names = [(ref, person.name) for ref, person in self.people.items()]
        self._offer("person", [("", "Everybody"), *names, (NOBODY, "The system, or a patient by link")])
        self._offer("event", [("", "Everything"), *_events(is_own)])
        shown = ["event", "since", "until", "order"] if is_own else ["person", "event", "since", "until", "order"]
        self.helper.mark_optional = False
        self.helper.layout = Layout(Div(*shown, css_class="form-row"))

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first. Choose a later one")

    def filters(self) -> Filters:
        """What was asked for, once the form is valid."""
        data = self.cleaned_data
        person = self.people.get(data["person"])
        return Filters(
            actor_id=person.id if person else None,
            only_others=data["person"] == NOBODY,
            event=data["event"],
            since=self._midnight(data["since"]),
            until=self._midnight(_day_after(data["until"])),
            order=Order(data["order"] or Order.NEWEST),
            in_words=self._in_words(),
        )

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time.min, self.zone) if day else None

    def _in_words(self) -> str:
        """The filter as an export names it."""
        chosen = [(self.fields[name].label, self._chosen(name)) for name in ("person", "event", "since", "until")]
        return ", ".join(f"{label} {value}" for label, value in chosen if value).lower() or "everything"

    def _chosen(self, name: str) -> str:
        value = self.cleaned_data[name]
        return dict(getattr(self.fields[name], "choices", ())).get(value, value) if value else ""


class ExportForm(ClinicForm):
    reason = forms.CharField(
        label="Why you need this file",
        max_length=300,
        help_text="The reason, your name and the filter are kept in the history.",
        error_messages={"required": "Write why you need this file"},
    )


def _day_after(day: date | None) -> date | None:
    """None after the last day there is, as after no day."""
    return day + timedelta(days=1) if day and day < date.max else None


def _events(is_own: bool) -> list[tuple[str, str]]:
    """Every event by its words, in their order; those of private notes only where one's own acts are shown."""
    hidden = () if is_own else words.PRIVATE + words.CONCERNS
    named = [(name, known.verb) for name, known in words.known().items() if not name.startswith(hidden)]
    return sorted(((name, verb[:1].upper() + verb[1:]) for name, verb in named), key=lambda pair: pair[1])
