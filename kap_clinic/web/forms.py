"""How a form is laid out and what it says when something is missing: label, hint, error, input, in this order."""

from decimal import Decimal
from typing import Any

from crispy_forms.bootstrap import AppendedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.forms.utils import pretty_name

NO_ARTICLE = ("the ", "a ", "an ", "your ", "who ", "what ", "when ", "where ", "which ", "why ", "how ")
CHOICES = (forms.ChoiceField, forms.ModelChoiceField)


class Helper(FormHelper):
    """The page writes `<form>` by hand, with its htmx attributes; this writes what is inside, errors first."""

    form_tag = False
    include_media = False
    help_text_inline = False

    def __init__(self, form: forms.BaseForm | None = None) -> None:
        super().__init__(form)
        self.summary = True  # False where the page puts components/error_summary.html itself
        self.mark_optional = True  # False where everything is optional, as in a filter


class Tidy:
    """For Form and ModelForm: our layout, no half-checks by the browser, and errors that say what to do."""

    use_required_attribute = False  # the browser's own bubbles vanish, cannot be linked to and are not read again

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Helper(self)  # type: ignore[arg-type]
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            ask_plainly(field, str(field.label or pretty_name(name)))

    @property
    def status(self) -> int:
        """What to answer with when this form is shown again: htmx and browsers both swap it in."""
        return 422 if self.is_bound and self.errors else 200  # type: ignore[attr-defined]


class ClinicForm(Tidy, forms.Form):
    pass


class ClinicModelForm(Tidy, forms.ModelForm):
    pass


def ask_plainly(field: forms.Field, label: str) -> None:
    """Replace "This field is required." by what to do, unless the form said it better itself."""
    if str(field.error_messages.get("required")) == str(forms.Field.default_error_messages["required"]):
        field.error_messages["required"] = _what_to_do(field, label)


def _what_to_do(field: forms.Field, label: str) -> str:
    words = lower_first(label)
    if isinstance(field, forms.BooleanField):
        return f"Tick “{label}” to go on"
    if isinstance(field, forms.TimeField):
        return f"Enter the time: {words}"
    verb = "Choose" if isinstance(field, CHOICES) else "Enter"
    return f"{verb} {words}" if words.startswith(NO_ARTICLE) else f"{verb} the {words}"


def lower_first(words: str) -> str:
    """A label inside a sentence: "Date of birth" becomes "date of birth", "SpO2" and "PHQ-9" stay."""
    first, _, rest = words.partition(" ")
    if any(sign.isupper() or sign.isdigit() for sign in first[1:]):
        return words
    return f"{first.lower()} {rest}".strip()


class JsonField(forms.JSONField):
    """What a script of ours sends; nonsense, also a number of thousands of digits, is a refusal and no fault."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as nonsense:
            if isinstance(nonsense, forms.ValidationError):
                raise
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from nonsense

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return None  # it is hidden, and a script fills it anew


class NumberField(forms.DecimalField):
    """A number as people type it: 68.4 or 68,4. `example` goes into the error; bounds are in the same unit."""

    widget = forms.TextInput

    def __init__(self, *, unit: str = "", example: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit
        words = f"the {lower_first(str(self.label or 'number'))}{f' in {unit}' if unit else ''}"
        like = f", like {example}" if example else ""
        self.error_messages["invalid"] = f"Enter {words}{like}"

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            value = value.replace(",", ".")
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}


class DateField(forms.DateField):
    """A date, typed or picked natively and echoed in words beside the field."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = "Enter a date, like 14 March 1987"
        self.input_formats = ["%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%m/%d/%Y"]


class TimeField(forms.TimeField):
    """A time of day, 24 hours. The key N writes the time it is now."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = "Enter a time, like 09:30"


class WithUnit(AppendedText):
    """An input with its unit inside the end: WithUnit("weight_kg", "kg")."""

    def __init__(self, field: str, unit: str, **kwargs: Any) -> None:
        super().__init__(field, unit, **kwargs)


class Short(Field):
    """An input as wide as what goes in: Short("doses")."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(*fields, wrapper_class="short", **kwargs)


class Segmented(Field):
    """Radios side by side in one strip, for two to four short words: Segmented("side")."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(*fields, wrapper_class="segmented", **kwargs)


class Stacked(Field):
    """Radios or ticks one under the other, for answers longer than a word or two: Stacked("reason")."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(*fields, wrapper_class="stacked", **kwargs)
