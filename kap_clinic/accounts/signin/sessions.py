"""Where somebody is signed in, and ending it (SEC-23)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class Place:
    """One browser somebody is signed in with."""

    key: int
    what: str
    address: str
    since: datetime
    seen: datetime
    here: bool


def places(request: HttpRequest) -> list[Place]:
    """Where the person of this request is signed in, this browser first."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)
    rows = UserSession.objects.purge_and_list(request.user)
    found = [
        Place(
            row.pk,
            browser_of(row.user_agent),
            row.ip,
            row.created_at,
            row.last_seen_at,
            row.session_key == request.session.session_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda place: (not place.here, -place.seen.timestamp()))


def browser_of(agent: str) -> str:
    """ "Chrome on Windows", as far as the browser says."""
    browser = next((name for sign, name in BROWSERS.items() if sign in agent), "A browser")
    system = next((name for sign, name in SYSTEMS.items() if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def end(user: User, key: int) -> bool:
    """End one session of a person; False when it is not theirs or is gone."""
    row = UserSession.objects.filter(user=user, pk=key).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    record(Event.SESSION_ENDED, by=user)
    return True


def end_all(user: User, *, keep: HttpRequest | None = None) -> None:
    """End every session of a person: at a new password, another role, a disabled account. `keep`: but this one."""
    User.objects.filter(pk=user.pk).update(session_era=F("session_era") + 1)
    user.refresh_from_db(fields=["session_era"])
    rows = UserSession.objects.filter(user=user)
    Session.objects.filter(
        session_key__in=rows.exclude(session_key=_key(keep)).values_list("session_key", flat=True)
    ).delete()
    rows.delete()
    if keep is not None:
        update_session_auth_hash(keep, user)
        UserSession.objects.create_from_request(keep)


def renew(request: HttpRequest) -> None:
    """A new key for this session, since it may do more from now on."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.cycle_key()
    UserSession.objects.create_from_request(request)


def _key(request: HttpRequest | None) -> str:
    return (request and request.session.session_key) or ""
