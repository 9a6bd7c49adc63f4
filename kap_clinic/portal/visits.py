"""A visit: who opened a link and passed the second check, for thirty minutes, in this browser.

It lives in the server's session under its own key, beside nobody's sign-in. The browser never says which clinic or
which link it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from kap_clinic.accounts.middleware import session_hash
from kap_clinic.accounts.principals import LinkHolder
from kap_clinic.audit.actions import origin, record
from patients.links import rules, selectors
from patients.links.actions import BY, ROLE
from patients.links.models import LinkForm, PatientLink
from patients.links.terms import Event, LinkState

VISIT, DOOR = "link_visit", "link_at_the_door"
View = Callable[..., HttpResponse]


@dataclass
class Visit:
    """The link, and what this browser has seen of it. Kept in the session by `keep`."""

    link: PatientLink
    holder: LinkHolder
    until: datetime
    state: dict[str, Any]

    @property
    def is_finished(self) -> bool:
        return self.link.finished_at is not None

    @property
    def help(self) -> dict[str, Any] | None:
        """What the crisis page says and where it leads, while it is unread."""
        return self.state.get("help")


class PatientRequest(HttpRequest):
    """A request inside a visit: what `by_link` lets through. For types only."""

    visit: Visit


# At the door: the token has left the address, the second check is still to come


def come_to_the_door(request: HttpRequest, link: PatientLink | None) -> None:
    """Note which link this browser brought. A visit to another link ends; who is signed in stays signed in."""
    request.session.pop(VISIT, None)
    request.session.pop(DOOR, None)
    if link is not None:
        request.session[DOOR] = {"link": link.pk, "clinic": link.clinic_id}


def at_the_door(request: HttpRequest) -> PatientLink | None:
    """The link this browser last brought, in whatever state. The wall stands at its clinic from here on."""
    brought = request.session.get(VISIT) or request.session.get(DOOR)
    return selectors.inside(brought["clinic"], brought["link"]) if brought else None


# The visit


def begin(request: HttpRequest, link: PatientLink) -> None:
    """The second check is passed: a new session, which holds nothing but this visit."""
    request.session.flush()
    until = timezone.now() + rules.VISIT
    request.session[VISIT] = {"link": link.pk, "clinic": link.clinic_id, "until": until.isoformat()}


def end(request: HttpRequest) -> None:
    request.session.flush()


def by_link(view: View) -> View:
    """A page of a visit: no sign-in, but a link that stands, opened in this browser less than thirty minutes ago."""

    @login_not_required
    @wraps(view)
    def visited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = _current(request)
        if visit is None:
            return redirect("portal:over")
        if visit.is_finished and not getattr(view, "when_finished", False):
            return redirect("portal:done")
        if visit.help and not getattr(view, "help_unread", False):
            return redirect("portal:help")
        request.visit = visit  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return visited


def when_finished(view: View) -> View:
    """Mark a page that stays once everything was sent; under `by_link`."""
    view.when_finished = True  # type: ignore[attr-defined]
    return view


def help_unread(view: View) -> View:
    """Mark a page that shows also while the crisis page waits to be read; under `by_link`."""
    view.help_unread = True  # type: ignore[attr-defined]
    return view


def _current(request: HttpRequest) -> Visit | None:
    state = request.session.get(VISIT)
    if not state or request.user.is_authenticated:
        return None
    until = datetime.fromisoformat(state["until"])
    link = selectors.inside(state["clinic"], state["link"])
    if link is None or timezone.now() >= until or link.state(timezone.now()) in rules.OVER - {LinkState.FINISHED}:
        return None
    origin.set(replace(origin.get(), session_hash=session_hash(request), role=ROLE))
    return Visit(link, LinkHolder(link.clinic_id, link.patient_id), until, state)


def keep(request: HttpRequest, **state: Any) -> None:
    """Add to what is known of this visit."""
    request.session[VISIT] = {**request.session[VISIT], **state}


def first_look(request: HttpRequest, form: LinkForm) -> None:
    """The first time a form is opened in a visit is written down; each of its questions is not."""
    seen = request.session[VISIT].get("seen", [])
    if str(form.ref) not in seen:
        keep(request, seen=[*seen, str(form.ref)])
        record(Event.LINK_FORM_OPENED, by=BY, role=ROLE, on=form, form=form.place)
