"""Booking a visit, and a series around a dose."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.clinic_settings.selectors import value_of, values_of
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.setting_keys import DAYS
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.actions import opened
from patients.course.models import Course
from patients.record.days import today_in
from patients.record.models import Patient
from patients.record.rules import in_words
from sessions.visits import actions, rules, selectors
from sessions.visits.actions import NotReady, Visit, WhichTime
from sessions.visits.forms import BookForm, OneOfSeries, SeriesForm, key_of
from sessions.visits.models import Appointment
from sessions.visits.selectors import pages
from sessions.visits.terms import NEUTRAL, Event, VisitKind, VisitState

MORNING = time(9)


@requires(Permission.SCHEDULE_BOOK)
def book(request: StaffRequest, ref: UUID) -> HttpResponse:
    """One visit of a patient. What the address says (room, on, at, kind) is filled in."""
    patient = find(request, Patient, ref, Permission.SCHEDULE_BOOK)
    _opens(request, patient)
    rooms = pages.rooms_of(request.member.clinic_id)
    form = BookForm(
        request.POST if request.method == "POST" else None,
        clinic_id=request.member.clinic_id,
        rooms=rooms,
        neutral=_is_neutral(request),
        initial=_initial(request, patient),
    )
    if form.is_valid():
        said = form.visit()
        kind = VisitKind(form.cleaned_data["kind"])
        said["minutes"] = said["minutes"] or value_of(f"visit_minutes_{kind}", request.member.clinic_id)
        course = _course(patient)
        try:
            with transaction.atomic():
                made = actions.book(
                    patient=patient,
                    course=course,
                    kind=kind,
                    note=form.cleaned_data["note"],
                    follows=_follows(course) if kind == VisitKind.INTEGRATION else None,
                    by=request.user,
                    role=role_used(request.member, Permission.SCHEDULE_BOOK, patient),
                    **said,
                )
        except NotReady as no:
            refuse(form, no)
        else:
            messages.success(request, f"Booked: {_when(made)}")
            return redirect("visits:visit", made.ref)
    if request.method != "POST":
        opened(request, Event.SCHEDULE_OPENED, on=patient, view="book")
    shown = {"patient": patient, "form": form, "may_series": _may_series(patient)}
    shown |= {"title": "Book a visit", "verb": "Book"}
    return render(request, "visits/book.html", shown, status=form.status)


def refuse(form: Any, no: NotReady) -> None:
    """Put the reasons on the form; a time that comes twice is asked for."""
    if isinstance(no, WhichTime):
        form.ask_which(no.choices)
        form.add_error("which", no.reasons[0])
        return
    for reason in no.reasons:
        form.add_error(None, reason)


def _opens(request: StaffRequest, patient: Patient) -> None:
    """Somebody may book for a patient whose record they may open."""
    if not may(request.member, Permission.PATIENT_VIEW, patient):
        raise Refused(Permission.PATIENT_VIEW, patient)


def _is_neutral(request: StaffRequest) -> bool:
    return not may(request.member, Permission.SCHEDULE_DETAILS)


def _course(patient: Patient) -> Course | None:
    return patient.courses.live().first()


def _may_series(patient: Patient) -> bool:
    course = _course(patient)
    return course is not None and course.stage in rules.BOOKED_AT[VisitKind.DOSING]


def _follows(course: Course | None) -> Appointment | None:
    """The last dose no integration visit belongs to yet."""
    if course is None:
        return None
    doses = course.appointments.filter(kind=VisitKind.DOSING).exclude(
        state__in=(VisitState.CANCELLED, VisitState.NO_SHOW)
    )
    for dose in doses.order_by("-starts_at"):
        if selectors.integration_after(dose) is None:
            return dose
    return None


def _initial(request: StaffRequest, patient: Patient) -> dict[str, Any]:
    asked = request.GET
    on = _read(date.fromisoformat, asked.get("on", ""), _next_open_day(request))
    me = [key_of(request.user, role) for role in (Role.THERAPIST, Role.PRESCRIBER) if role in request.member.roles]
    return {
        "on": on,
        "at": _read(time.fromisoformat, asked.get("at", ""), MORNING),
        "room": asked.get("room", ""),
        "kind": asked.get("kind", ""),
        "people": me[:1],
    }


def _read(read: Any, text: str, otherwise: Any) -> Any:
    try:
        return read(text)
    except ValueError:
        return otherwise


def open_days(clinic_id: int) -> frozenset[int]:
    """Weekdays, Monday 0, on which the clinic is open at all."""
    hours = value_of("hours", clinic_id)
    return frozenset(number for number, day in enumerate(DAYS) if hours.get(day))


def _next_open_day(request: StaffRequest) -> date:
    day = today_in(request.member.zone) + timedelta(days=1)
    days = open_days(request.member.clinic_id)
    while days and day.weekday() not in days:
        day += timedelta(days=1)
    return day


def _when(visit: Appointment) -> str:
    start = rules.from_text(visit.wall_start)
    return f"{in_words(start.date())}, {start:%H:%M}"


# A series

SERIES = (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)


@requires(Permission.SCHEDULE_BOOK)
def book_series(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Three visits around a dose, proposed around a day and time of the address, changed as needed, booked as one."""
    patient, member = find(request, Patient, ref, Permission.SCHEDULE_BOOK), request.member
    _opens(request, patient)
    rooms = pages.rooms_of(member.clinic_id)
    sent = request.POST if request.method == "POST" else None
    around = datetime.combine(
        _read(date.fromisoformat, request.GET.get("on", ""), _next_open_day(request) + timedelta(days=7)),
        _read(time.fromisoformat, request.GET.get("at", ""), MORNING),
    )
    proposed = _proposed(around, rooms, member.clinic_id)
    parts = [(kind, OneOfSeries(sent, prefix=kind.value[0], rooms=rooms, initial=proposed[kind])) for kind in SERIES]
    form = SeriesForm(sent, clinic_id=member.clinic_id, initial=_initial(request, patient))
    valid = [part.is_valid() for _, part in parts]  # each says what it needs, not only the first
    if form.is_valid() and all(valid):
        try:
            with transaction.atomic():
                made = _book_series(request, patient, form, parts)
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"Three visits booked, the first {_when(made[0])}")
            return redirect("visits:visit", made[1].ref)
    if sent is None:
        opened(request, Event.SCHEDULE_OPENED, on=patient, view="series")
    names = NEUTRAL if _is_neutral(request) else {kind: kind.label for kind in VisitKind}
    status = 422 if sent is not None else 200
    shown = {
        "patient": patient,
        "form": form,
        "parts": [(names[kind], f"tone-{NEUTRAL[kind][-1].lower()}", part) for kind, part in parts],
        "around": around,
        "back": reverse("visits:book", args=[patient.ref]),
    }
    return render(request, "visits/series.html", shown, status=status)


def _proposed(around: datetime, rooms: list[Any], clinic_id: int) -> Mapping[VisitKind, dict[str, Any]]:
    lengths = values_of([f"visit_minutes_{kind}" for kind in SERIES], clinic_id)
    minutes = {kind: lengths[f"visit_minutes_{kind}"] for kind in SERIES}
    dosing = next((room for room in rooms if room.is_dosing_room), None)
    room = str(dosing.ref) if dosing else ""
    return {
        one.kind: {"on": one.starts.date(), "at": one.starts.time(), "minutes": one.minutes, "room": room}
        for one in rules.propose_series(around, minutes, open_days(clinic_id))
    }


def _book_series(request: StaffRequest, patient: Patient, form: SeriesForm, parts: list[Any]) -> list[Appointment]:
    course = _course(patient)
    if course is None:
        raise NotReady(["Open a course first: this kind of visit belongs to one"])
    visits = [
        Visit(
            kind,
            part.starts,
            part.cleaned_data["minutes"],
            part.cleaned_data["room"],
            tuple(form.cleaned_data["people"]),
        )
        for kind, part in parts
    ]
    return actions.book_series(
        patient=patient,
        course=course,
        visits=visits,
        note=form.cleaned_data["note"],
        by=request.user,
        role=role_used(request.member, Permission.SCHEDULE_BOOK, patient),
    )
