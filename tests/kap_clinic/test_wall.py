"""The wall between clinics, seen from the database: who connects, which rows, which rights, and its six exits."""

import difflib
import os
import re
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse

from kap_clinic.accounts import membership
from kap_clinic.accounts.models import Clinic, Membership
from kap_clinic.accounts.resources import RESOURCES
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import record_apart
from kap_clinic.audit.models import AuditEvent
from kap_clinic.dev.soaks import wall as soak
from kap_clinic.dev.soaks.wall import Asked, _request
from kap_clinic.wall import as_clinic, current_clinic_id
from patients.models import Patient
from tests import factories
from tests.people import signed_in

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GRANTS = HERE / "grants.txt"
CLINIC = "app.clinic_id"
# Tables whose wall is not `clinic_id = here` alone, each with what it is instead.
OTHERWISE = {
    "audit_auditevent": "a failed sign-in has no clinic: written, and read as clinic 0 only (exit 3)",
    "audit_link": "the chain names its clinic `clinic_key`, and nobody but its trigger writes it",
    "audit_alarmwatch": "the chain names its clinic `clinic_key`",
}
# Functions that run as the owner: two doors, and the trigger that closes the audit chain.
DOORS = {"memberships_of", "door_by_hash", "audit_close"}


def asked(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


# Who connects


def test_the_tests_connect_as_the_application_and_it_is_nobody_special(db):
    [row] = asked(
        "select current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
        " from pg_roles where rolname = current_user"
    )
    assert row == ("kap_app", False, False, False, False, False)

    owned = asked("select relname from pg_class where relowner = current_user::regrole")
    member_of = asked("select roleid::regrole from pg_auth_members where member = current_user::regrole")
    assert (owned, member_of) == ([], [])


@pytest.mark.parametrize(
    "statement",
    [
        "create table more (id int)",
        "create temporary table more (id int)",
        "alter table patients_patient disable row level security",
        "drop policy clinic_wall on patients_patient",
        "truncate patients_patient",
        "delete from patients_patient",
        "set role kap_owner",
        "set session authorization postgres",
        "select pg_read_file('/etc/passwd')",
    ],
)
def test_the_application_cannot_take_the_wall_down(db, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner|no permission"), transaction.atomic():
        asked(statement)


def test_switching_row_security_off_gives_an_error_and_no_rows(clinic, patient):
    def read_without():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local row_security = off")
            cursor.execute("select * from patients_patient")

    with pytest.raises(DatabaseError, match="row-level security"):
        read_without()


# Which rows


def walled_tables():
    """Name of the table and of its column for the clinic."""
    return dict(
        asked(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
            " and a.attname in ('clinic_id', 'clinic_key') and not a.attisdropped"
        )
    )


def policies_for_the_application(table):
    return asked(
        "select polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
        " from pg_policy where polrelid = %s::regclass"
        " and (polroles = '{0}' or 'kap_app'::regrole = any(polroles)) and polpermissive",
        table,
    )


def test_every_table_with_a_clinic_has_forced_row_security_for_reading_and_writing(db):
    tables = walled_tables()
    assert {"patients_patient", "screening_screening", "accounts_membership", "audit_auditevent"} <= set(tables)

    faults = []
    for table, column in tables.items():
        [(on, forced)] = asked("select relrowsecurity, relforcerowsecurity from pg_class where relname = %s", table)
        if not (on and forced):
            faults.append(f"{table}: row-level security is not forced")
        if table in OTHERWISE:
            continue
        for name, command, using, check in policies_for_the_application(table) or [("no policy", "*", "", "")]:
            for word, text in (("using", using), ("with check", check)):
                if command != "*" or CLINIC not in (text or "") or f"({column} = " not in (text or ""):
                    faults.append(f"{table}: policy {name} says {word} {text}")

    assert not faults, "\n".join(faults)


def test_the_tables_whose_wall_is_another_admit_no_other_clinic_s_row(db):
    for table in OTHERWISE:
        policies = policies_for_the_application(table)
        assert policies
        for name, _command, using, check in policies:
            for text in filter(None, (using, check)):
                assert CLINIC in text, f"{table}: {name}"


def test_every_model_with_a_patient_carries_its_clinic(db):
    tables = walled_tables()

    missing = [
        label
        for label, resource in RESOURCES.items()
        if resource.patient is not None and apps.get_model(label)._meta.db_table not in tables
    ]

    assert not missing


def test_every_view_asks_as_whoever_reads_it(db):
    views = asked(
        "select relname, relkind, reloptions from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"
    )

    faults = [name for name, kind, options in views if kind == "m" or "security_invoker=true" not in (options or [])]

    assert not faults


def test_only_the_doors_run_as_the_owner(db):
    found = asked(
        "select proname, proconfig::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef"
    )

    assert {name for name, _ in found} == DOORS
    assert all("search_path" in (settings or "") for _, settings in found)


# Which rights (SEC-08)


def grants_now():
    """Every right of our roles, one a line, sorted."""
    roles = ("kap_app", "kap_auditor", "kap_backup", "public")
    lines = [
        f"role {name}: super {sup} bypassrls {bypass} createdb {createdb} createrole {createrole} login {login}"
        for name, sup, bypass, createdb, createrole, login in asked(
            "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin"
            " from pg_roles where rolname like 'kap\\_%%' order by 1"
        )
    ]
    for kind, statement in (("table", TABLE_RIGHTS), ("columns", COLUMN_RIGHTS), ("function", FUNCTION_RIGHTS)):
        lines += [f"{kind} {name}: {grantee} {rights}" for name, grantee, rights in asked(statement, list(roles))]
    return "\n".join(lines) + "\n"


TABLE_RIGHTS = """
    select c.relname, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'),
        string_agg(lower(a.privilege_type), ' ' order by a.privilege_type)
    from pg_class c, aclexplode(c.relacl) a
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
    and coalesce(nullif(a.grantee, 0)::regrole::text, 'public') = any(%s)
    group by 1, 2 order by 1, 2
"""
COLUMN_RIGHTS = """
    select c.relname, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'),
        lower(a.privilege_type) || ' ' || string_agg(t.attname, ' ' order by t.attname)
    from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
    where c.relnamespace = 'public'::regnamespace
    and coalesce(nullif(a.grantee, 0)::regrole::text, 'public') = any(%s)
    group by 1, 2, a.privilege_type order by 1, 2, a.privilege_type
"""
FUNCTION_RIGHTS = """
    select p.proname, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), 'execute'
    from pg_proc p, aclexplode(p.proacl) a
    where p.pronamespace = 'public'::regnamespace
    and coalesce(nullif(a.grantee, 0)::regrole::text, 'public') = any(%s)
    and a.grantee <> 0 order by 1, 2
"""


def test_the_rights_in_the_database_are_those_written_down(db):
    now = grants_now()
    if os.environ.get("KAP_WRITE_GRANTS"):
        GRANTS.write_text(now)
    written = GRANTS.read_text()

    difference = "\n".join(difflib.unified_diff(written.splitlines(), now.splitlines(), "written", "now", lineterm=""))

    assert not difference, (
        f"{difference}\nIf this is meant: KAP_WRITE_GRANTS=1 manage.py test tests/kap_clinic/test_wall.py"
    )


def test_nothing_about_a_patient_can_be_deleted(db):
    deletable = {
        re.match(r"table (\w+): kap_app", line)[1]
        for line in grants_now().splitlines()
        if re.match(r"table \w+: kap_app .*delete", line)
    }
    about_patients = {
        apps.get_model(label)._meta.db_table for label, resource in RESOURCES.items() if resource.patient is not None
    }

    assert not deletable & about_patients


# Leaks


def test_two_thousand_pooled_requests_leak_nothing(fresh_db):
    report = soak.run(2_000, seed=20261124)

    assert report.broken == []
    assert report.holds
    assert set(report.injected) >= {"exception", "500", "refusal", "cross write", "stream", "left behind"}
    assert report.figures["reads"] > 1_500


def careless(get_response):
    """What one_transaction would be without its care: the clinic is set for the session, and never to nothing."""

    def middleware(request):
        if request.user.is_authenticated:
            member = membership.live(request.user)
            asked("select set_config('app.clinic_id', %s, false)", str(member.clinic_id))
        return get_response(request)

    return middleware


def test_the_soak_sees_a_leak(fresh_db, monkeypatch):
    monkeypatch.setattr(soak, "one_transaction", careless)
    monkeypatch.setattr(soak, "clinic_wall", lambda get_response: get_response)

    assert soak.run(200, seed=1).broken


# The six exits


def test_exit_1_a_person_s_clinics_are_known_before_the_wall_and_nothing_else_is(fresh_db, clinic, therapist, stranger):
    assert current_clinic_id() is None
    assert [member.clinic_name for member in membership.all_live(therapist)] == ["Harbour Clinic"]
    assert [member.clinic_name for member in membership.all_live(stranger)] == ["Inland Clinic"]

    assert list(Membership.objects.all()) == []
    assert asked("select * from door_by_hash('invitation', 'nothing')") == []


def test_exit_2_a_sweep_sees_one_clinic_at_a_time_and_nothing_between(fresh_db, clinic, patient, other_patient):
    seen = {}
    for each in Clinic.objects.order_by("pk"):
        assert list(Patient.objects.all()) == []
        with as_clinic(each.pk):
            seen[each.name] = [row.family_name for row in Patient.objects.all()]

    assert seen == {"Harbour Clinic": ["Lindqvist"], "Inland Clinic": ["Ferreira"]}


def test_exit_3_a_failed_sign_in_is_written_without_a_clinic_and_read_by_no_clinic(fresh_db, clinic):
    record_apart(None, Event.SIGN_IN_FAILED, by="somebody@example.org", outcome="failed")

    assert not AuditEvent.objects.exists()
    with as_clinic(clinic.pk):
        assert not AuditEvent.objects.filter(event=Event.SIGN_IN_FAILED).exists()
    with as_clinic(0):
        assert AuditEvent.objects.get().actor == "somebody@example.org"


def test_exit_3_no_clinic_s_row_is_written_from_outside_or_from_another(fresh_db, clinic, other_clinic):
    with as_clinic(other_clinic.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        AuditEvent.objects.create(clinic_id=clinic.pk, actor="x", event=Event.SIGNED_IN)


COPY = "copy patients_contact (id) from stdin"


def test_exit_4_copy_is_refused_and_many_rows_go_in_by_insert(clinic, therapist):
    refusal = pytest.raises(psycopg.errors.FeatureNotSupported, match="COPY FROM not supported with row-level security")
    with connection.cursor() as cursor, refusal, transaction.atomic(), cursor.copy(COPY) as copy:
        copy.write_row([1])

    made = Patient.objects.bulk_create(many_patients(clinic, therapist, 50))
    assert Patient.objects.count() == len(made)


def many_patients(clinic, by, count):
    keys = (f"{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676 % 26)}{i}" for i in range(count))
    return [
        Patient(
            clinic=clinic,
            record_number=100_000 + i,
            family_name=key,
            given_name="Ada",
            birth_date="1987-03-14",
            family_key=key,
            given_key="ada",
            phone_tail=f"{i:04d}"[:4],
            zone="UTC",
            registered_by=by,
        )
        for i, key in enumerate(keys)
    ]


def test_exit_5_a_streamed_answer_reads_inside_its_own_wall_or_nothing(fresh_db, clinic, therapist, patient):
    def names(inside):
        if inside:
            with as_clinic(clinic.pk):
                rows = [row.family_name for row in Patient.objects.all()]
        else:
            rows = [row.family_name for row in Patient.objects.all()]
        yield ",".join(rows).encode()

    def streamed(inside):
        response = _request(Asked(therapist, 0), lambda request: StreamingHttpResponse(names(inside)))
        return b"".join(response)

    assert streamed(inside=True) == b"Lindqvist"
    assert streamed(inside=False) == b""


def test_exit_6_a_search_uses_its_index_behind_the_wall(fresh_db, client, clinic, admin, owner_connection):
    with as_clinic(clinic.pk):
        Patient.objects.bulk_create(many_patients(clinic, admin, 3_000), batch_size=500)
    owner_connection.execute("analyze patients_patient")
    signed_in(client, admin)

    statements = []

    def heard(execute, sql, params, many, context):
        if "patients_patient" in sql and sql.startswith("SELECT"):
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(heard):
        assert client.get(reverse("desk:patients"), {"q": "cab"}).status_code == 200

    assert statements
    with as_clinic(clinic.pk):
        for sql, params in statements:
            plan = "\n".join(line for (line,) in asked(f"explain {sql}", *params))
            assert "Seq Scan on patients_patient" not in plan, plan
            assert re.search(r"Index Cond: .*(clinic_id|id) ", plan), plan


NOT_LEAKPROOF = re.compile(
    r"__(?:i?contains|i?startswith|i?endswith|i?regex|iexact|search|trigram\w*|contained_by)\b"
    r"|\b(?:SearchVector|TrigramSimilarity)\b"
)


# Where no index is lost, each with the reason; the demo clinic and other tools are no pages.
NO_INDEX_LOST = {
    "roles__contains": "a clinic's people are few",
    "event__startswith": "names of events have no index; the clinic's and the time's serve the trail",
}


def test_exit_6_nothing_asks_by_functions_that_lose_their_index():
    faults = []
    for folder in ("kap_clinic", "patients", "screening", "sessions", "integration"):
        for path in (ROOT / folder).rglob("*.py"):
            if {"migrations", "dev"} & set(path.parts):
                continue
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if NOT_LEAKPROOF.search(line) and not any(word in line for word in NO_INDEX_LOST):
                    faults.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")

    assert not faults, "\n".join(faults)


def test_what_a_request_leaves_is_nothing(fresh_db, client, therapist, patient):
    signed_in(client, therapist)
    client.get("/")

    assert current_clinic_id() is None
    assert _request(Asked(therapist, 0), lambda request: HttpResponse(str(current_clinic_id()))).content != b"None"
    assert current_clinic_id() is None
    factories.clinic("Third Clinic")
    assert current_clinic_id() is None
