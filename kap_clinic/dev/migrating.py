"""Migrations, run in this process as the owner of the database; the rest of the process stays the application."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kap_clinic.dev.databases import OWNER, ROLES, Server


def prepare(server: Server, database: str) -> None:
    """Make the database if it is not there, and its roles; bring it up to date."""
    if server.has(database):
        with server.admin(database) as inside:
            inside.execute(ROLES.read_bytes())
    else:
        server.create(database)
    migrate(server.environment(OWNER, database))


def migrate(owner: Mapping[str, str]) -> None:
    """Bring a database up to date, at the owner's address."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kap_clinic.settings")
    django.setup()
    with connected_to(owner):
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def connected_to(address: Mapping[str, str]) -> Iterator[None]:
    """Django's default connection, for the length of the block, at another address (as the environment gives it)."""
    from django.db import connection

    from kap_clinic import environment

    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environment.database(address["DATABASE_URL"]))
    connection.settings_dict["OPTIONS"] = {"assume_role": address.get("DATABASE_ROLE") or None}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
