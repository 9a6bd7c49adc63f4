"""The task pages."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import record
from kap_clinic.desk.tasks import selectors
from kap_clinic.desk.tasks.forms import OutcomeForm
from patients.course.actions import NotReady
from patients.tasks import actions
from patients.tasks.models import Task
from patients.tasks.terms import Event, Outcome


@require_safe
@requires(Permission.TASK_VIEW)
def safety(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    tasks = selectors.owed(selectors.safety(request.member), request.member, now)
    record(Event.TASKS_OPENED, by=request.user, rows=len(tasks))
    return render(request, "desk/tasks/safety.html", {"tasks": tasks, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.TASK_VIEW)
def task(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Task, ref, Permission.TASK_WORK if request.method == "POST" else Permission.TASK_VIEW)
    form = OutcomeForm(request.POST if request.method == "POST" else None, task=row)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.close_task(
                    task=row,
                    outcome=Outcome(form.cleaned_data["outcome"]),
                    words=form.cleaned_data["words"],
                    by=request.user,
                    role=role_used(request.member, Permission.TASK_WORK, row),
                )
        except NotReady as no:
            for reason in no.reasons:
                form.add_error(None, reason)
        else:
            messages.success(request, f"Closed: {row.title}.")
            return redirect("desk:today")
    if request.method != "POST":
        record(Event.TASK_OPENED_TO_READ, by=request.user, on=row)
    context = {
        "task": row,
        "patient": row.patient,
        "form": form,
        "may_work": may(request.member, Permission.TASK_WORK, row),
        "due": selectors.due_in_words(row.due_at, timezone.now()),
    }
    return render(request, "desk/tasks/task.html", context, status=form.status)


@require_POST
@requires(Permission.TASK_WORK)
def take(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Task, ref, Permission.TASK_WORK)
    try:
        with transaction.atomic():
            actions.take_task(task=row, by=request.user)
    except NotReady as no:
        messages.error(request, " ".join(no.reasons))
    return redirect("desk:task", row.ref)
