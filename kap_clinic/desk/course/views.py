"""The course page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import record
from kap_clinic.desk.course import selectors
from kap_clinic.desk.course.forms import GoalForm, MoveForm, PlanForm
from patients.course import actions as course_actions
from patients.course.models import Course, Goal
from patients.course.rules import ENROLLED_STAGES
from patients.course.terms import Event, Stage
from patients.record.days import today_in
from patients.record.models import Patient
from screening import actions
from screening.selectors import conditions_in_force
from sessions import course as courses

CLOSABLE = {*ENROLLED_STAGES, Stage.COMPLETED, Stage.ENDED_EARLY}


@require_safe
@requires(Permission.COURSE_VIEW)
def course(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Course, ref, Permission.COURSE_VIEW)
    record(Event.COURSE_READ, by=request.user, on=row)
    return _page(request, row)


def _page(request: StaffRequest, row: Course, status: int = 200, **forms: Any) -> HttpResponse:
    today = today_in(request.member.zone)
    clinical = may(request.member, Permission.SCREENING_VIEW, row)
    moves = selectors.next_moves(row, request.member, today) if clinical or request.member else []
    shown = forms.get("move_form")
    context = {
        "course": row,
        "patient": row.patient,
        "phases": selectors.timeline(row),
        "next_moves": [
            (move, shown if shown and forms.get("to") == move.to else MoveForm(move=move)) for move in moves
        ],
        "tried": forms.get("to"),
        "moves": selectors.moves(row) if clinical else [],
        "goals": selectors.goals(row) if clinical else [],
        "plan_form": forms.get("plan_form") or PlanForm(initial=PlanForm.initial_of(row), today=today),
        "goal_form": forms.get("goal_form") or GoalForm(),
        "conditions": conditions_in_force(row.patient_id, today) if clinical else [],
        "clinical": clinical,
        "may_plan": may(request.member, Permission.SCREENING_RECORD, row),
        "may_print": may(request.member, Permission.MEASURE_EXPORT, row),
        "may_close": row.stage in CLOSABLE and may(request.member, Permission.COURSE_END, row),
    }
    return render(request, "desk/course/course.html", context, status=status)


@require_POST
@requires(Permission.COURSE_OPEN)
def open_course(request: StaffRequest, ref: UUID) -> HttpResponse:
    patient = find(request, Patient, ref, Permission.COURSE_OPEN)
    row = course_actions.open_course(
        patient=patient, by=request.user, role=role_used(request.member, Permission.COURSE_OPEN, patient)
    )
    return redirect("desk:course", row.ref)


@require_POST
@requires(Permission.COURSE_VIEW)
def move(request: StaffRequest, ref: UUID, to: str) -> HttpResponse:
    if to not in Stage.values or Stage(to) not in selectors.NEEDED:
        raise Http404
    permission = selectors.NEEDED[Stage(to)]
    row = find(request, Course, ref, permission)
    today = today_in(request.member.zone)
    wanted = next((m for m in selectors.next_moves(row, request.member, today) if m.to == to), None)
    if wanted is None:
        messages.error(
            request, f"A course does not go from {row.get_stage_display().lower()} to {Stage(to).label.lower()}."
        )
        return redirect("desk:course", row.ref)
    form = MoveForm(request.POST, move=wanted)
    if form.is_valid():
        try:
            with transaction.atomic():
                courses.move_course(
                    course=row,
                    to=Stage(to),
                    by=request.user,
                    role=_role(request, permission, row, to),
                    on=today,
                    **form.words(),
                )
        except actions.NotPossible as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"The course is now at {Stage(to).label.lower()}.")
            return redirect("desk:course", row.ref)
    return _page(request, row, status=422, move_form=form, to=to)


def _role(request: StaffRequest, permission: Permission, row: Course, to: str) -> str:
    """Whoever starts a series ends it in that role: they may do so before its planned number."""
    starts = role_used(request.member, Permission.COURSE_DOSE, row) if to == Stage.CLOSING else ""
    return starts or role_used(request.member, permission, row)


@require_POST
@requires(Permission.SCREENING_RECORD)
def plan(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Course, ref, Permission.SCREENING_RECORD)
    form = PlanForm(request.POST, today=today_in(request.member.zone))
    if not form.is_valid():
        return _page(request, row, status=422, plan_form=form)
    course_actions.note_enrolment(course=row, by=request.user, **form.facts())
    return redirect("desk:course", row.ref)


@require_POST
@requires(Permission.SCREENING_RECORD)
def set_goal(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Course, ref, Permission.SCREENING_RECORD)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, goal_form=form)
    course_actions.set_goal(course=row, text=form.cleaned_data["text"], by=request.user)
    return redirect("desk:course", row.ref)


@require_POST
@requires(Permission.SCREENING_RECORD)
def close_goal(request: StaffRequest, ref: UUID, goal_ref: UUID) -> HttpResponse:
    row = find(request, Course, ref, Permission.SCREENING_RECORD)
    goal = find(request, Goal, goal_ref, Permission.SCREENING_RECORD, course=row)
    course_actions.close_goal(goal=goal, outcome=request.POST.get("outcome", "")[:300] or "Closed", by=request.user)
    return redirect("desk:course", row.ref)
