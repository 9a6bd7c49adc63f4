"""What stops the web process and the worker from starting where real patients are (SEC-60)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

SHORTEST_KEY, FEWEST_SIGNS = 50, 12
LEAST_HSTS = 31_536_000  # a year, in seconds
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

ROLE = """
select r.rolsuper, r.rolbypassrls, exists (
    select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm', 'S')
) from pg_roles r where r.rolname = current_user
"""
OPEN_TABLES = """
select c.relname from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
join pg_attribute a on a.attrelid = c.oid and a.attname = 'clinic_id' and not a.attisdropped
where c.relkind in ('r', 'p')
and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
order by c.relname
"""


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every reason at once. Places that never hold a real patient are let through."""
    if settings.PLAYGROUND:
        return
    if reasons := [*unsafe_settings(), *unsafe_database()]:
        raise ImproperlyConfigured("KAP Clinic does not start:\n" + "\n".join(f"  - {reason}" for reason in reasons))


def unsafe_settings() -> Iterator[str]:
    """Each setting that must not stand like this, in words."""
    key = settings.SECRET_KEY
    if settings.DEBUG:
        yield "DEBUG is on."
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_SIGNS or "insecure" in key or "not-a-secret" in key:
        yield f"SECRET_KEY is weak: give it at least {SHORTEST_KEY} random characters."
    if settings.FIELD_KEYS.startswith("play:"):
        yield "FIELD_KEYS are the ones of the playground."
    if settings.SECURE_HSTS_SECONDS < LEAST_HSTS or not settings.SECURE_SSL_REDIRECT:
        yield "HSTS is missing: SECURE_HSTS_SECONDS must be a year, and every request must go to https."
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield "Cookies are not limited to https."
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must name the clinic's host."


def unsafe_database() -> Iterator[str]:
    """Each thing about the database and our role in it that must not be so, in words."""
    superuser, bypasses, owns = _rows(ROLE)[0]
    if superuser:
        yield "The database role is a superuser."
    if bypasses:
        yield "The database role may bypass row-level security."
    if owns:
        yield "The database role owns tables: the application must not be the owner."
    for name in DURABLE:
        if _rows("select current_setting(%s)", name)[0][0] == "off":
            yield f"{name} is off: what was acknowledged could be lost."
    for (table,) in _rows(OPEN_TABLES):
        yield f"The table {table} carries a clinic and has no row-level security."


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()
