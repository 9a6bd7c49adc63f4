"""The rest of a visit: what is asked, where help is, finishing later, and the end."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.audit.actions import record
from kap_clinic.portal import selectors, visits
from kap_clinic.portal.pages import show
from kap_clinic.portal.visits import Visit, by_link
from patients.links.actions import BY, ROLE
from patients.links.terms import Event


@require_safe
@by_link
def asked(request: HttpRequest) -> HttpResponse:
    """What the clinic asks for, how long it takes, and who reads it."""
    visit: Visit = request.visit  # type: ignore[attr-defined]
    link = visit.link
    listed = selectors.asked(visit)
    context = {
        "name": link.patient.preferred_name or link.patient.given_name,
        "asked": listed,
        "next": next((one for one in listed if not one.is_sent), None),
        "until": selectors.moment_in_words(link.expires_at, link.patient.zone),
        "watcher": link.watcher,
    }
    return show(request, "portal/asked.html", link.clinic, context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link(unread_help=True)
def help_now(request: HttpRequest) -> HttpResponse:
    """Where to find help at once. Comes up with the answer that shows danger, and waits to be read."""
    visit: Visit = request.visit  # type: ignore[attr-defined]
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
def later(request: HttpRequest) -> HttpResponse:
    """Everything is kept; this browser forgets it. The same link goes on after the second check."""
    visit: Visit = request.visit  # type: ignore[attr-defined]
    until = selectors.moment_in_words(visit.link.expires_at, visit.link.patient.zone)
    visits.end(request)
    return show(request, "portal/later.html", visit.link.clinic, {"until": until})


@require_safe
@by_link(when_finished=True)
def done(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    visit: Visit = request.visit  # type: ignore[attr-defined]
    if not visit.is_finished:
        return redirect("portal:asked")
    context = {"watcher": visit.link.watcher, "copies": selectors.copies(visit)}
    return show(request, "portal/done.html", visit.link.clinic, context)


@require_POST
@by_link(when_finished=True)
def close(request: HttpRequest) -> HttpResponse:
    """The patient hands the tablet back, or is done with the phone."""
    visit: Visit = request.visit  # type: ignore[attr-defined]
    visits.end(request)
    return show(request, "portal/closed.html", visit.link.clinic)
