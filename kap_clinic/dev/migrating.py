"""Migrations, run in this process as the owner of the database; the rest of the process stays the application."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kap_clinic.dev.databases import OWNER, Server


def migrate(server: Server, database: str) -> None:
    """Bring a database up to date."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kap_clinic.settings")
    django.setup()
    with connected_as(server, OWNER, database):
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def connected_as(server: Server, role: str, database: str) -> Iterator[None]:
    """Django's default connection, for the length of the block, as another role and to another database."""
    from django.db import connection

    from kap_clinic import environment

    address = server.environment(role, database)
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environment.database(address["DATABASE_URL"]))
    connection.settings_dict["OPTIONS"] = {"assume_role": address["DATABASE_ROLE"] or None}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
