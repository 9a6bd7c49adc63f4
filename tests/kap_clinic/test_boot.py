"""Where real patients are, an unsafe start is refused, with every reason at once."""

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import sql

from kap_clinic.accounts import boot

GOOD_KEY = "k3J-9sQx7Vw2_pLrT8zYbN5mHcDfG1aEuIoW4qRtZvXyMnBsKd"


@pytest.fixture
def safe(settings):
    """Settings as a real clinic has them."""
    settings.PLAYGROUND = settings.DEBUG = False
    settings.SECRET_KEY, settings.FIELD_KEYS = GOOD_KEY, "k1:" + "A" * 43 + "="
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.ALLOWED_HOSTS = ["clinic.example.org"]
    return settings


def test_safe_settings_give_no_reason(safe):
    assert list(boot.unsafe_settings()) == []


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("DEBUG", True, "DEBUG"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY"),
        ("SECRET_KEY", "django-insecure-" + GOOD_KEY, "SECRET_KEY"),
        ("SECRET_KEY", "not-a-secret-for-tests-and-commands-only-at-all-never", "SECRET_KEY"),
        ("FIELD_KEYS", "play:" + "A" * 43 + "=", "FIELD_KEYS"),
        ("SECURE_HSTS_SECONDS", 0, "HSTS"),
        ("SECURE_SSL_REDIRECT", False, "HSTS"),
        ("SESSION_COOKIE_SECURE", False, "Cookies"),
        ("CSRF_COOKIE_SECURE", False, "Cookies"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS"),
    ],
)
def test_each_unsafe_setting_is_named(safe, setting, value, word):
    setattr(safe, setting, value)

    (reason,) = boot.unsafe_settings()

    assert word in reason


def test_the_tests_own_database_is_refused_for_being_able_to_lose_what_was_saved(db):
    reasons = list(boot.unsafe_database())

    assert {reason.split()[0] for reason in reasons} == {"fsync", "full_page_writes", "synchronous_commit"}, reasons


def test_the_owner_and_the_superuser_are_refused(fresh_db, owner_url, database_server):
    for url, words in [
        (owner_url(), ["owns tables"]),
        (database_server.login("postgres", fresh_db), ["superuser", "bypass"]),
    ]:
        with psycopg.connect(url) as other:
            superuser, bypasses, owns = other.execute(boot.ROLE).fetchone()
        said = [
            word for word, is_so in (("superuser", superuser), ("bypass", bypasses), ("owns tables", owns)) if is_so
        ]
        assert said[: len(words)] == words


def test_a_table_without_its_wall_is_refused(fresh_db, owner_connection):
    assert not [reason for reason in boot.unsafe_database() if "row-level" in reason]
    table = sql.Identifier("accounts_room")
    undo = [sql.SQL("alter table {} no force row level security"), sql.SQL("drop policy clinic_wall on {}")]

    for step in undo:
        owner_connection.execute(step.format(table))
        (reason,) = [reason for reason in boot.unsafe_database() if "row-level" in reason]
        assert "accounts_room" in reason
        connection.close()


def test_all_reasons_are_said_at_once_and_nothing_starts(safe, db):
    safe.DEBUG, safe.ALLOWED_HOSTS = True, []

    with pytest.raises(ImproperlyConfigured) as refused:
        boot.refuse_unsafe_start()

    assert all(word in str(refused.value) for word in ("DEBUG", "ALLOWED_HOSTS", "fsync"))


def test_a_place_that_never_holds_a_real_patient_starts(settings):
    assert settings.PLAYGROUND

    boot.refuse_unsafe_start()


def test_web_and_worker_ask_before_they_start(monkeypatch):
    import importlib

    from celery.signals import worker_init

    import kap_clinic.wsgi

    asked = []
    monkeypatch.setattr(boot, "refuse_unsafe_start", lambda: asked.append("asked"))

    importlib.reload(kap_clinic.wsgi)
    worker_init.send(sender=None)

    assert asked == ["asked", "asked"]
