"""What all tests stand on: a database of the plain application role, a browser, a stopped clock, shut sockets."""

import gc
import itertools
import math
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime

import psycopg
import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.db import connections, transaction
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from kap_clinic.dev.bootstrap import ROOT
from kap_clinic.dev.databases import OWNER, Server

pytest_plugins = ["tests.people"]

hypothesis_settings.register_profile("kap", derandomize=False, print_blob=True, deadline=None)
hypothesis_settings.load_profile("kap")


# Order: what takes long begins first, one after the other on each worker, so that none is alone at the end.

LONG = (
    "test_the_whole_way.py",
    "test_launcher.py::test_the_whole_clinic",
    "test_axe_everywhere.py",
    "test_demo.py",
    "test_fuzz.py",
    "test_eligibility_walk.py::test_two_thousand",
    "test_matrix.py::test_the_answers",
    "test_dose_walk.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Work is handed out in as many runs of neighbours as there are workers: each begins with its share of the long."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    place = {item.nodeid: next((n for n, name in enumerate(LONG) if name in item.nodeid), None) for item in items}
    long = sorted((item for item in items if place[item.nodeid] is not None), key=lambda item: place[item.nodeid])
    rest = [item for item in items if place[item.nodeid] is None]
    size, dealt = math.ceil(len(items) / workers), []
    for worker in range(workers):
        hand = long[worker::workers]
        taken = size - len(hand)
        dealt += hand + rest[:taken]
        rest = rest[taken:]
    items[:] = dealt + rest


# Garbage: what was collected stays, and is not looked through again and again.


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


# Sockets: nothing leaves this machine.


def _is_near(family: int, address: object) -> bool:
    if family == socket.AF_UNIX:
        return True
    host = address[0] if isinstance(address, tuple) else ""
    return host in {"localhost", "::1", ""} or str(host).startswith("127.")


def _shut(method: Callable) -> Callable:
    def connect(self: socket.socket, address: object) -> object:
        if not _is_near(self.family, address):
            raise RuntimeError(f"A test tried to reach {address}. Sockets are shut: put something in its place.")
        return method(self, address)

    return connect


socket.socket.connect = _shut(socket.socket.connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _shut(socket.socket.connect_ex)  # type: ignore[method-assign]


# Database. A test marked `django_db` runs in a transaction that is rolled back. A test that needs committed rows,
# several connections or a live server takes `fresh_db` or `live_server` and gets a clone of its own: the application
# role may not TRUNCATE, so Django's flush never runs.

OWN_DATABASE = {"fresh_db", "live_server", "transactional_db"}
_clone_numbers = itertools.count(1)
# A clone is dropped when the run ends: ext4 steps around every file deleted in the last minutes, so that each clone
# made after a drop takes a second of processor time. With less than this many bytes free it is dropped at once.
ENOUGH_ROOM = 12 * 2**30


@pytest.fixture(scope="session")
def database_server() -> Server:
    """The server the tests run on, reached as its superuser: to clone databases, never to test with."""
    if "KAP_TEST_SERVER" not in os.environ:
        pytest.exit("Start the tests with `python3 manage.py test`: it brings the database they need.", returncode=2)
    return Server(os.environ["KAP_TEST_SERVER"], embedded=os.environ["KAP_TEST_EMBEDDED"] == "1")


@contextmanager
def _cloned(server: Server) -> Iterator[str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{os.environ['KAP_TEST_RUN']}_{worker}_{next(_clone_numbers)}"
    server.clone(os.environ["KAP_TEST_TEMPLATE"], name)
    settings = connections["default"].settings_dict
    before, settings["NAME"] = settings["NAME"], name
    connections.close_all()
    try:
        yield name
    finally:
        connections.close_all()
        settings["NAME"] = before
        if shutil.disk_usage(ROOT).free < ENOUGH_ROOM:
            server.drop(name)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, database_server) -> Iterator[None]:
    """One clone of the migrated template for each worker."""
    with django_db_blocker.unblock(), _cloned(database_server), django_db_blocker.block():
        yield


@pytest.fixture
def _django_db_helper(request, django_db_setup) -> None:
    """pytest-django's choice between a rolled-back transaction and a flush; here the second is a fresh database."""
    marker = request.node.get_closest_marker("django_db")
    if OWN_DATABASE & set(request.fixturenames) or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("fresh_db")
    else:
        request.getfixturevalue("_django_db_helper")


@pytest.fixture
def fresh_db(django_db_setup, django_db_blocker, database_server) -> Iterator[str]:
    """A database of this test's own, committed to for real; its name."""
    with django_db_blocker.unblock(), _cloned(database_server) as name:
        yield name


@pytest.fixture
def live_server(fresh_db) -> Iterator[LiveServer]:
    """The site on http://localhost:<port>, on a fresh database; static files straight from their folders."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def owner_url(database_server, django_db_setup) -> Callable[[], str]:
    """The owner's address of the database in use: for catalogue queries and for what only migrations may do."""
    return lambda: database_server.login(OWNER, connections["default"].settings_dict["NAME"])


@pytest.fixture
def owner_connection(owner_url) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A transaction around the tests of one module: what a module fixture makes in it once stands for each of them,
    and each is undone to it. Not for a module with tests that commit."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


# Clock


@contextmanager
def stopped_clock() -> Iterator[Callable[..., time_machine.Traveller]]:
    """What `frozen` gives a test, for a module that makes its rows once."""
    with ExitStack() as stack:

        def stop(moment: str | datetime, *, tick: bool = False) -> time_machine.Traveller:
            moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
            assert moment.tzinfo, f"{moment} does not say its zone"
            return stack.enter_context(time_machine.travel(moment, tick=tick))

        yield stop


@pytest.fixture
def frozen() -> Iterator[Callable[..., time_machine.Traveller]]:
    """`clock = frozen("2026-03-02T09:00-05:00")` stops the clock for this test; `clock.shift(seconds)` moves it."""
    with stopped_clock() as stop:
        yield stop


# Browser

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished))"""
REFUSED_FORM = re.compile("status of 422")  # how an invalid form answers; the browser logs it

expect.set_options(timeout=20_000)  # ms; only a failing test waits so long, and a busy machine may need it


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args) -> dict:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, names)), None)
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests say `live_server.url` themselves. (The plugin's own fixture is one that pytest 9 warns about.)"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args) -> dict:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "locale": "en-US"}


@pytest.fixture
def expect_console(request) -> list[str]:
    """Patterns of console errors this test brings about on purpose; add to the list."""
    return []


@pytest.fixture
def listen(expect_console: list[str]) -> Iterator[Callable[[BrowserContext], None]]:
    """`listen(context)`: from now on a console error, a refused script or style, an exception fails the test."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(f"{message.text} ({message.location['url']})")

    def listen(context: BrowserContext) -> None:
        context.on("console", hear)
        context.on("weberror", lambda error: said.append(str(error.error)))

    yield listen
    expected = [REFUSED_FORM, *map(re.compile, expect_console)]
    assert not [line for line in said if not any(pattern.search(line) for pattern in expected)]


@pytest.fixture
def context(context: BrowserContext, listen: Callable[[BrowserContext], None]) -> BrowserContext:
    """Every page of the test is listened to."""
    listen(context)
    return context


@pytest.fixture
def another_device(
    browser: Browser, browser_context_args: dict, listen: Callable
) -> Iterator[Callable[..., BrowserContext]]:
    """`another_device(viewport=..., has_touch=True)`: somebody else's phone or tablet, listened to as well."""
    with ExitStack() as stack:

        def take(**kind: object) -> BrowserContext:
            context = stack.enter_context(closing(browser.new_context(**{**browser_context_args, **kind})))
            listen(context)
            return context

        yield take


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)`: fails with what axe-core finds, each with the element it means, once no colour is on its way."""

    def check(page: Page) -> None:
        page.evaluate(AT_REST)
        results = Axe().run(page, options={"runOnly": AXE_RULES, "resultTypes": ["violations"]})
        found = [
            f"{violation['id']}: {violation['help']}\n    " + "\n    ".join(node["html"] for node in violation["nodes"])
            for violation in results.response["violations"]
        ]
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check
