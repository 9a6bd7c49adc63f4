"""The token of a link: 256 bits that only the server can make again, so that nothing has to keep it (SEC-25)."""

import base64
import hmac
import secrets

from django.utils.crypto import salted_hmac

from kap_clinic.accounts.doors import hashed
from patients.links.models import PatientLink

SALT = "patients.links.token"
LENGTH = 43  # characters of 256 bits in base64


class NotOurs(Exception):
    """The key has changed since: the address in a letter still works, but cannot be made again."""


def new_nonce() -> str:
    return secrets.token_hex(32)


def make(ref: object, nonce: str) -> str:
    """HMAC over the link and its nonce, as an address carries it."""
    digest = salted_hmac(SALT, f"{ref}.{nonce}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def again(link: PatientLink) -> str:
    """The token of a link that was made before. NotOurs: the key is another now."""
    token = make(link.ref, link.nonce)
    if not hmac.compare_digest(hashed(token), link.token_hash):
        raise NotOurs
    return token
