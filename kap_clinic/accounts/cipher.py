"""How a field is kept so that a copy of the database does not give it away: AES-256-GCM, bound to its place (SEC-49).

A sealed text reads `v1.<key id>.<nonce and text, base64>`. The place (table, column, row, clinic) is authenticated with
it, so a sealed text moved to another row does not open. Keys come from the environment, newest first.
"""

import base64
import binascii
import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = "v1"
NONCE_BYTES, KEY_BYTES = 12, 32


class Unreadable(Exception):
    """The text was not sealed for this place, was changed, or its key is gone."""


def place(table: str, column: str, row: object, clinic: object = "-") -> str:
    """Where a sealed text lives."""
    return f"{table}|{column}|{row}|{clinic}"


def seal(text: str, *, at: str) -> str:
    """The text under the newest key, bound to its place."""
    key_id, key = next(iter(keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), at.encode())
    return f"{VERSION}.{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, at: str) -> str:
    """The text again; Unreadable when place, key or content do not fit."""
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    if version != VERSION or key_id not in keys():
        raise Unreadable(f"No key for {version}.{key_id}")
    try:
        raw = base64.b64decode(body, validate=True)
        return AESGCM(keys()[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], at.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise Unreadable("It was not sealed for this place, or was changed") from error


def is_current(sealed: str) -> bool:
    """Whether a sealed text is under the newest key."""
    return sealed.startswith(f"{VERSION}.{next(iter(keys()))}.")


def keys() -> dict[str, bytes]:
    return _keys(settings.FIELD_KEYS)


@lru_cache(maxsize=8)
def _keys(spec: str) -> dict[str, bytes]:
    """Key id to key, from `k2:<base64>,k1:<base64>`; the first one seals."""
    found = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        key_id, _, text = part.partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {key_id!r} is not base64.") from error
        if not key_id.isalnum() or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {key_id!r} needs a plain name and {KEY_BYTES} bytes.")
        found[key_id] = key
    if not found:
        raise ImproperlyConfigured("Set FIELD_KEYS, like k1:<32 bytes in base64>.")
    return found


def playground_keys(secret: str) -> str:
    """A key for places that never hold a real patient, made from their secret."""
    return f"play:{base64.b64encode(hashlib.sha256(f'field keys of {secret}'.encode()).digest()).decode()}"
