"""Coming in: the link, the second check, and what stands there when a link is over."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kap_clinic.accounts.signin import throttle
from kap_clinic.audit.actions import record
from kap_clinic.portal import visits
from kap_clinic.portal.forms import BirthDateForm
from kap_clinic.portal.pages import show, without_trace
from patients.links import actions, rules, selectors
from patients.links.actions import BY, ROLE
from patients.links.models import PatientLink
from patients.links.terms import Event

OVER = 404
WAIT = "Too many tries. Wait five minutes and try again."


@require_safe
@login_not_required
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The token goes from the address at once. Looking uses nothing up: mail scanners look."""
    found = selectors.by_token(token)
    visits.come_to_the_door(request, found)
    if found is not None:
        record(Event.LINK_OPENED, by=BY, role=ROLE, on=found)
    return without_trace(redirect("portal:door" if _is_open(found) else "portal:over"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def door(request: HttpRequest) -> HttpResponse:
    """The clinic's name, and the second check. Five wrong birth dates close the link."""
    found = visits.at_the_door(request)
    if found is None or not _is_open(found):
        return redirect("portal:over")
    if request.user.is_authenticated:
        return show(request, "portal/staff.html", found.clinic, status=403)
    form = BirthDateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            passed = _check(request, found, form)
        except actions.NotOpen:
            return redirect("portal:over")
        if passed:
            visits.begin(request, found)
            return redirect("portal:asked")
        if not _is_open(visits.at_the_door(request)):
            return redirect("portal:over")
    return show(request, "portal/door.html", found.clinic, {"form": form}, status=form.status)


def _check(request: HttpRequest, found: PatientLink, form: BirthDateForm) -> bool:
    """Whether it is the patient's birth date; what is wrong stands on the form."""
    who = f"link {found.ref}"
    try:
        throttle.ask(request, who)
    except throttle.TooMany:
        form.add_error(None, WAIT)
        return False
    passed = actions.check(link=found, birth_date=form.cleaned_data["birth_date"])
    throttle.note(request, who, failed=not passed)
    if not passed:
        left = rules.tries_left(found.tries + 1)
        form.add_error("birth_date", f"That is not the date the clinic has. You can try {left} more times.")
    return passed


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def over(request: HttpRequest) -> HttpResponse:
    """A link that is over, a page that has closed, an address that never was: the same page, and a new link to ask for.

    The answer to asking is the same whether or not there is such a link.
    """
    found = visits.at_the_door(request)
    if request.method != "POST":
        return show(request, "portal/over.html", found.clinic if found else None, status=OVER)
    if found is not None and not request.user.is_authenticated:
        _ask_again(request, found)
    return show(request, "portal/asked_again.html", found.clinic if found else None)


def _ask_again(request: HttpRequest, found: PatientLink) -> None:
    who = f"new link {found.ref}"
    try:
        throttle.ask(request, who)
    except throttle.TooMany:
        return
    throttle.note(request, who, failed=False)
    actions.ask_again(link=found)


def _is_open(found: PatientLink | None) -> bool:
    return found is not None and found.state(timezone.now()) not in rules.OVER
