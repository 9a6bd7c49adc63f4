"""`manage.py run`: the whole clinic in one terminal with demo data, until ctrl-C.

Embedded PostgreSQL and Valkey, or the servers of DATABASE_URL and REDIS_URL; web, worker and beat beside them.
For trying out and for writing code. A real clinic runs docker-compose.yml.
"""

import argparse
import fcntl
import hashlib
import http.client
import io
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psycopg
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

from kap_clinic.dev import reach
from kap_clinic.dev.bootstrap import ROOT, say
from kap_clinic.dev.databases import APP, OWNER, Server
from kap_clinic.dev.migrating import migrate, prepare
from kap_clinic.dev.processes import end_with_parent
from kap_clinic.dev.servers import Postgres, valkey_command

STOPPED_BY_HAND = {0, 130, 143}
SECONDS_TO_ANSWER = 60
STATIC_SOURCES = ("static", "kap_clinic", "patients", "screening", "sessions", "integration")
STATIC_LISTS = ("package-lock.json", "requirements.lock", "kap_clinic/settings.py", "kap_clinic/web/finders.py")


def main(arguments: list[str]) -> int:
    """Set up, start, wait for ctrl-C. 0 when stopped by hand, else the code of the process that ended first."""
    options = _options(arguments)
    if options.reload:
        os.environ["DEBUG"] = "1"
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        with _only_one(), _database(reset=options.reset) as (app, owner), _broker() as broker:
            return _clinic(options, app, owner, broker)
    except KeyboardInterrupt:
        return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000, help="port to answer on (default 8000, or a free one)")
    parser.add_argument("--reset", action="store_true", help="throw the embedded database away and start afresh")
    parser.add_argument("--no-demo", action="store_true", help="without demo patients")
    parser.add_argument("--reload", action="store_true", help="for writing code: web restarts on changes, DEBUG is on")
    return parser.parse_args(arguments)


@contextmanager
def _only_one() -> Iterator[None]:
    reach.VAR.mkdir(exist_ok=True)
    with reach.RUN_LOCK.open("w") as lock:
        if not _locked(lock):
            where = reach.written().get("BASE_URL", "") if reach.RUN_FILE.exists() else "it is starting"
            sys.exit(f"KAP Clinic is running already: {where}. Stop that one first.")
        yield


def _locked(lock: IO[str]) -> bool:
    """Other commands look at the lock for a moment, hence the second try."""
    for wait in (0.2, 0):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(wait)
        else:
            return True
    return False


# Where the database is


@contextmanager
def _database(*, reset: bool) -> Iterator[tuple[dict[str, str], dict[str, str] | None]]:
    """A running, up-to-date server: the application's address and, where known, the owner's."""
    if url := os.environ.get("DATABASE_URL"):
        if reset:
            sys.exit("--reset throws away embedded data only; DATABASE_URL names a server of your own.")
        say("PostgreSQL: the server of DATABASE_URL")
        yield _given(url)
        return
    _refuse_for_real()
    say("PostgreSQL: embedded, in var/pg (for trying out, never for a real clinic)")
    if reset:
        _throw_away(reach.VAR / "pg")
    with Postgres(reach.VAR / "pg") as postgres:
        server = Server(postgres.url(), embedded=True)
        yield _ready(server, reach.DATABASE)


def _refuse_for_real() -> None:
    if os.environ.get("DEMO") == "0":
        sys.exit(
            "DEMO=0 means a real clinic, and that never runs on the embedded servers:\n"
            "set DATABASE_URL and REDIS_URL, or use docker-compose.yml."
        )


def _throw_away(data: Path) -> None:
    with Postgres(data) as postgres:
        if not postgres.started_here:
            sys.exit(f"Another command uses {data}; let it end, then reset.")
    shutil.rmtree(data)


def _ready(server: Server, database: str) -> tuple[dict[str, str], dict[str, str]]:
    address = server.environment(APP, database), server.environment(OWNER, database)
    _enter(address[0])
    say("Database: roles and migrations")
    prepare(server, database)
    return address


def _given(url: str) -> tuple[dict[str, str], dict[str, str] | None]:
    """A superuser's address gets roles and migrations; the application's needs OWNER_DATABASE_URL for migrating."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    if row and row[0]:
        return _ready(Server(url, embedded=False), urlsplit(url).path.lstrip("/") or reach.DATABASE)
    app = {"DATABASE_URL": url, "DATABASE_ROLE": os.environ.get("DATABASE_ROLE", "")}
    _enter(app)
    if owner_url := os.environ.get("OWNER_DATABASE_URL"):
        say("Database: migrations")
        owner = {"DATABASE_URL": owner_url, "DATABASE_ROLE": ""}
        migrate(owner)
        return app, owner
    return app, None


def _enter(address: dict[str, str]) -> None:
    """This process becomes one of the demo's own: the settings are read after this."""
    os.environ.update(address)
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("SECRET_KEY", _kept_secret(reach.VAR / "secret_key"))


def _kept_secret(path: Path) -> str:
    if not path.exists():
        _write_privately(path, secrets.token_urlsafe(64))
    return path.read_text()


def _write_privately(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)


@contextmanager
def _broker() -> Iterator[str]:
    """Outlives the worker, which would wait for it in vain when both stop at once."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    port = _free_port(0)
    with_us = partial(end_with_parent, signal.SIGKILL)
    with subprocess.Popen(valkey_command(port), preexec_fn=with_us, start_new_session=True) as valkey:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            valkey.terminate()


# What runs


def _clinic(options: argparse.Namespace, app: dict[str, str], owner: dict[str, str] | None, broker: str) -> int:
    port = _free_port(options.port)
    if options.port not in {0, port}:
        say(f"Port {options.port} is taken; using {port}")
    here = {
        **app,
        "BASE_URL": f"http://localhost:{port}",
        "REDIS_URL": broker,
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "DEMO": os.environ["DEMO"],
        "DEBUG": os.environ.get("DEBUG", "0"),
    }
    os.environ.update(here)
    _collect_static_files()
    sign_ins = _demo(wanted=not options.no_demo)
    written = {**here, **{f"OWNER_{name}": value for name, value in (owner or {}).items()}, "PID": str(os.getpid())}
    _write_privately(reach.RUN_FILE, "".join(f"{name}={value}\n" for name, value in written.items()))
    try:
        return _supervise(_commands(port, reload=options.reload), lambda: _announce(port, sign_ins))
    finally:
        reach.RUN_FILE.unlink(missing_ok=True)


def _commands(port: int, *, reload: bool) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    as_root = ["-W", "ignore"] if os.geteuid() == 0 else []  # celery's advice on root, each time
    celery = [sys.executable, *as_root, "-m", "celery", "-q", "-A", "kap_clinic"]
    bound = [part for address in _addresses(port) for part in ("-b", address)]
    gunicorn = ["gunicorn", "kap_clinic.wsgi", *bound, "-k", "gthread", "-w", "2", "--threads", "4"]
    web = [*python, *gunicorn, "--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"]
    if reload:
        web = [sys.executable, "manage.py", "runserver", f"localhost:{port}"]
    worker = [*celery, "worker", "-c", "1", "-l", "WARNING", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "-l", "WARNING", "-s", str(reach.VAR / "beat"), "--pidfile="]
    return {"web": web, "worker": worker, "beat": beat}


def _supervise(commands: dict[str, list[str]], then: Callable[[], None]) -> int:
    manager = _Manager(then)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for name, command in commands.items():
        # `exec`, or the shell in between would swallow the signal to stop.
        manager.add_process(name, f"exec {shlex.join(command)}", env=environment, cwd=str(ROOT))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    say("Stopped")
    return 0 if manager.returncode in STOPPED_BY_HAND else manager.returncode or 1


class _Manager(Manager):
    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__(_QuietPrinter(sys.stdout))
        self._process_ctor = _Process
        self._then = then

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._then, daemon=True).start()


class _Process(Process):
    """Ends when the launcher does, also when that was killed."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        end_with_parent(signal.SIGKILL)
        self._child_ctor = partial(Popen, preexec_fn=partial(end_with_parent, signal.SIGKILL))
        super().run(events, ignore_signals)


class _QuietPrinter(Printer):
    """Without a line for each process that starts, or is told to stop."""

    def write(self, message: Message) -> None:
        routine = ("started", "sending", "SIGINT", "SIGTERM", "stopped (rc=0)", "stopped (rc=-15)")
        if message.name != SYSTEM_PRINTER_NAME or not any(word in str(message.data) for word in routine):
            super().write(message)


def _announce(port: int, sign_ins: str) -> None:
    """When the web process answers, say where."""
    until = time.monotonic() + SECONDS_TO_ANSWER
    while not _answers(port):
        if time.monotonic() > until:
            say("The web process does not answer; what it said is above.")
            return
        time.sleep(0.1)
    say("Ready")
    print(f"\n{sign_ins}\n\n  KAP Clinic: http://localhost:{port}   (ctrl-C stops everything)\n", flush=True)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return bool(connection.getresponse().status)
    except OSError:
        return False
    finally:
        connection.close()


def _addresses(port: int) -> list[str]:
    """Passkeys want the name localhost, which is an IPv4 and often an IPv6 address."""
    return [f"127.0.0.1:{port}", *([f"[::1]:{port}"] if _can_bind("::1", port) else [])]


def _free_port(wanted: int) -> int:
    if wanted and _can_bind("127.0.0.1", wanted):
        return wanted
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def _can_bind(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((address, port))
    except OSError:
        return False
    return True


# What it shows


def _collect_static_files() -> None:
    """Hash and compress, when a source changed."""
    from django.conf import settings
    from django.core.management import call_command

    stamp, digest = Path(settings.STATIC_ROOT) / ".collected", _static_digest()
    if settings.DEBUG or (stamp.exists() and stamp.read_text() == digest):
        return
    say("Static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest)


def _static_digest() -> str:
    folders = [ROOT / "static", *(path for name in STATIC_SOURCES for path in (ROOT / name).rglob("static"))]
    paths = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    digest = hashlib.sha256()
    for path in sorted(paths | {ROOT / name for name in STATIC_LISTS}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _demo(*, wanted: bool) -> str:
    """Fill an empty clinic; what to sign in with."""
    from django.core.management import call_command, get_commands
    from django.db import connection

    if not wanted or "demo" not in get_commands():
        return "  An empty clinic. `python3 manage.py open_clinic` makes the first account."
    said = io.StringIO()
    say("Demo clinic")
    call_command("demo", stdout=io.StringIO())
    call_command("demo", print_sign_ins=True, stdout=said)
    connection.close()
    return said.getvalue().rstrip()
