"""The rest of a visit: what is asked, where help is, finishing later, and the end."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.audit.actions import record
from kap_clinic.portal import selectors, visits
from kap_clinic.portal.pages import show
from kap_clinic.portal.visits import PatientRequest, by_link, help_unread, when_finished
from patients.links.actions import BY, ROLE
from patients.links.terms import Event


@require_safe
@by_link
def asked(request: PatientRequest) -> HttpResponse:
    """What the clinic asks for, how long it takes, and who reads it."""
    visit = request.visit
    link = visit.link
    listed = selectors.asked(visit)
    context = {
        "name": link.patient.preferred_name or link.patient.given_name,
        "asked": listed,
        "next": next((one for one in listed if one.address and not one.is_sent), None),
        "until": selectors.moment_in_words(link.expires_at, link.patient.zone),
        "watcher": link.watcher,
        "copies": selectors.copies(visit),
    }
    return show(request, "portal/asked.html", link.clinic, context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
@help_unread
def help_now(request: PatientRequest) -> HttpResponse:
    """Where to find help at once. Comes up with the answer that shows danger, and waits to be read."""
    visit = request.visit
    waiting = visit.help
    if waiting is None:
        return redirect("portal:asked")
    if request.method == "POST":
        visits.keep(request, help=None)
        record(Event.LINK_HELP_READ, by=BY, role=ROLE, on=visit.link)
        return redirect(waiting["next"])
    context = {"about_life": waiting["life"], "watcher": visit.link.watcher}
    return show(request, "portal/help.html", visit.link.clinic, context)


@require_safe
@by_link
def later(request: PatientRequest) -> HttpResponse:
    """Everything is kept; this browser forgets it. The same link goes on after the second check."""
    visit = request.visit
    until = selectors.moment_in_words(visit.link.expires_at, visit.link.patient.zone)
    visits.end(request)
    return show(request, "portal/later.html", visit.link.clinic, {"until": until})


@require_safe
@by_link
@when_finished
def done(request: PatientRequest) -> HttpResponse:
    """What happens next."""
    visit = request.visit
    if not visit.is_finished:
        return redirect("portal:asked")
    context = {"watcher": visit.link.watcher, "copies": selectors.copies(visit)}
    return show(request, "portal/done.html", visit.link.clinic, context)


@require_POST
@by_link
@when_finished
def close(request: PatientRequest) -> HttpResponse:
    """The patient hands the tablet back, or is done with the phone."""
    visit = request.visit
    visits.end(request)
    return show(request, "portal/closed.html", visit.link.clinic)
