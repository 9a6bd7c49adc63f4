"""The documented second factor of the demo's accounts. With DEMO off this module refuses to exist."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kap_clinic.accounts.membership import all_live
from kap_clinic.accounts.models import User

if not settings.DEMO:
    raise ImproperlyConfigured("The demo's code exists in the demo only.")

CODE = "246810"


def demo_factor(user: User) -> Authenticator:
    """Give a demo account an authenticator app nobody has; its code is CODE."""
    from kap_clinic.accounts.signin.factors import add_app

    return add_app(user, generate_totp_secret())


def factor_for(user: User, code: str) -> Authenticator | None:
    """The app of somebody who works in demo clinics and nowhere else, for the demo's code."""
    places = all_live(user)
    if not settings.DEMO or code != CODE or not places or not all(place.is_demo for place in places):
        return None
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
