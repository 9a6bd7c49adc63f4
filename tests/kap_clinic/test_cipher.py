"""Sealed fields open in their own place, under a key that is still there, and nowhere else."""

import base64
import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from kap_clinic.accounts.cipher import Unreadable, is_current, place, seal, unseal
from kap_clinic.accounts.lock import held
from kap_clinic.accounts.models import HeldPost
from kap_clinic.accounts.rotation import rotate
from kap_clinic.accounts.signin.factors import new_recovery_codes
from tests.people import signed_in
from tests.signin import code_of, with_app

HERE = place("accounts_draft", "text", 1, 7)
OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2"))


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_was_sealed_opens_again_and_is_not_readable_meanwhile(text):
    sealed = seal(text, at=HERE)

    assert unseal(sealed, at=HERE) == text
    assert len(text) < 4 or text not in sealed


def test_the_same_text_never_looks_the_same_twice():
    assert seal("tremor", at=HERE) != seal("tremor", at=HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("accounts_draft", "text", 2, 7),
        place("accounts_draft", "text", 1, 8),
        place("accounts_draft", "thing", 1, 7),
        place("accounts_heldpost", "text", 1, 7),
    ],
)
def test_a_text_swapped_into_another_row_clinic_column_or_table_does_not_open(elsewhere):
    sealed = seal("tremor", at=HERE)

    with pytest.raises(Unreadable):
        unseal(sealed, at=elsewhere)


def test_no_bit_can_be_flipped():
    version, key_id, body = seal("tremor", at=HERE).split(".")
    raw = base64.b64decode(body)

    for index in range(len(raw)):
        flipped = bytes([*raw[:index], raw[index] ^ 1, *raw[index + 1 :]])
        with pytest.raises(Unreadable):
            unseal(f"{version}.{key_id}.{base64.b64encode(flipped).decode()}", at=HERE)


@pytest.mark.parametrize(
    "nonsense", ["", "tremor", "v1", "v1.play", "v1.play.***", "v1.play.AAAA", "v9.play.AAAA", "v1.gone.AAAA"]
)
def test_nonsense_is_said_to_be_unreadable(nonsense):
    with pytest.raises(Unreadable):
        unseal(nonsense, at=HERE)


def test_after_a_rotation_old_texts_still_open_and_new_ones_take_the_new_key(settings):
    settings.FIELD_KEYS = OLD
    before = seal("tremor", at=HERE)

    settings.FIELD_KEYS = f"{NEW},{OLD}"

    assert unseal(before, at=HERE) == "tremor"
    assert not is_current(before)
    assert is_current(seal("tremor", at=HERE))


def test_without_its_key_a_text_is_gone(settings):
    settings.FIELD_KEYS = OLD
    before = seal("tremor", at=HERE)

    settings.FIELD_KEYS = NEW

    with pytest.raises(Unreadable):
        unseal(before, at=HERE)


@pytest.mark.parametrize("spec", ["", "k1", "k1:short", "k1:c2hvcnQ=", "a|b:" + "A" * 43 + "="])
def test_bad_keys_stop_the_start(settings, spec):
    settings.FIELD_KEYS = spec

    with pytest.raises(ImproperlyConfigured):
        seal("tremor", at=HERE)


# Rotation of what is stored


def test_rotation_seals_everything_anew_and_then_the_old_key_may_go(client, admin, clinic, settings, frozen):
    clock = frozen("2026-03-02T12:00:00-05:00")
    settings.FIELD_KEYS = OLD
    secret = with_app(admin)
    codes = new_recovery_codes(admin)
    signed_in(client, admin)
    note = json.dumps({"thing": "", "fields": {"text": ["x"]}})
    client.post("/drafts/note/", note, content_type="application/json")
    client.post("/account/lock/", HTTP_SEC_FETCH_DEST="empty")
    client.post("/settings/rooms/", {"name": "Blue"})

    settings.FIELD_KEYS = f"{NEW},{OLD}"
    assert rotate() == {"second factors": 2, "accounts.HeldPost": 1, "private notes": 0, "drafts": 1}
    assert set(rotate().values()) == {0}
    settings.FIELD_KEYS = NEW

    client.post("/account/unlock/", {"code": code_of(secret)})
    clock.shift(31)
    assert client.get("/drafts/note/").json()["fields"] == {"text": ["x"]}
    assert client.get(held.address(HeldPost.objects.get())).context["fields"] == [("name", "Blue")]
    assert client.post("/account/confirm/", {"code": codes[0]})["Location"] == "/"
