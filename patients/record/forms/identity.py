"""Everything a record says of the person itself: asked at registering, changed later."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from crispy_forms.layout import Field, Fieldset, Layout, Row
from django import forms

from kap_clinic.web.forms import Segmented, ask_plainly
from patients.record import phones
from patients.record.forms.fields import BirthDate, Lines, Name, Phone, RecordForm, Words, yes_no
from patients.record.models import Patient
from patients.record.terms import MessageWish, Sex

LANGUAGES = ("English", "Spanish", "Chinese", "Tagalog", "Vietnamese", "Arabic", "French", "Korean", "Russian")
AREAS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


@lru_cache(maxsize=32)
def zone_choices(country: str) -> list[tuple[str, Any]]:
    """Time zones, those of the clinic's country first."""
    near = phones.zones_of(country)
    everywhere = sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
    )
    return [
        ("In the clinic's country", [(zone, zone_words(zone)) for zone in near]),
        ("Everywhere", [(zone, zone_words(zone)) for zone in everywhere if zone not in set(near)]),
    ]


def _unlisted(country: str, *zones: str | None) -> list[tuple[str, str]]:
    """Zones in use that the choices do not hold."""
    listed = {zone for _, group in zone_choices(country) for zone, _ in group}
    return [(zone, zone) for zone in dict.fromkeys(filter(None, zones)) if zone not in listed]


def zone_words(zone: str) -> str:
    """A zone as people look for it: "New York (America)"."""
    area, _, place = zone.partition("/")
    return f"{place.replace('_', ' ').replace('/', ', ')} ({area})" if place else zone


class Fold(Fieldset):
    """Fields that may wait, behind a summary; open while one of them is to be mended."""

    template = "patients/_fold.html"

    def render(self, form: Any, context: Any, *args: Any, **kwargs: Any) -> str:
        names = {pointer.name for pointer in self.get_field_names()}
        self.css_id = "open" if names & form.errors.keys() else None
        return super().render(form, context, *args, **kwargs)


class IdentityForm(RecordForm):
    """Everything a record says of the person itself. `only` are the fields this person may fill in."""

    given_name = Name(label="Given name", max_length=80)
    family_name = Name(label="Family name", max_length=80)
    preferred_name = Name(label="Goes by", max_length=80, required=False, help_text="The name to use when speaking")
    pronouns = Words(label="Pronouns", max_length=40, required=False, help_text="Like she/her")
    birth_date = BirthDate(label="Date of birth")
    phone = Phone(label="Phone", required=False)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    message_wish = forms.ChoiceField(
        label="Reminders by",
        choices=[choice for choice in MessageWish.choices if choice[0] != MessageWish.NOT_ASKED],
        widget=forms.RadioSelect,
        required=False,
        help_text="Messages never say what the clinic treats. None are sent until this is asked.",
    )
    safe_to_leave_message = yes_no("May we leave a voice message?")
    safe_contact = Words(
        label="How to reach them safely",
        max_length=300,
        required=False,
        help_text="Like: only the mobile, not between 6 and 8 in the evening",
    )
    language = Words(label="Language", max_length=60, required=False)
    zone = forms.ChoiceField(label="Time zone", required=False, help_text="Reminders keep to it")
    address = Lines(label="Address", max_length=500, required=False)
    sex_for_scoring = forms.ChoiceField(
        label="Sex, for scores that need it",
        choices=Sex.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="Only the alcohol scale AUDIT-C uses it",
    )

    def __init__(self, *args: Any, zone: str, today: date, only: Collection[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = phones.country_of(zone)
        fields: dict[str, Any] = self.fields
        fields["birth_date"].today = today
        fields["birth_date"].widget.attrs["max"] = today.isoformat()
        fields["phone"].country = country
        fields["zone"].choices = [*_unlisted(country, zone, self.initial.get("zone")), *zone_choices(country)]
        fields["language"].widget.attrs["list"] = "languages"
        for name in [name for name in IdentityForm.base_fields if only is not None and name not in only]:
            del self.fields[name]
        self.helper.layout = self._layout()

    def _layout(self) -> Layout:
        return Layout(
            Row(*self._there("given_name", "family_name")),
            Row(*self._there("preferred_name", "pronouns")),
            *self._there("birth_date"),
            self._group(Fieldset, "How to reach them", Row(*self._there("phone", "email")), *self._reach()),
            self._group(Fold, "More, now or later", *self._more()),
        )

    def _there(self, *names: str) -> list[str]:
        return [name for name in names if name in self.fields]

    def _reach(self) -> list[Any]:
        wishes = [Segmented(name) for name in self._there("message_wish", "safe_to_leave_message")]
        return [*wishes, *self._there("safe_contact")]

    def _more(self) -> list[Any]:
        sex = [Segmented(name) for name in self._there("sex_for_scoring")]
        return [Row(*self._there("language", "zone")), *self._there("address"), *sex]

    def _group(self, kind: type[Fieldset], legend: str, *parts: Any) -> Any:
        named = [name for part in parts for name in _names(part)]
        return kind(legend, *parts) if len(named) > 1 else Layout(*parts)

    def values(self) -> dict[str, Any]:
        """What was said, by the names of a patient's fields."""
        said = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        if "message_wish" in said:
            said["message_wish"] = said["message_wish"] or MessageWish.NOT_ASKED
        return said


def _names(part: Any) -> list[str]:
    return [part] if isinstance(part, str) else [name for inner in part.fields for name in _names(inner)]


class RegisterForm(IdentityForm):
    """A new patient: three answers are needed, the rest can wait. Possible duplicates are asked about once shown."""

    not_the_same = Words(
        label="Why is this another person?",
        max_length=300,
        required=False,
        help_text="Like: twins, or a different middle name and address. It is kept with the record.",
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, zone=zone, initial={"zone": zone, "language": "English"}, **kwargs)

    def says_another(self, labels: Collection[str]) -> bool:
        """Whether the possible duplicates with these record numbers were all shown, and said to be somebody else."""
        self.fields["not_the_same"].required = True  # from now on it is asked for
        if self.data.get("seen", "") != " ".join(labels):
            return False
        if not self.cleaned_data["not_the_same"]:
            self.add_error("not_the_same", "Say why this is another person, or open the record that is theirs")
        return not self.errors

    def values(self) -> dict[str, Any]:
        said = {name: value for name, value in super().values().items() if name != "not_the_same"}
        return {name: value for name, value in said.items() if value or name not in {"zone", "language"}}


class ChangeForm(IdentityForm):
    """The record as it stands, to be changed. `version` is the one that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, patient: Patient, only: Collection[str], **kwargs: Any) -> None:
        self.patient = patient
        super().__init__(*args, only=only, initial=as_initial(patient), **kwargs)
        for name in ("zone", "language"):
            if name in self.fields:
                self.fields[name].required = True
                ask_plainly(self.fields[name], str(self.fields[name].label))

    def _layout(self) -> Layout:
        return Layout(Field("version"), *super()._layout().fields)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "version"}


def as_initial(patient: Patient) -> dict[str, Any]:
    """A patient's row as the form shows it."""
    values = {name: getattr(patient, name) for name in IdentityForm.base_fields}
    safe = patient.safe_to_leave_message
    wish = "" if patient.message_wish == MessageWish.NOT_ASKED else patient.message_wish
    said = {None: None, True: "yes", False: "no"}[safe]
    return values | {"version": patient.version, "safe_to_leave_message": said, "message_wish": wish}
