"""What is asked to book, move and end a visit, and to write down a preparation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms

from kap_clinic.accounts.models import Membership, Room, User
from kap_clinic.accounts.terms import Role
from kap_clinic.web.forms import DateField, Segmented, Short, Stacked, TimeField, WithUnit
from patients.record.forms.fields import Lines, RecordForm, Words
from patients.record.terms import CARE_ROLES
from sessions.visits import rules
from sessions.visits.models import Preparation
from sessions.visits.terms import NEUTRAL, SAFETY_PLAN, Modality, VisitKind, Why

NOBODY = "Choose who is in the visit"
CANCELLED_FOR = [Why.PATIENT_ASKED, Why.PATIENT_ILL, Why.CLINIC_ASKED, Why.NOT_READY, Why.GATE, Why.OTHER]
MOVED_FOR = [Why.PATIENT_ASKED, Why.PATIENT_ILL, Why.CLINIC_ASKED, Why.NOT_READY, Why.OTHER]
MISSED_FOR = [Why.NOT_REACHED, Why.PATIENT_ILL, Why.OTHER]


class People(forms.MultipleChoiceField):
    """Who is in a visit, each in one role: people of the clinic who look after patients."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Who is in the visit", **kwargs)
        self.error_messages["required"] = NOBODY
        self.people: dict[str, tuple[User, Role]] = {}

    def offer(self, clinic_id: int) -> None:
        rows = Membership.objects.filter(clinic_id=clinic_id, ended_at=None).select_related("user")
        pairs = [(row.user, Role(role)) for row in rows.order_by("user__name") for role in row.roles]
        self.people = {key_of(user, role): (user, role) for user, role in pairs if role in CARE_ROLES}
        self.choices = [(key, f"{user.name}, {role.label.lower()}") for key, (user, role) in self.people.items()]

    def clean(self, value: Any) -> Any:
        return [self.people[key] for key in super().clean(value)]


def key_of(user: User, role: Role | str) -> str:
    return f"{user.ref}:{role}"


class RoomField(forms.ChoiceField):
    """An open room of the clinic; none for a visit by video or phone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Room", required=False, **kwargs)
        self.rooms: dict[str, Room] = {}

    def offer(self, rooms: Sequence[Room]) -> None:
        self.rooms = {str(room.ref): room for room in rooms}
        named = [(ref, room.name) for ref, room in self.rooms.items()]
        self.choices = [("", "No room"), *named]

    def clean(self, value: Any) -> Any:
        return self.rooms.get(super().clean(value))


class WhyField(forms.ChoiceField):
    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Why", **kwargs)
        self.error_messages["required"] = "Choose why"


class WhenForm(RecordForm):
    """A day, a time, how long, where and who. Where the time comes twice, `which` is asked too."""

    on = DateField(label="Day")
    at = TimeField(label="Time")
    minutes = forms.IntegerField(label="Takes", min_value=rules.SHORTEST, max_value=rules.LONGEST)
    modality = forms.ChoiceField(
        label="How", choices=Modality.choices, widget=forms.RadioSelect, initial=Modality.IN_PERSON
    )
    room = RoomField()
    people = People()

    def __init__(self, *args: Any, clinic_id: int, rooms: Sequence[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].offer(clinic_id)  # type: ignore[attr-defined]
        self.fields["room"].offer(rooms)  # type: ignore[attr-defined]
        self.fields["minutes"].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        self.fields["minutes"].error_messages["invalid"] = "Enter how many minutes, like 60"
        self.which_words: list[tuple[str, str]] = []
        if self.data.get("which"):
            self.ask_which([(each, each) for each in ("0", "1")])
        self.helper.layout = Layout(*self.laid_out())

    def laid_out(self) -> list[Any]:
        which = [Stacked("which")] if "which" in self.fields else []
        when = Div("on", "at", WithUnit("minutes", "min"), css_class="form-row")
        return [when, *which, Segmented("modality"), Short("room"), "people"]

    def ask_which(self, choices: Any) -> None:
        """The time comes twice on that day: the earlier or the later is chosen."""
        self.fields["which"] = forms.ChoiceField(
            label="Which of the two", choices=[(str(fold), words) for fold, words in choices], widget=forms.RadioSelect
        )
        self.helper.layout = Layout(*self.laid_out())

    @property
    def starts(self) -> datetime:
        return datetime.combine(self.cleaned_data["on"], self.cleaned_data["at"])

    def visit(self) -> dict[str, Any]:
        """What was said, as the actions take it."""
        said, which = self.cleaned_data, self.cleaned_data.get("which")
        return {
            "starts": self.starts,
            "minutes": said["minutes"],
            "room": said["room"] if said["modality"] == Modality.IN_PERSON else None,
            "modality": Modality(said["modality"]),
            "staff": said["people"],
            "fold": int(which) if which else None,
        }


class BookForm(WhenForm):
    """One visit, or with the two that belong around it."""

    kind = forms.ChoiceField(label="Visit", widget=forms.RadioSelect)
    note = Words(label="Note for the desk", max_length=300, required=False, help_text="Like: needs the lift")

    def __init__(self, *args: Any, neutral: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = NEUTRAL if neutral else {kind: kind.label for kind in VisitKind}
        self.fields["kind"].choices = [(kind.value, named[kind]) for kind in VisitKind]  # type: ignore[attr-defined]
        self.fields["minutes"].required = False
        self.fields["minutes"].help_text = "Left open: as long as usual"

    def laid_out(self) -> list[Any]:
        return [Segmented("kind"), *super().laid_out(), "note"]


class SeriesForm(RecordForm):
    """Three visits around a dose, with the same people."""

    people = People()
    note = Words(label="Note for the desk", max_length=300, required=False)

    def __init__(self, *args: Any, clinic_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].offer(clinic_id)  # type: ignore[attr-defined]
        self.helper.layout = Layout("people", "note")
        self.helper.summary = False


class OneOfSeries(RecordForm):
    """When and where one visit of a series is."""

    on = DateField(label="Day")
    at = TimeField(label="Time")
    minutes = forms.IntegerField(label="Takes", min_value=rules.SHORTEST, max_value=rules.LONGEST)
    room = RoomField()

    def __init__(self, *args: Any, rooms: Sequence[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].offer(rooms)  # type: ignore[attr-defined]
        self.fields["room"].required = True
        self.fields["minutes"].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        self.helper.layout = Layout(Div("on", "at", WithUnit("minutes", "min"), "room", css_class="form-row"))
        self.helper.summary = False

    @property
    def starts(self) -> datetime:
        return datetime.combine(self.cleaned_data["on"], self.cleaned_data["at"])


class MoveForm(WhenForm):
    """Where a visit moves to, and why. `whole` moves the rest of its series as far."""

    whole = forms.BooleanField(label="Move the other visits of the series as far", required=False)
    why = WhyField(choices=[(why.value, why.label) for why in MOVED_FOR])
    words = Words(label="In a few words", max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_series: bool = False, **kwargs: Any) -> None:
        self.has_series = has_series
        super().__init__(*args, **kwargs)
        if not has_series:
            del self.fields["whole"]

    def laid_out(self) -> list[Any]:
        whole = ["whole"] if self.has_series else []
        return [*super().laid_out(), *whole, Stacked("why"), "words", "version"]


class EndForm(RecordForm):
    """Why a visit does not take place."""

    why = WhyField()
    words = Words(label="In a few words", max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, reasons: Sequence[Why], neutral: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [why for why in reasons if not (neutral and why == Why.GATE)]
        self.fields["why"].choices = [(why.value, why.label) for why in offered]  # type: ignore[attr-defined]
        self.helper.layout = Layout(Stacked("why"), "words", "version")


class PreparationForm(RecordForm):
    """What patient and therapist prepare. Everything may be left open; the newest text holds."""

    goal = Words(label="A new goal", max_length=300, required=False, help_text="In the patient's words")
    intention = Lines(label="Intention", required=False, max_length=4000, help_text="What this session is for")
    music = Words(label="Music", max_length=300, required=False, help_text="What the patient wants, and what never")
    scent = Words(label="Scent", max_length=300, required=False, help_text="“None” is an answer")
    movement = Words(label="Movement", max_length=300, required=False, help_text="Lying, sitting, shaking, stretching")
    touch_wishes = Words(
        label="Touch wishes", max_length=300, required=False, help_text="Within what was agreed; the consent decides"
    )
    stop_word = Words(label="Stop word", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, ask) in SAFETY_PLAN.items():
            self.fields[f"plan_{name}"] = Lines(label=label, help_text=ask, required=False, rows=2, max_length=2000)
        self.say_lengths()
        self.helper.mark_optional = False

    @property
    def wishes(self) -> list[Any]:
        return [self[name] for name in ("music", "scent", "movement", "touch_wishes", "stop_word")]

    @property
    def plan(self) -> list[Any]:
        return [self[f"plan_{name}"] for name in SAFETY_PLAN]

    def said(self) -> dict[str, Any]:
        """As write_preparation takes it."""
        said = dict(self.cleaned_data)
        plan = {name: said.pop(f"plan_{name}") for name in SAFETY_PLAN}
        said.pop("goal")
        return said | {"safety_plan": plan}

    @staticmethod
    def initial_of(row: Preparation | None) -> dict[str, Any]:
        if row is None:
            return {}
        names = ("intention", "music", "scent", "movement", "touch_wishes", "stop_word")
        plan = {f"plan_{name}": text for name, text in row.safety_plan.items()}
        return {name: getattr(row, name) for name in names} | plan
