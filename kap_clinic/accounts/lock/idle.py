"""How long a screen may be left, and whether this one has been. The page's own clock only helps (SEC-21)."""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.lock.marks import LOCKED_AT, MINUTES, SEEN_AT, SIGNED_IN_AT
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

DEVICE_AGE = 400 * 24 * 3600  # seconds: the longest a browser keeps a cookie
NOTE_EVERY = 60  # seconds: how often being there is written down
SHARED_COOKIE = "__Host-shared" if settings.SESSION_COOKIE_SECURE else "shared"


def is_over(request: HttpRequest) -> bool:
    """Whether the session has lived for its twelve hours."""
    began = request.session.setdefault(SIGNED_IN_AT, time.time())
    return time.time() - began > settings.SESSION_HOURS * 3600


def is_locked(request: HttpRequest, *, quiet: bool = False) -> bool:
    """Whether the screen is locked, or has just become so. Being there is noted, unless the page asked by itself."""
    session, now = request.session, time.time()
    if LOCKED_AT in session:
        return True
    away = now - session.get(SEEN_AT, session[SIGNED_IN_AT])
    if away <= NOTE_EVERY:
        return False
    limit = minutes(request)
    if away > limit * 60:
        lock(request)
        return True
    if not quiet:
        session[SEEN_AT], session[MINUTES] = now, limit
    return False


def start(request: HttpRequest) -> None:
    """Somebody has just signed in."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
    request.session[MINUTES] = minutes(request)


def lock(request: HttpRequest) -> None:
    if LOCKED_AT not in request.session:
        request.session[LOCKED_AT] = time.time()
        record(Event.SCREEN_LOCKED, by=request.user)


def unlock(request: HttpRequest) -> None:
    request.session.pop(LOCKED_AT, None)
    request.session[SEEN_AT] = time.time()
    record(Event.SCREEN_UNLOCKED, by=request.user)


def minutes(request: HttpRequest) -> int:
    """The clinic's limit for this device, in minutes."""
    member = getattr(request, "member", None)
    key = "idle_minutes_shared" if is_shared(request) else "idle_minutes"
    return value_of(key, member.clinic_id if member else None)


def is_shared(request: HttpRequest) -> bool:
    """Whether this device was marked as one that several people use."""
    return request.COOKIES.get(SHARED_COOKIE) == "1"


def mark_device(request: HttpRequest, response: HttpResponse, *, shared: bool) -> None:
    """Mark this browser as shared, or no longer."""
    request.COOKIES[SHARED_COOKIE] = "1" if shared else ""
    request.session[MINUTES] = minutes(request)
    secure = settings.SESSION_COOKIE_SECURE
    if shared:
        response.set_cookie(SHARED_COOKIE, "1", max_age=DEVICE_AGE, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(SHARED_COOKIE)


def shown_minutes(request: HttpRequest) -> int:
    """What the page's own clock goes by, without asking the database."""
    return request.session.get(MINUTES) or setting_keys.known("idle_minutes").default
