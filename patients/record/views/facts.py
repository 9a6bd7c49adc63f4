"""Allergies, weights and conditions."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from patients.record import actions, rules, selectors
from patients.record.days import today_in
from patients.record.forms import AllergiesForm, ConditionForm, ReasonForm, WeightForm
from patients.record.models import Condition, Patient
from patients.record.views.pages import ask, page, posted, shows_and_takes


@shows_and_takes
@requires(Permission.MEDICINE_RECORD)
def ask_allergies(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Allergies as told now: the whole list, or that none are known."""
    patient = find(request, Patient, ref, Permission.MEDICINE_RECORD)
    known = selectors.allergies(patient, request.member.zone)  # type: ignore[attr-defined]
    title, template = "Ask about allergies", "patients/allergies.html"
    if "more" in request.POST:
        form = AllergiesForm(request.POST, more=True)
        return page(request, template, patient, form, title=title, card="allergies", known=known)
    form = AllergiesForm(posted(request), listed=known.listed, seen=known.ref)

    def save(form: Any) -> str:
        try:
            actions.record_allergies(
                patient=patient,
                by=request.user,  # type: ignore[arg-type]
                none_known=form.cleaned_data["known"] == "none",
                allergies=form.allergies(),
                seen=form.cleaned_data["seen"],
            )
        except actions.Overtaken as meanwhile:
            form.look_again(str(meanwhile.row.ref))
            raise
        return "Allergies recorded"

    return ask(request, patient, form, save, title=title, card="allergies", template=template, known=known)


@shows_and_takes
@requires(Permission.VITALS_RECORD)
def measure_weight(request: HttpRequest, ref: UUID) -> HttpResponse:
    """A weight with its unit; one far from the last is asked about once more."""
    patient = find(request, Patient, ref, Permission.VITALS_RECORD)
    zone = request.member.zone  # type: ignore[attr-defined]
    last = next(iter(selectors.weights(patient, zone, most=1)), None)
    form = WeightForm(
        posted(request),
        today=today_in(zone),
        last_kg=last.kg if last else None,
        last_words=f"the last was {last.kg} kg on {rules.in_words(last.on)}" if last else "",
    )

    def save(form: Any) -> str:
        said = form.cleaned_data
        actions.measure_weight(
            patient=patient,
            by=request.user,  # type: ignore[arg-type]
            value=said["value"],
            unit=said["in_unit"],
            measured_at=form.measured_at(timezone.now(), zone),
            confirmed=said["is_right"],
        )
        return "Weight recorded"

    return ask(request, patient, form, save, title="Record a weight", card="weights")


@shows_and_takes
@requires(Permission.MEDICINE_EDIT)
def add_condition(request: HttpRequest, ref: UUID) -> HttpResponse:
    """A diagnosis or illness."""
    patient = find(request, Patient, ref, Permission.MEDICINE_EDIT)
    form = ConditionForm(posted(request))

    def save(form: Any) -> str:
        actions.add_condition(patient=patient, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        return "Condition added"

    return ask(request, patient, form, save, title="Add a condition", card="conditions")


@shows_and_takes
@requires(Permission.MEDICINE_EDIT)
def end_condition(request: HttpRequest, ref: UUID, condition: UUID) -> HttpResponse:
    """The condition is over, or never was."""
    patient = find(request, Patient, ref, Permission.MEDICINE_EDIT)
    row = find(request, Condition, condition, Permission.MEDICINE_EDIT, patient=patient)
    form = ReasonForm(posted(request))

    def save(form: Any) -> str:
        actions.end_condition(condition=row, by=request.user, reason=form.cleaned_data["why"])  # type: ignore[arg-type]
        return "Condition ended. It stays in the history."

    say = f"{row.text} will no longer be listed as something the patient has."
    return ask(request, patient, form, save, title="End a condition", card="conditions", say=say, verb="End condition")
