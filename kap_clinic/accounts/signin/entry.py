"""What happens when somebody comes in or goes out: the clock starts, the trail says so, a new device is told."""

import secrets

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from kap_clinic import wall
from kap_clinic.accounts import membership
from kap_clinic.accounts.doors import hashed
from kap_clinic.accounts.lock import idle
from kap_clinic.accounts.models import User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.signin.models import KnownDevice
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

DEVICE_COOKIE = "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def signed_in(request: HttpRequest, user: User) -> None:
    """Called once, when every stage of signing in is passed."""
    member = membership.live(user, chosen=request.session.get("clinic_id"))
    request.member = member  # type: ignore[attr-defined]
    wall.set_clinic(member.clinic_id if member else None)
    idle.start(request)
    record(Event.SIGNED_IN, by=user)
    _greet_device(request, user)


def signed_out(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        record(Event.SIGNED_OUT, by=request.user)
    logout(request)


def _greet_device(request: HttpRequest, user: User) -> None:
    """Remember this browser; from the second one on, tell the person (SEC-24)."""
    token = request.COOKIES.get(DEVICE_COOKIE) or secrets.token_urlsafe(24)
    request.device_token = token  # type: ignore[attr-defined]  # set as a cookie by the middleware
    devices = KnownDevice.objects.filter(user=user)
    if devices.filter(digest=hashed(token)).exists():
        return
    if devices.exists():
        notify(user.email, "new_device", name=user.name, agent=request.headers.get("User-Agent", "")[:120])
    KnownDevice.objects.create(user=user, digest=hashed(token))


def keep_device(request: HttpRequest, response: HttpResponse) -> None:
    """Give the browser the mark it is known by."""
    if token := getattr(request, "device_token", None):
        response.set_cookie(
            DEVICE_COOKIE,
            token,
            max_age=idle.DEVICE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
