"""Does the launcher bring what tests and people rely on?"""

import os
import socket
import threading
from datetime import UTC, datetime
from urllib.request import urlopen

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.templatetags.static import static
from playwright.sync_api import Page, expect


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
        "set role kap_owner",
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
