"""Does the launcher bring what tests and people rely on?"""

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess, Popen, run
from urllib.request import urlopen

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.templatetags.static import static
from playwright.sync_api import Page, expect

from kap_clinic.dev import bootstrap, reach, test
from kap_clinic.dev.bootstrap import ROOT
from kap_clinic.dev.databases import Server
from kap_clinic.dev.servers import Postgres
from kap_clinic.dev.soaks import Report


def row(query: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as error:
        return isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege)
    return False


@pytest.mark.django_db
def test_the_suite_connects_as_the_plain_application_role():
    name, *powers = row(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    )
    owned = row("select count(*) from pg_class where relowner = current_user::regrole")[0]

    assert name == "kap_app"
    assert not any(powers)
    assert owned == 0
    roles = row("select array_agg(rolname) from pg_roles where pg_has_role(current_user, oid, 'member')")[0]
    assert roles == ["kap_app"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "create table public.extra (id int)",
        "create temporary table extra (id int)",
        "create schema extra",
        "drop table accounts_clinic cascade",
        "truncate accounts_clinic cascade",
        "delete from accounts_clinic",
        "alter table accounts_clinic disable row level security",
    ],
)
def test_the_application_role_changes_no_structure_and_deletes_nothing(statement):
    assert refused(statement)


@pytest.mark.django_db
def test_the_owner_reaches_the_same_database(owner_connection):
    owner = owner_connection.execute("select current_database(), current_user").fetchone()

    assert owner == (row("select current_database()")[0], "kap_owner")


def write(key: str) -> None:
    """One row that the application may write, whatever the models are today."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into django_session (session_key, session_data, expire_date) values (%s, '', now())", [key]
        )


def written() -> int:
    return row("select count(*) from django_session")[0]


def test_a_fresh_database_shows_committed_rows_to_other_connections(fresh_db):
    seen = []

    def look() -> None:
        seen.append(written())
        connection.close()

    write("a")
    other = threading.Thread(target=look)
    other.start()
    other.join()

    assert seen == [1]


def test_the_next_fresh_database_is_empty(fresh_db):
    assert written() == 0
    write("b")


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_gets_a_fresh_database_instead_of_a_flush():
    assert written() == 0
    assert not connection.in_atomic_block
    write("c")


@pytest.mark.django_db
def test_an_ordinary_database_test_is_rolled_back_and_saw_none_of_these():
    assert connection.in_atomic_block
    assert written() == 0


def test_the_live_server_answers_on_localhost_with_styles_from_their_folders(live_server):
    assert live_server.url.startswith("http://localhost:")
    with urlopen(live_server.url + static("npm/bootstrap/dist/css/bootstrap.min.css")) as answer:
        assert answer.headers["Content-Type"] == "text/css"


def test_sockets_are_shut_to_the_outside():
    with socket.socket() as outside, pytest.raises(RuntimeError, match="Sockets are shut"):
        outside.connect(("192.0.2.1", 80))


def test_the_clock_stands_still_and_moves_when_told(frozen):
    clock = frozen("2026-03-02T09:00+00:00")
    clock.shift(60)

    assert datetime.now(UTC) == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused(frozen):
    with pytest.raises(AssertionError, match="does not say its zone"):
        frozen("2026-03-02T09:00")


@pytest.mark.browser
def test_a_page_with_a_fault_in_its_script_is_noticed(page: Page, expect_console):
    expect_console.append("deliberate")
    page.set_content("<title>x</title><h1>Hello</h1><script>throw new Error('deliberate')</script>")

    expect(page.get_by_role("heading")).to_have_text("Hello")


@pytest.mark.browser
def test_axe_names_what_is_wrong(page: Page, axe):
    page.set_content("<html lang=en><title>x</title><main><h1>Hello</h1><img src='data:,'></main></html>")

    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_every_run_says_its_seed(request):
    assert request.config.getoption("hypothesis_seed") is not None
    assert os.environ["TESTING"] == "1"


@pytest.mark.parametrize(
    ("given", "workers"),
    [
        ([], "2"),
        (["-k", "consent"], "2"),
        (["-n", "0"], "0"),
        (["-n4", "-x"], None),
        (["tests/patients"], "2"),
        (["tests/conftest.py"], None),
        (["tests/conftest.py::test_one"], None),
    ],
)
def test_pytest_gets_two_workers_unless_told_otherwise(given, workers):
    arguments = test.with_defaults(given)

    assert arguments[-len(given) :] == given or not given
    assert (arguments[arguments.index("-n") + 1] if "-n" in arguments else None) == workers
    assert arguments[0].startswith("--hypothesis-seed=")


def test_a_seed_given_by_hand_stays():
    assert test.with_defaults(["--hypothesis-seed=5", "-n", "0"]) == ["--hypothesis-seed=5", "-n", "0"]


@pytest.mark.parametrize(
    ("embedded", "login", "environment"),
    [
        (True, "postgresql://kap_app@/db?host=/s", ("postgresql://kap_app@/db?host=/s", "")),
        (
            False,
            "postgresql://boss:pw@host:5/db?options=-c%20role%3Dkap_app",
            ("postgresql://boss:pw@host:5/db", "kap_app"),
        ),
    ],
)
def test_a_role_is_reached_by_name_or_through_the_superuser(embedded, login, environment):
    url = "postgresql://postgres@/postgres?host=/s" if embedded else "postgresql://boss:pw@host:5/postgres"
    server = Server(url, embedded=embedded)

    assert server.login("kap_app", "db") == login
    assert tuple(server.environment("kap_app", "db").values()) == environment


def test_a_long_path_gets_a_short_socket(tmp_path):
    deep = Postgres(tmp_path / ("d" * 90) / "pg")

    assert len(str(deep.socket_folder)) < 100
    assert Postgres(deep.data).socket_folder == deep.socket_folder


def test_without_root_the_exact_line_to_install_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit) as stopped:
        bootstrap._install_debian_packages(["libatomic1", "chromium"])

    assert stopped.value.code == 2
    assert "apt-get install -y --no-install-recommends libatomic1 chromium\n" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FILE"])
def test_nothing_embedded_starts_beside_the_settings_of_a_real_clinic(monkeypatch, name):
    real = {name: "x"}
    monkeypatch.setattr(os, "environ", real)

    with reach.database_for(["shell"]):
        assert real == {name: "x"}


def test_a_soak_that_injected_nothing_fails():
    assert not Report(injected={"kill": 0}).holds
    assert not Report(injected={"kill": 3}, broken=["a dose was given twice, seed 1"]).holds
    assert Report(injected={"kill": 3}).holds


def becomes_true(condition: Callable[[], object], *, within: int) -> object:
    """What the condition answers once it holds; watching other processes cannot be done with a stopped clock."""
    until = time.monotonic() + within
    while not (answer := condition()) and time.monotonic() < until:
        time.sleep(0.1)
    return answer


class Clinic:
    """`manage.py run` as a person starts it, in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var, self.log = var, var / "said"
        ours = ("KAP_", "DATABASE_", "PYTEST_", "DJANGO_", "TESTING", "DEMO", "SECRET_", "REDIS_", "BASE_URL")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.environment["KAP_VAR"] = str(var)

    def start(self) -> str:
        """Its address, once it answers."""
        command = [sys.executable, "manage.py", "run", "--no-demo", "--port", "0"]
        with self.log.open("w") as log:
            self.process = Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=STDOUT)
        becomes_true(lambda: self.address or self.process.poll() is not None, within=180)
        assert self.address, self.log.read_text()
        return self.address

    @property
    def address(self) -> str | None:
        found = re.search(r"KAP Clinic: (http://localhost:\d+)", self.log.read_text())
        return found and found[1]

    def manage(self, *arguments: str) -> CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return run(
            command, cwd=ROOT, env=self.environment, stdout=PIPE, stderr=STDOUT, text=True, timeout=120, check=False
        )

    def processes(self) -> set[str]:
        """What runs with our folder in its environment."""
        mark = f"KAP_VAR={self.var}".encode()
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (process / "environ").read_bytes():
                    found.add((process / "cmdline").read_text().replace("\0", " "))
        return found

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


WHO = "from django.db import connection as c; print(c.cursor().execute('select current_user').fetchone()[0])"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_whole_clinic_starts_serves_survives_a_kill_and_leaves_nothing_behind(tmp_path, page: Page):
    clinic = Clinic(tmp_path)
    address = clinic.start()
    try:
        page.goto(address)  # collected, hashed files with their integrity: a refused one is a console error
        expect(page.get_by_role("button", name="Sign in", exact=False).first).to_be_visible()
        assert (tmp_path / "run.env").stat().st_mode & 0o077 == 0
        assert "running already" in clinic.manage("run").stdout
        assert clinic.manage("shell", "-v0", "-c", WHO).stdout.endswith("kap_app\n")
        assert {"gunicorn", "celery", "valkey-server", "postgres"} <= set(
            re.findall(r"gunicorn|celery|valkey-server|postgres", " ".join(clinic.processes()))
        )
    finally:
        clinic.stop(signal.SIGKILL)
    assert becomes_true(lambda: all("postgres" in name for name in clinic.processes()), within=15)
    assert clinic.manage("shell", "-v0", "-c", WHO).stdout.endswith("kap_app\n")
    assert clinic.processes() == set()

    clinic.start()
    code = clinic.stop(signal.SIGTERM)

    assert code == 0, clinic.log.read_text()
    assert clinic.processes() == set()
    assert not (tmp_path / "run.env").exists()
