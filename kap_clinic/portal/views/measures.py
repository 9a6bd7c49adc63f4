"""A questionnaire: one question a page, the answers to check, and sending them."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kap_clinic.portal import actions, selectors, visits
from kap_clinic.portal.forms import AnswerForm
from kap_clinic.portal.pages import show
from kap_clinic.portal.selectors import Question
from kap_clinic.portal.visits import PatientRequest, Visit, by_link
from patients.links.actions import NotOpen
from patients.links.models import LinkForm
from patients.links.terms import FormKind
from screening import measures
from screening.actions import NotPossible


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def question(request: PatientRequest, form: UUID, number: int) -> HttpResponse:
    """One question. Its answer is kept when the patient goes on, or goes away to finish later."""
    visit = request.visit
    asked = selectors.form_of(visit, form, FormKind.MEASURE)
    if asked.sent_at:
        return redirect("portal:asked")
    shown = selectors.question(asked, number)
    if shown is None:
        return redirect("portal:asked")
    if request.method == "POST":
        return _answered(request, visit, asked, shown, number)
    visits.first_look(request, asked)
    initial = {} if shown.given is None else {"answer": shown.given}
    return _page(request, visit, asked, shown, AnswerForm(item=shown.item, initial=initial))


def _answered(request: HttpRequest, visit: Visit, asked: LinkForm, shown: Question, number: int) -> HttpResponse:
    later, leave_out = "later" in request.POST, "leave_out" in request.POST
    if later and not request.POST.get("answer"):
        return redirect("portal:later")
    form = AnswerForm(request.POST, item=shown.item)
    if not leave_out and not form.is_valid():
        return _page(request, visit, asked, shown, form)
    try:
        value = None if leave_out else form.cleaned_data["answer"]
        kept = actions.answer(form=asked, item=shown.item, value=value)
    except NotOpen:
        return redirect("portal:over")
    go_on = reverse("portal:later") if later else _next(asked, number, kept.answers)
    if not kept.danger:
        return redirect(go_on)
    visits.keep(request, help={"next": go_on, "life": kept.about_life})
    return redirect("portal:help")


def _next(asked: LinkForm, number: int, answers: Any) -> str:
    following = selectors.number_after(asked, number, answers)
    if following is None:
        return reverse("portal:check", args=[asked.ref])
    return reverse("portal:question", args=[asked.ref, following])


def _page(request: HttpRequest, visit: Visit, asked: LinkForm, shown: Question, form: AnswerForm) -> HttpResponse:
    context = {
        "asked": asked,
        "instrument": measures.instrument(asked.what),
        "question": shown,
        "form": form,
        "progress": f"Question {shown.place} of {shown.total}",
    }
    return show(request, "portal/question.html", visit.link.clinic, context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def check(request: PatientRequest, form: UUID) -> HttpResponse:
    """Your answers, each to be changed; then they are sent and cannot be read here any more (SEC-28)."""
    visit = request.visit
    asked = selectors.form_of(visit, form, FormKind.MEASURE)
    if asked.sent_at:
        return redirect("portal:asked")
    visits.first_look(request, asked)
    given = selectors.answers(asked)
    waiting = [answer for answer in given if answer.is_waiting]
    if request.method != "POST":
        return _check_page(request, visit, asked, given)
    if waiting:
        return _check_page(request, visit, asked, given, waiting=waiting)
    try:
        link = actions.send(form=asked)
    except NotOpen:
        return redirect("portal:asked")
    except NotPossible as no:
        return _check_page(request, visit, asked, given, reasons=no.reasons)
    return redirect("portal:done" if link.finished_at else "portal:asked")


def _check_page(request: HttpRequest, visit: Visit, asked: LinkForm, given: Any, **problems: Any) -> HttpResponse:
    context = {"asked": asked, "instrument": measures.instrument(asked.what), "answers": given, **problems}
    return show(request, "portal/check.html", visit.link.clinic, context, status=422 if problems else 200)
