"""Second factors that are typed: codes of an authenticator app, and recovery codes."""

from typing import Any

import segno
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.http import HttpRequest

from kap_clinic.accounts.models import User
from kap_clinic.accounts.notices import notify
from kap_clinic.accounts.signin import throttle
from kap_clinic.accounts.signin.secrets_of import secrets_of
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record

Type = Authenticator.Type
LONG_LIVED = (Type.WEBAUTHN, Type.TOTP)  # recovery codes alone are not a second factor: they run out


def has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=LONG_LIVED).exists()


def check_code(request: HttpRequest, user: User, code: str) -> Authenticator | None:
    """The factor this code belongs to, used up by the asking; None when it is none. Raises throttle.TooMany."""
    throttle.ask(request, user.email)
    code = "".join(code.split())
    factor = _app(user, code) or _demo(user, code) or _recovery(user, code)
    throttle.note(request, user.email, failed=factor is None)
    if factor is None:
        record(Event.SIGN_IN_FAILED, by=user, outcome="refused", way="code")
    return factor


def _app(user: User, code: str) -> Authenticator | None:
    """The app's code of now or one step either way; each step counts once, so a code read over a shoulder is spent."""
    factor = Authenticator.objects.select_for_update().filter(user=user, type=Type.TOTP).first()
    if factor is None:
        return None
    with secrets_of(user):
        secret = get_adapter().decrypt(factor.data["secret"])
    step = step_of(secret, code, after=factor.data.get("last_step", 0))
    if step is None:
        return None
    factor.data["last_step"] = step
    factor.save(update_fields=["data"])
    return factor


def step_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """Which 30-second step this code is of, later than a step that was used."""
    for step in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return step
    return None


def _demo(user: User, code: str) -> Authenticator | None:
    if not settings.DEMO:
        return None
    from kap_clinic.accounts.signin import demo  # cannot be imported elsewhere

    return demo.factor_for(user, code)


def _recovery(user: User, code: str) -> Authenticator | None:
    factor = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    if factor is None:
        return None
    with secrets_of(user):
        codes = RecoveryCodes(factor)
        if not codes.validate_code(code):
            return None
        left = len(codes.get_unused_codes())
    record(Event.RECOVERY_CODE_USED, by=user, left=left)
    notify(user.email, "recovery_code_used", name=user.name, left=left)
    return factor


def add_app(user: User, secret: str, *, last_step: int = 0) -> Authenticator:
    """Give a person an authenticator app; an older one stops working."""
    Authenticator.objects.filter(user=user, type=Type.TOTP).delete()
    with secrets_of(user):
        sealed = get_adapter().encrypt(secret)
    return Authenticator.objects.create(user=user, type=Type.TOTP, data={"secret": sealed, "last_step": last_step})


def new_recovery_codes(user: User) -> list[str]:
    """Ten fresh codes, to be shown this once; older ones stop working."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    with secrets_of(user):
        codes = RecoveryCodes.activate(user).generate_codes()
    record(Event.RECOVERY_CODES_MADE, by=user)
    return codes


def picture_of(user: User, secret: str) -> str:
    """What the app's camera reads, as an image address."""
    address = get_adapter().build_totp_url(user, secret)
    return segno.make(address).svg_data_uri(scale=5, border=4, light="#ffffff", dark="#000000")


def overview(user: User) -> dict[str, Any]:
    """What a person has: passkeys, an app or none, recovery codes left."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    recovery = next((row for row in rows if row.type == Type.RECOVERY_CODES), None)
    with secrets_of(user):
        left = len(RecoveryCodes(recovery).get_unused_codes()) if recovery else 0
    return {
        "passkeys": [row for row in rows if row.type == Type.WEBAUTHN],
        "app": next((row for row in rows if row.type == Type.TOTP), None),
        "codes_left": left,
    }
