"""Which database an ordinary command works on: the one it is told, the running demo's, or one of its own.

A real clinic always says DATABASE_URL and SECRET_KEY; nothing embedded is ever started beside those.
"""

import fcntl
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kap_clinic.dev.bootstrap import ROOT, say

VAR = Path(os.environ.get("KAP_VAR", ROOT / "var"))
RUN_FILE, RUN_LOCK = VAR / "run.env", VAR / "run.lock"
DATABASE = "kap"
FOR_REAL = {"DATABASE_URL", "DATABASE_URL_FILE", "SECRET_KEY", "SECRET_KEY_FILE"}
NEEDS_NO_DATABASE = {
    *("help", "--help", "-h", "--version", "version", "screen", "score", "recognise", "check", "collectstatic"),
    *("findstatic", "diffsettings", "makemigrations", "makemessages", "compilemessages", "startapp"),
}
AS_OWNER = {"migrate", "sqlflush", "pgtrigger"}


@contextmanager
def database_for(arguments: list[str]) -> Iterator[None]:
    """Say in the environment which database the command works on, and keep it running meanwhile."""
    command = arguments[0] if arguments else "help"
    if FOR_REAL & set(os.environ) or os.environ.get("TESTING") or os.environ.get("DEMO") == "0":
        yield
        return
    os.environ.setdefault("DEMO", "1")
    if command in NEEDS_NO_DATABASE or arguments == ["soak"] or arguments[:2] == ["bench", "engines"]:
        warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
        yield
    elif command == "soak" or arguments[:2] == ["bench", "pages"]:
        with _throw_away_database():
            yield
    elif is_running():
        os.environ.update(_spoken_for(command, written()))
        yield
    else:
        with _own_database(command):
            yield


def is_running() -> bool:
    """Is the demo running? What a killed one wrote about itself is removed."""
    VAR.mkdir(exist_ok=True)
    with RUN_LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return RUN_FILE.exists()
        RUN_FILE.unlink(missing_ok=True)
        return False


def written() -> dict[str, str]:
    """What the running demo wrote about itself."""
    return dict(line.split("=", 1) for line in RUN_FILE.read_text().splitlines() if "=" in line)


def _spoken_for(command: str, address: Mapping[str, str]) -> dict[str, str]:
    if command not in AS_OWNER:
        return dict(address)
    owner = {name.removeprefix("OWNER_"): value for name, value in address.items() if name.startswith("OWNER_")}
    return {**address, **owner}


@contextmanager
def _own_database(command: str) -> Iterator[None]:
    """The demo's database, started for the length of one command."""
    from kap_clinic.dev.databases import APP, OWNER, Server
    from kap_clinic.dev.migrating import prepare
    from kap_clinic.dev.servers import Postgres

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Postgres(VAR / "pg") as postgres:
        server = Server(postgres.url(), embedded=True)
        os.environ.update(server.environment(APP, DATABASE))
        if not server.has(DATABASE):
            say("Embedded PostgreSQL: making the database")
            prepare(server, DATABASE)
        if command in AS_OWNER:
            os.environ.update(server.environment(OWNER, DATABASE))
        try:
            yield
        finally:
            _let_go()


@contextmanager
def _throw_away_database() -> Iterator[None]:
    """A durable server of its own and a fresh clone: a soak may break what it likes, a bench fill it."""
    from kap_clinic.dev.clones import named_run, template_of
    from kap_clinic.dev.databases import APP, Server
    from kap_clinic.dev.servers import Postgres

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Postgres(VAR / "pg-soak") as postgres:
        server = Server(postgres.url(), embedded=True)
        with template_of(server) as template, named_run(server) as name:
            server.clone(template, name)
            os.environ.update(server.environment(APP, name))
            _go_over_to(name)
            try:
                yield
            finally:
                _let_go()


def _go_over_to(database: str) -> None:
    """Making the template may have loaded the settings already, with a database that is no longer there."""
    if "django" in sys.modules:
        from django.db import connections

        connections["default"].settings_dict["NAME"] = database


def _let_go() -> None:
    if "django" in sys.modules:
        from django.db import connections

        connections.close_all()
