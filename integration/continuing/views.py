"""Continue or stop; the closing of a course."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integration.continuing import actions, pages, selectors
from integration.continuing.forms import CloseForm, ContinuingPlanForm, DecisionForm
from integration.continuing.terms import CLOSES_TO, Decision, Event
from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened
from patients.course.actions import NotReady
from patients.course.models import Course
from patients.course.rules import CLOSED
from patients.course.terms import Ending, Stage
from patients.record.days import today_in
from patients.record.terms import Reader

BY_PRESCRIBER = (Stage.MAINTENANCE, Stage.ENDED_EARLY)
LETTERS = ((Reader.REFERRER, "Letter to the referrer"), (Reader.PATIENT, "Letter to the patient"))
DONE = {
    Stage.CLOSING: "The course is closing. A closing letter is owed.",
    Stage.COMPLETED: "The course is completed.",
    Stage.MAINTENANCE: "The course is in maintenance.",
    Stage.ENDED_EARLY: "The course has ended. A closing letter is owed.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.COURSE_END)
@recently_confirmed(both=True)
def continuation(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Response, doses, events, integration and exposure of a course, and one signed decision on them."""
    row = find(request, Course, ref, Permission.COURSE_DOSE if request.method == "POST" else Permission.COURSE_END)
    facts = selectors.facts_of(row, timezone.now())
    may_sign = may(request.member, Permission.COURSE_DOSE, row) and row.is_live and facts.given > 0
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        asks_exposure=bool(facts.exposure.flags),
        initial={"seen": selectors.digest(selectors.as_signed(facts))},
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                role = role_used(request.member, Permission.COURSE_DOSE, row)
                made = actions.decide(course=row, by=request.user, role=role, **form.cleaned_data)
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"Signed: {made.get_decision_display().lower()}.")
            ends = made.decision in (Decision.STOP, Decision.MAINTENANCE)
            return redirect("continuing:closing" if ends else "continuing:review", row.ref)
    if request.method != "POST":
        opened(request, Event.CONTINUATION_OPENED, on=row)
    signed = selectors.decisions(row)
    shown: dict[str, Any] = {
        "course": row,
        "patient": row.patient,
        "facts": facts,
        "tone": pages.TONE[facts.shown],
        "form": form if may_sign else None,
        "review": selectors.review_of(row, facts.given, [one.after_dose for one in signed]),
        "decisions": [(one, selectors.is_whole(one)) for one in signed],
    }
    return render(request, "integration/continuation.html", shown, status=form.status)


@require_safe
@requires(Permission.COURSE_END)
def closing(request: StaffRequest, ref: UUID) -> HttpResponse:
    """What is still open before a course ends, who does it, and the ways it can end."""
    row = find(request, Course, ref, Permission.COURSE_END)
    opened(request, Event.CLOSING_OPENED, on=row)
    return _closing(request, row)


@require_POST
@requires(Permission.COURSE_END)
def plan(request: StaffRequest, ref: UUID) -> HttpResponse:
    """The continuing plan: the newest text holds."""
    row = find(request, Course, ref, Permission.COURSE_END)
    form = ContinuingPlanForm(request.POST)
    if form.is_valid():
        try:
            actions.write_plan(course=row, by=request.user, **form.cleaned_data)
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, "The continuing plan is written down.")
            return redirect("continuing:closing", row.ref)
    return _closing(request, row, plan_form=form)


@require_POST
@requires(Permission.COURSE_END)
@recently_confirmed
def close(request: StaffRequest, ref: UUID, to: str) -> HttpResponse:
    """One move towards the end."""
    if to not in CLOSES_TO:
        raise Http404
    stage = Stage(to)
    row = find(request, Course, ref, Permission.COURSE_END)
    form = CloseForm(request.POST, to=stage, today=today_in(request.member.zone))
    if form.is_valid():
        try:
            actions.close_course(course=row, to=stage, by=request.user, role=_role(request, row, stage), **form.said())
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, DONE[stage])
            return redirect("continuing:closing", row.ref)
    return _closing(request, row, close_form=form)


def _role(request: StaffRequest, row: Course, to: Stage) -> str:
    """Whoever holds both roles acts in the one that makes this move."""
    first = Permission.COURSE_DOSE if to in BY_PRESCRIBER else Permission.COURSE_END
    return role_used(request.member, first, row) or role_used(request.member, Permission.COURSE_END, row)


def _closing(
    request: StaffRequest,
    row: Course,
    *,
    plan_form: ContinuingPlanForm | None = None,
    close_form: CloseForm | None = None,
) -> HttpResponse:
    now, today = timezone.now(), today_in(request.member.zone)
    facts = selectors.facts_of(row, now)
    ways = pages.ways(facts, request.member, now)
    newest = selectors.newest_plan(row)
    forms = [
        close_form if close_form and close_form.to == way.to else CloseForm(to=way.to, today=today) for way in ways
    ]
    refused = plan_form or close_form
    shown = {
        "course": row,
        "patient": row.patient,
        "facts": facts,
        "tone": pages.TONE[facts.shown],
        "ways": list(zip(ways, forms, strict=True)),
        "plan": newest,
        "plan_form": plan_form or ContinuingPlanForm(initial=ContinuingPlanForm.initial_of(newest)),
        "last_move": row.moves.order_by("-id").first() if not row.is_live else None,
        "visits": selectors.visits_booked(row, now),
        "may_write": row.stage in {*CLOSED, Stage.CLOSING},
        "letters": LETTERS[:1] if row.ending == Ending.DECEASED else LETTERS,
        "tried": close_form.to if close_form else "",
        "refused": refused,
    }
    return render(request, "integration/closing.html", shown, status=refused.status if refused else 200)
