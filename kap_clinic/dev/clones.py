"""A template database migrated once for each state of the schema, and throw-away clones of it.

Several runs may share a server: advisory locks, held by each run's own connection, say which template and which
clones are in use, so that nobody drops another's and whatever a killed run left is dropped by the next.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from kap_clinic.dev.bootstrap import ROOT, say
from kap_clinic.dev.databases import APP, OWNER, Server, migrations_in, schema_digest
from kap_clinic.dev.migrating import migrate

TEMPLATE, CLONE, UNFINISHED = "kap_template_", "kap_test_", "kap_unfinished_"
MOST_TEMPLATES = 10  # kept for checkouts that share a server


@contextmanager
def template_of(server: Server) -> Iterator[str]:
    """The migrated template for the schema as it stands, made if it is not there, and held while in use."""
    template = f"{TEMPLATE}{schema_digest(ROOT)}"
    with server.admin() as admin:
        with _alone(admin, "making a template"):
            _hold(admin, template)
            if not server.has(template):
                say("Database template: migrating")
                _make(server, template)
            if len(_names(admin, TEMPLATE)) > MOST_TEMPLATES:
                _drop_unused(server, admin, TEMPLATE, keep=template)
        yield template


def _make(server: Server, template: str) -> None:
    """Migrate from nothing, or from the template that has most of the same migrations and none beside."""
    unfinished = f"{UNFINISHED}{os.getpid()}"
    with server.admin() as admin:
        for (name,) in _names(admin, UNFINISHED):
            server.drop(name)
        wanted = migrations_in(ROOT)
        before = _nearest(admin, wanted)
    if before:
        server.clone(before, unfinished)
    else:
        server.create(unfinished)
    _migrate_all(server, unfinished)
    with server.admin() as admin:
        about = sql.SQL("comment on database {} is {}")
        admin.execute(about.format(sql.Identifier(unfinished), sql.Literal(json.dumps(wanted))))
    server.rename(unfinished, template)


def _nearest(admin: psycopg.Connection, wanted: dict[str, str]) -> str | None:
    """Each template says in its comment which migrations it was made of, with a digest of each."""
    rows = admin.execute(
        "select datname, shobj_description(oid, 'pg_database') from pg_database where starts_with(datname, %s)",
        [TEMPLATE],
    ).fetchall()
    made_of = {name: json.loads(about) for name, about in rows if about}
    usable = {name: made for name, made in made_of.items() if made.items() <= wanted.items()}
    return max(usable, key=lambda name: len(usable[name]), default=None)


def _migrate_all(server: Server, unfinished: str) -> None:
    os.environ.update(server.environment(APP, unfinished))  # or the settings would look for a running demo
    migrate(server.environment(OWNER, unfinished))


@contextmanager
def named_run(server: Server) -> Iterator[str]:
    """What this run's clones begin with. Whatever a killed run left is dropped here."""
    run = f"{CLONE}{secrets.token_hex(4)}"
    with server.admin() as admin:
        _hold(admin, run)
        _drop_unused(server, admin, CLONE, keep=run)
        try:
            yield run
        finally:
            for (name,) in _names(admin, run):
                server.drop(name)


def _drop_unused(server: Server, admin: psycopg.Connection, prefix: str, *, keep: str) -> None:
    for (name,) in _names(admin, prefix):
        family = name if prefix == TEMPLATE else name[: len(keep)]
        if family != keep and _nobody_holds(admin, family):
            server.drop(name)


def _names(admin: psycopg.Connection, prefix: str) -> list[tuple[str]]:
    return admin.execute("select datname from pg_database where starts_with(datname, %s)", [prefix]).fetchall()


def _hold(admin: psycopg.Connection, name: str) -> None:
    admin.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", [name])


def _nobody_holds(admin: psycopg.Connection, name: str) -> bool:
    row = admin.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    if row and row[0]:
        admin.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])
        return True
    return False


@contextmanager
def _alone(admin: psycopg.Connection, purpose: str) -> Iterator[None]:
    admin.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [purpose])
    try:
        yield
    finally:
        admin.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [purpose])
