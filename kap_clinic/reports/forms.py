"""What a report is asked for."""

from datetime import date, timedelta
from typing import Any

from django import forms

from kap_clinic.reports.selectors import OFFERED, Asked
from kap_clinic.reports.terms import Whose
from kap_clinic.web.forms import ClinicForm, DateField
from screening import measures

REASON_LENGTH = 15  # characters of why an export with names leaves the house, PD
SPAN = timedelta(days=365)


class AskForm(ClinicForm):
    """Which instrument, whose first dose when, as of which day, with or without names."""

    instrument = forms.ChoiceField(choices=[(name, measures.instrument(name).short_title) for name in OFFERED])
    since = DateField(label="First dose from")
    until = DateField(label="to")
    as_of = DateField(label="As of")
    whose = forms.ChoiceField(choices=Whose.choices)

    def __init__(self, data: Any, *, today: date, names: bool, zone: str) -> None:
        self.zone = zone
        super().__init__({**first_values(today, names=names), **(data or {})})
        allowed = Whose.choices if names else [(Whose.CLINIC.value, Whose.CLINIC.label)]
        self.fields["whose"].choices = allowed  # type: ignore[attr-defined]
        self.helper.mark_optional = False

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", "Enter a day that is not before the first one")
        return found

    def asked(self) -> Asked:
        found = self.cleaned_data
        return Asked(
            found["instrument"], found["since"], found["until"], found["as_of"], Whose(found["whose"]), self.zone
        )


def first_values(today: date, *, names: bool) -> dict[str, str]:
    return {
        "instrument": OFFERED[0],
        "since": (today - SPAN).isoformat(),
        "until": today.isoformat(),
        "as_of": today.isoformat(),
        "whose": Whose.MINE if names else Whose.CLINIC,
    }


class ExportForm(ClinicForm):
    """Why rows with names leave the house."""

    reason = forms.CharField(label="Why you need this file", max_length=300)

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"].strip()
        if len(reason) < REASON_LENGTH:
            raise forms.ValidationError(f"Write why in {REASON_LENGTH} characters or more")
        return reason
