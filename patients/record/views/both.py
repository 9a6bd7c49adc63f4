"""Two people saved the same record: both versions side by side, and a choice for each field (REL-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.record import actions, phones, rules
from patients.record.actions import Changed, Difference
from patients.record.forms import ChangeForm
from patients.record.models import Patient

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Choice:
    """One field as the two wrote it; `take` is what is chosen, "" while nobody has chosen."""

    field: str
    label: str
    theirs: str
    mine: str
    take: str


def settled(request: HttpRequest, patient: Patient, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values to save after a choice was made, and those that differ and were not chosen between."""
    if "settle" not in request.POST:
        return dict(values), {}
    take = {name: request.POST.get(f"take_{name}") for name in values}
    keep = {name: value for name, value in values.items() if take[name] != THEIRS}
    return keep, {n: v for n, v in keep.items() if getattr(patient, n) != v and take[n] != MINE}


def side_by_side(
    request: HttpRequest, patient: Patient, form: ChangeForm, changed: Changed, *, status: int = 409
) -> HttpResponse:
    """Nothing was saved; what both wrote is on the page. A field only one of them touched is chosen already."""
    zone = request.member.zone  # type: ignore[attr-defined]
    choices = [_choice(request, form, one, phones.country_of(zone)) for one in changed.differences]
    shown = {
        "patient": patient,
        "form": form,
        "choices": choices,
        "changed": changed,
        "zone": zone,
        "open": [choice for choice in choices if not choice.take] if status == 422 else [],
    }
    return render(request, "patients/side_by_side.html", shown, status=status)


def still_to_choose(
    request: HttpRequest, patient: Patient, form: ChangeForm, unsettled: Mapping[str, Any]
) -> HttpResponse:
    """The same page again, with the fields nobody chose for."""
    values = form.values()
    differences = [
        Difference(name, None, getattr(patient, name), value)
        for name, value in values.items()
        if name in unsettled or f"take_{name}" in request.POST
    ]
    by, at = patient.changed_by, patient.changed_at
    changed = actions.Changed(differences, by=by, at=at, version=patient.version)  # type: ignore[arg-type]
    return side_by_side(request, patient, form, changed, status=422)


def _choice(request: HttpRequest, form: ChangeForm, one: Difference, country: str) -> Choice:
    chosen = request.POST.get(f"take_{one.field}", "")
    untouched = {THEIRS: one.mine == one.was, MINE: one.theirs == one.was}
    suggested = next((side for side, is_so in untouched.items() if is_so), "") if one.was is not None else ""
    label = str(form.fields[one.field].label)
    return Choice(
        one.field, label, _words(one, one.theirs, country), _words(one, one.mine, country), chosen or suggested
    )


def _words(one: Difference, value: Any, country: str) -> str:
    """A value as people read it; nothing is a word of its own."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return rules.in_words(value)
    if one.field == "phone":
        return phones.shown(value, country)
    choices = dict(Patient._meta.get_field(one.field).choices or ())  # type: ignore[union-attr]
    return str(choices.get(value, value))
