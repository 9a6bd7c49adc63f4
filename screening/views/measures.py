"""Pages of measures: what there is, one in depth, and recording one."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kap_clinic.accounts.access import find, may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import record
from patients.record.models import Patient
from screening import actions, measures, trajectories
from screening.forms.measures import form_for
from screening.terms import Event, MeasureEntry


@require_safe
@requires(Permission.MEASURE_VIEW)
def all_measures(request: StaffRequest, ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MEASURE_VIEW)
    record(Event.MEASURE_OPENED, by=request.user, on=patient)
    context = {
        "patient": patient,
        "panels": trajectories.panels(patient),
        "rows": trajectories.overview(patient),
        "every": measures.all_instruments(),
        "may_record": may(request.member, Permission.MEASURE_RECORD, patient),
    }
    return render(request, "screening/measures.html", context)


@require_safe
@requires(Permission.MEASURE_VIEW)
def measure(request: StaffRequest, ref: UUID, instrument: str) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MEASURE_VIEW)
    form = _instrument(instrument)
    record(Event.MEASURE_OPENED, by=request.user, on=patient, instrument=instrument)
    context = {"patient": patient, "instrument": form, "depth": trajectories.in_depth(patient, form)}
    return render(request, "screening/measure.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MEASURE_RECORD)
def record_measure(request: StaffRequest, ref: UUID, instrument: str) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.MEASURE_RECORD)
    chosen = _instrument(instrument)
    form = form_for(instrument, request.POST if request.method == "POST" else None, timezone.localtime())
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.record_measure(
                    patient=patient,
                    instrument=instrument,
                    answers=form.answers(),
                    entry=MeasureEntry(form.cleaned_data["entry"]),
                    answered_at=form.cleaned_data["answered_at"],
                    by=request.user,
                )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            return redirect("screening:measure", patient.ref, instrument)
    context: dict[str, Any] = {"patient": patient, "instrument": chosen, "form": form}
    return render(request, "screening/record_measure.html", context, status=form.status)


def _instrument(name: str) -> measures.Instrument:
    try:
        return measures.instrument(name)
    except measures.UnknownInstrument as unknown:
        raise Http404 from unknown
