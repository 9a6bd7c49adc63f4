"""The audit trail: what record() writes, what nobody may change, and that every tampering is found."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from threading import Thread

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.test import RequestFactory

from kap_clinic import wall
from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Event as AccountEvent
from kap_clinic.audit import chain, duties, heads, words
from kap_clinic.audit.actions import NOWHERE, Origin, opened, origin, record, record_apart
from kap_clinic.audit.models import NOBODY, AlarmWatch, AuditEvent, AuditLink
from kap_clinic.audit.terms import Event, Outcome, Wrong
from kap_clinic.dev.databases import Server
from kap_clinic.dev.soaks import audit as soak
from patients.record.terms import Event as PatientEvent

OPENED, DENIED, FAILED = PatientEvent.CHART_OPENED, AccountEvent.PAGE_DENIED, AccountEvent.SIGN_IN_FAILED


@pytest.fixture
def heads_file(tmp_path: Path, settings) -> Path:
    settings.AUDIT_HEADS_FILE = str(tmp_path / "second place" / "heads.jsonl")
    return Path(settings.AUDIT_HEADS_FILE)


@pytest.fixture
def from_a_tablet():
    """What the middleware says of a request."""
    place = Origin(request_id="r1", address="198.51.100.7", session_hash="ab" * 32, role="nurse")
    token = origin.set(place)
    yield place
    origin.reset(token)


@pytest.fixture
def superuser(fresh_db: str, database_server: Server):
    """Every right there is, triggers off, in the test's own database."""
    with database_server.admin(fresh_db) as admin:
        admin.execute("set session_replication_role = replica")
        yield admin


def close_chains() -> None:
    """In a test that is rolled back, what the end of the transaction would do."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def last_event(**which: object) -> AuditEvent:
    return AuditEvent.objects.filter(**which).latest("pk")


def faults_of(key: int, path: Path | None = None) -> list[Wrong]:
    seen = heads.read(path).by_chain.get(key, {}) if path else {}
    return [fault.kind for fault in chain.verify(key, seen).faults]


# record()


def test_an_event_says_who_did_what_to_which_row_of_whom_and_from_where(nurse, patient, from_a_tablet):
    record(OPENED, by=nurse, on=patient, reason="Called in", page="chart")

    event = last_event()
    assert (event.actor_id, event.actor, event.role) == (nurse.pk, "Jo Winter", "nurse")
    assert (event.event, event.thing, event.thing_ref) == ("chart.opened", "patients.patient", str(patient.ref))
    assert (event.patient_ref, event.clinic_id) == (str(patient.ref), patient.clinic_id)
    assert (event.reason, event.outcome, event.facts) == ("Called in", "done", {"page": "chart"})
    assert (event.request_id, event.address, event.session_hash) == ("r1", "198.51.100.7", "ab" * 32)
    assert abs(event.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_role_used_can_be_named_and_the_system_has_none(nurse, patient, from_a_tablet):
    record(OPENED, by=nurse, on=patient, role="prescriber")
    record(OPENED, by="system", on=patient)

    assert [event.role for event in AuditEvent.objects.filter(event=OPENED).order_by("pk")] == ["prescriber", ""]


def test_an_event_of_no_clinic_can_be_written_and_not_read_back(clinic):
    wall.set_clinic(None)
    record(FAILED, by="somebody@example.org", outcome=Outcome.FAILED)

    assert not AuditEvent.objects.exists()
    wall.set_clinic(clinic.pk)
    assert not AuditEvent.objects.filter(event=FAILED).exists()
    wall.set_clinic(NOBODY)
    assert last_event().actor == "somebody@example.org"
    assert last_event().clinic_id is None


def test_what_is_typed_at_sign_in_may_be_anything(clinic):
    typed = "\0 \ud800 ' \" \\u0000 é𝄞" * 100

    record(FAILED, by=typed, outcome=Outcome.FAILED, reason=typed, typed=typed, listed=[typed, {typed: 1}])

    event = last_event(event=FAILED)
    assert len(event.actor) == 200
    assert "\0" not in event.reason
    assert "\\u0000" in event.facts["typed"], "a backslash typed by somebody stays what it was"
    close_chains()
    assert faults_of(clinic.pk) == []


def test_an_event_without_words_is_refused(clinic):
    with pytest.raises(ValueError, match="put it into an Event in a terms"):
        record("something.odd", by="system")


def test_an_outcome_of_another_kind_is_refused(clinic):
    with pytest.raises(ValueError, match="give 'better' as a fact"):
        record(OPENED, by="system", outcome="better")


def test_a_number_that_is_none_is_refused_before_the_database_sees_it(clinic):
    with pytest.raises(ValueError, match="Out of range float"):
        record(OPENED, by="system", share=float("nan"))


def test_no_audit_no_action(clinic):
    """The event is written in the act's own transaction: rolled back with it, and it cannot be left out."""
    before = AuditEvent.objects.count()

    with transaction.atomic():
        record(OPENED, by="system")
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == before


def test_recording_costs_one_statement(nurse, patient, django_assert_num_queries):
    with django_assert_num_queries(1):
        record(OPENED, by=nurse, on=patient)


def test_a_denial_outlives_the_request_that_was_rolled_back(fresh_db, clinic, nurse):
    with transaction.atomic():
        wall.set_clinic(clinic.pk)
        record(OPENED, by=nurse)
        transaction.set_rollback(True)
    record_apart(clinic.pk, DENIED, by=nurse, outcome=Outcome.REFUSED)

    with wall.as_clinic(clinic.pk):
        assert AuditEvent.objects.filter(event=DENIED).count() == 1
        assert not AuditEvent.objects.filter(event=OPENED).exists()


def test_a_denial_is_not_written_inside_the_transaction_that_will_be_undone(fresh_db, clinic):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        record_apart(clinic.pk, DENIED, by="system", outcome=Outcome.REFUSED)


# Page openings


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        ({}, 2),
        ({"HX-Request": "true"}, 1),  # asked for by itself: once a session
        ({"HX-Request": "true", "HX-Boosted": "true"}, 2),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, 2),
    ],
)
def test_each_page_is_recorded_and_a_part_only_when_its_page_was_not(nurse, patient, from_a_tablet, headers, count):
    request = RequestFactory().get("/", headers=headers)
    request.user = nurse

    opened(request, OPENED, patient)
    opened(request, OPENED, patient)

    assert AuditEvent.objects.filter(event=OPENED).count() == count


def test_parts_and_polls_of_an_open_page_are_not_recorded(nurse, patient, from_a_tablet):
    page, part = RequestFactory().get("/"), RequestFactory().get("/", headers={"HX-Request": "true"})
    page.user = part.user = nurse

    opened(page, OPENED, patient)
    for _ in range(20):
        opened(part, OPENED, patient)

    assert AuditEvent.objects.filter(event=OPENED).count() == 1


def test_a_part_of_another_patient_or_in_another_session_is_recorded(nurse, patient, clinic, from_a_tablet):
    from tests import factories

    part = RequestFactory().get("/", headers={"HX-Request": "true"})
    part.user = nurse
    opened(part, OPENED, patient)

    opened(part, OPENED, factories.patient(clinic, by=nurse))
    origin.set(Origin(session_hash="cd" * 32))
    opened(part, OPENED, patient)

    assert AuditEvent.objects.filter(event=OPENED).count() == 3


# What the application may not do


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set reason = ''",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
        "insert into audit_link values (1, 1, 1, now(), '', '')",
        "update audit_link set digest = ''",
        "delete from audit_link",
        "truncate audit_link",
        "alter table audit_auditevent disable trigger audit_close",
        "drop trigger audit_close on audit_auditevent",
        "set session_replication_role = replica",
        "select audit_close()",
        "create or replace function audit_close() returns trigger language sql as ''",
    ],
)
def test_the_application_only_adds_events(clinic, statement):
    record(OPENED, by="system")

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_link"])
@pytest.mark.parametrize("change", ["update {} set {} = {}", "delete from {}", "truncate {}"])
def test_not_even_the_owner_changes_the_trail_by_mistake(owner_connection, table, change):
    key = {"audit_auditevent": "id", "audit_link": "event_id"}[table]

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
        owner_connection.execute(change.format(table, key, key))


def test_what_the_application_may_do_with_the_trails_tables_is_exactly_this(owner_connection):
    rights = owner_connection.execute(
        "select table_name, string_agg(privilege_type, ' ' order by privilege_type)"
        " from information_schema.table_privileges where grantee = 'kap_app' and table_name like 'audit%'"
        " group by 1 order by 1"
    ).fetchall()
    forced = owner_connection.execute(
        "select relname from pg_class where relname like 'audit%' and relkind = 'r' and relforcerowsecurity order by 1"
    ).fetchall()
    doors = owner_connection.execute(
        "select tablename, policyname from pg_policies where roles = '{kap_owner}' and tablename like 'audit%'"
    ).fetchall()

    assert rights == [
        ("audit_alarmwatch", "INSERT SELECT UPDATE"),
        ("audit_auditevent", "INSERT SELECT"),
        ("audit_link", "SELECT"),
    ]
    assert forced == [(table,) for table, _ in rights]
    assert doors == [("audit_link", "chain")], "only the function that closes the chain gets past the wall"


def test_nothing_but_the_history_pages_reads_the_trail():
    """What a page shows of the past is a row of its own; the trail is for looking into things."""
    allowed = ("kap_clinic/audit/", "kap_clinic/desk/history/")
    root = Path(wall.__file__).parent.parent
    apps = ("kap_clinic", "patients", "screening", "sessions", "integration")
    readers = [
        str(path.relative_to(root))
        for app in apps
        for path in (root / app).rglob("*.py")
        if re.search(r"import .*\bAudit(Event|Link)\b|audit_auditevent", path.read_text())
    ]

    assert [
        path for path in readers if not path.startswith((*allowed, "kap_clinic/dev/soaks/", "kap_clinic/dev/bench/"))
    ] == []
    assert len(readers) > 3


def test_another_clinics_events_cannot_be_written_or_read(clinic, other_clinic):
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "insert into audit_auditevent (clinic_id, actor, role, event, thing, thing_ref, patient_ref, reason,"
            " outcome, facts, request_id, address, session_hash)"
            " values (%s, '', '', '', '', '', '', '', '', '{}', '', '', '')",
            [other_clinic.pk],
        )
    close_chains()
    assert {event.clinic_id for event in AuditEvent.objects.all()} == {clinic.pk}
    assert {link.clinic_key for link in AuditLink.objects.all()} == {clinic.pk}


def test_no_event_takes_the_key_of_the_chain_without_a_clinic(clinic):
    wall.set_clinic(NOBODY)

    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        AuditEvent.objects.create(clinic_id=NOBODY, actor="x", event="x")


# The chain


def test_each_clinic_has_its_own_chain_in_the_order_transactions_ended(fresh_db, clinic, other_clinic):
    for key in (clinic.pk, other_clinic.pk, clinic.pk):
        with wall.as_clinic(key):
            record(OPENED, by="system")
    record_apart(None, FAILED, by="x@example.org", outcome=Outcome.FAILED)

    for key in (clinic.pk, other_clinic.pk, NOBODY):
        with wall.as_clinic(key):
            links = list(AuditLink.objects.order_by("no"))
            assert [link.no for link in links] == list(range(1, AuditEvent.objects.count() + 1))
            assert [link.previous for link in links] == [chain.START, *(link.digest for link in links[:-1])]
        assert faults_of(key) == []


def test_a_long_action_does_not_hold_up_the_clinic(fresh_db, clinic):
    """Somebody else's short one gets its link first, though it began later."""
    with wall.as_clinic(clinic.pk):
        record(OPENED, by="slow")
        quick = Thread(target=_recorded_elsewhere, args=(clinic.pk, "quick"))
        quick.start()
        quick.join(timeout=10)
        assert not quick.is_alive()

    with wall.as_clinic(clinic.pk):
        by_place = [AuditEvent.objects.get(pk=link.event_id).actor for link in AuditLink.objects.order_by("no")]
    assert by_place[-2:] == ["quick", "slow"]
    assert faults_of(clinic.pk) == []


def test_two_hundred_events_at_once_make_one_chain_without_a_gap(fresh_db, clinic):
    threads = [Thread(target=_recorded_elsewhere, args=(clinic.pk, f"p{n}", 50)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    verdict = chain.verify(clinic.pk, {})
    assert verdict.is_whole
    assert verdict.links == verdict.events >= 200


def _recorded_elsewhere(key: int, who: str, times: int = 1) -> None:
    try:
        for _ in range(times):
            with wall.as_clinic(key):
                record(OPENED, by=who)
    finally:
        connection.close()


def test_the_digest_does_not_depend_on_how_a_session_shows_time_and_numbers(fresh_db, clinic):
    with connection.cursor() as cursor:
        cursor.execute("set time zone 'Asia/Kathmandu'; set datestyle = 'German'; set extra_float_digits = -3")
        cursor.execute("set bytea_output = 'escape'; set lc_numeric = 'C'; set standard_conforming_strings = on")
    with wall.as_clinic(clinic.pk):
        record(
            OPENED, by="system", share=0.1 + 0.2, far=1e300, nothing=None, at=datetime.now(UTC), b=1, a={"z": 1, "y": 2}
        )
    connection.close()

    assert faults_of(clinic.pk) == []


def test_the_second_sum_is_our_own(fresh_db, clinic):
    """The digest of one known link, computed here from its columns."""
    with wall.as_clinic(clinic.pk):
        record(OPENED, by="Zoë", reason='a "b"', outcome=Outcome.DONE, n=1)
    with wall.as_clinic(clinic.pk):
        link, event = AuditLink.objects.latest("no"), last_event()

    def moment(at: datetime) -> str:
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"

    columns = [
        *("kap audit 1", clinic.pk, link.no, link.previous, moment(link.closed_at), event.pk, moment(event.at)),
        *(clinic.pk, None, "Zoë", "", "chart.opened", "", "", "", 'a "b"', "done", {"n": 1}, "", "", ""),
    ]
    assert link.digest == hashlib.sha256(json.dumps(columns, ensure_ascii=False).encode()).hexdigest()


# Tampering


def test_fifty_random_tamperings_are_all_found_and_an_untouched_trail_is_not_blamed(superuser, tmp_path):
    seed = SystemRandom().randrange(10**8)
    print(f"seed {seed}")
    superuser.autocommit = False

    report = soak.trial(50, seed, superuser, tmp_path / "heads.jsonl", events=12)

    assert report.broken == []
    assert sum(report.injected.values()) == 50
    assert len(report.injected) == len(soak.KINDS)


def test_an_untouched_trail_reports_nothing(fresh_db, tmp_path):
    path = tmp_path / "heads.jsonl"
    keys = soak.lay_trail(Random(5), path, events=12)

    found = list(duties.verify_all(path))

    assert [each.key for each, _ in found] == keys
    assert [fault for _, verdict in found for fault in verdict.faults] == []
    assert sum(verdict.events for _, verdict in found) > 70


@pytest.mark.parametrize(
    ("tampering", "with_heads", "without"),
    [
        (soak.edit, Wrong.CHANGED, Wrong.CHANGED),
        (soak.delete, Wrong.DELETED, Wrong.DELETED),
        (soak.delete_with_link, Wrong.GAP, Wrong.GAP),
        (soak.swap, Wrong.CHANGED, Wrong.CHANGED),
        (soak.forge, Wrong.UNSEALED, Wrong.UNSEALED),
        (soak.edit_and_rechain, Wrong.REWRITTEN, None),  # without a second place nobody could know
        (soak.cut, Wrong.CUT, None),
        (soak.drop_chain, Wrong.CUT, None),
    ],
)
def test_each_tampering_is_called_by_its_name(superuser, tmp_path, tampering, with_heads, without):
    path = tmp_path / "heads.jsonl"
    keys = soak.lay_trail(Random(8), path, events=12)

    tampering(soak.Intruder(superuser.cursor(), Random(3), keys[1], keys[2:]))

    assert with_heads in faults_of(keys[1], path)
    assert set(faults_of(keys[1])) >= ({without} if without else set())
    assert bool(faults_of(keys[1])) == bool(without)
    assert faults_of(keys[2], path) == []


def test_a_clinic_that_vanished_with_its_trail_is_missed(superuser, tmp_path):
    path = tmp_path / "heads.jsonl"
    key = soak.lay_trail(Random(8), path, events=12)[1]

    superuser.execute("delete from audit_auditevent where clinic_id = %s", [key])
    superuser.execute("delete from audit_link where clinic_key = %s", [key])
    superuser.execute("delete from accounts_clinic where id = %s", [key])

    broken = [(each.name, verdict.faults[0].kind) for each, verdict in duties.verify_all(path) if verdict.faults]
    assert broken == [(f"Clinic {key}, which is gone", Wrong.CUT)]


# verify_audit


def test_the_command_says_that_the_trail_holds(fresh_db, tmp_path, capsys):
    path = tmp_path / "heads.jsonl"
    soak.lay_trail(Random(8), path, events=12)

    call_command("verify_audit", heads=path)

    said = capsys.readouterr().out
    assert "The audit trail holds." in said
    assert "Harbour Clinic: " in said


def test_the_command_says_what_is_wrong_and_fails(superuser, tmp_path, capsys):
    path = tmp_path / "heads.jsonl"
    key = soak.lay_trail(Random(8), path, events=12)[1]
    superuser.execute(
        "update audit_auditevent set actor = 'Nobody' where id = (select max(id) - 3 from audit_auditevent)"
    )
    superuser.execute(
        "delete from audit_auditevent where id = (select min(id) from audit_auditevent where clinic_id = %s)", [key]
    )

    with pytest.raises(CommandError, match="does not hold: 2 of 3 chains"):
        call_command("verify_audit", heads=path)

    said = capsys.readouterr().out
    assert "an event was changed after it was sealed" in said
    assert "an event was deleted" in said


def test_the_command_verifies_one_clinic_by_its_reference(fresh_db, clinic, other_clinic, heads_file, capsys):
    call_command("verify_audit", clinic=str(other_clinic.ref))

    said = capsys.readouterr()
    assert "Inland Clinic: 1 events, 1 links" in said.out
    assert "Harbour" not in said.out
    assert "stays unseen" in said.err, "without a second place it says what it cannot see"


@pytest.mark.parametrize("given", [{"clinic": "nobody"}, {"heads": Path("/nowhere/heads.jsonl")}])
def test_the_command_says_so_when_there_is_nothing_to_verify(fresh_db, clinic, heads_file, given):
    with pytest.raises(CommandError, match="There is no"):
        call_command("verify_audit", **given)


def test_the_auditor_can_verify_too(fresh_db, clinic, database_server, heads_file):
    from kap_clinic.dev.migrating import connected_to

    with connected_to(database_server.environment("kap_auditor", fresh_db)):
        call_command("verify_audit")
        with pytest.raises(InternalError, match="read-only"), wall.as_clinic(clinic.pk):
            record(OPENED, by="system")


# The second place


def test_heads_are_added_line_by_line_and_read_back(fresh_db, clinic, heads_file):
    duties.write_heads(heads_file)
    with wall.as_clinic(clinic.pk):
        record(OPENED, by="system")
    duties.write_heads(heads_file)

    lines = [json.loads(line) for line in heads_file.read_text().splitlines()]
    assert [(line["clinic"], line["no"]) for line in lines] == [(clinic.pk, 1), (clinic.pk, 2)]
    assert heads.read(heads_file).by_chain == {clinic.pk: {line["no"]: line["digest"] for line in lines}}
    assert heads_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("{not json", "Line 2 of heads.jsonl cannot be read"),
        ('{"clinic": 1}', "Line 2 of heads.jsonl cannot be read"),
        ('["a list"]', "Line 2 of heads.jsonl cannot be read"),
        ('{"clinic":1,"no":1,"digest":"other","at":""}', "Line 2: link 1 of clinic 1 was written before, otherwise"),
    ],
)
def test_a_second_place_that_was_meddled_with_is_told(fresh_db, tmp_path, line, trouble):
    path = tmp_path / "heads.jsonl"
    path.write_text(f'{{"clinic":1,"no":1,"digest":"one","at":""}}\n{line}\n')

    verdicts = [verdict for _, verdict in duties.verify_all(path)]

    assert trouble in [fault.words for verdict in verdicts for fault in verdict.faults]


# Duties


def test_the_nightly_verification_raises_an_alarm_in_the_clinic_it_is_about(
    superuser, clinic, other_clinic, heads_file
):
    duties.write_heads(heads_file)
    assert duties.verify_and_tell() == 0

    superuser.execute("update audit_auditevent set actor = 'Nobody' where clinic_id = %s", [clinic.pk])

    assert duties.verify_and_tell() == 1
    with wall.as_clinic(clinic.pk):
        alarm = last_event()
    assert (alarm.event, alarm.outcome, alarm.actor) == (Event.ALARM_CHAIN, Outcome.RAISED, "system")
    assert "was changed" in alarm.reason
    assert alarm.facts["first"]["kind"] == Wrong.CHANGED
    with wall.as_clinic(other_clinic.pk):
        assert not AuditEvent.objects.filter(event=Event.ALARM_CHAIN).exists()
        assert AuditEvent.objects.filter(event=Event.VERIFIED).count() == 2, (
            "a trail that holds says that it was verified"
        )


def test_the_alarm_for_a_clinic_that_is_gone_is_kept_with_those_of_no_clinic(fresh_db, clinic, heads_file):
    heads.append(heads_file, [heads.Head(clinic.pk + 1000, 5, "ab" * 32, "")])

    assert duties.verify_and_tell() == 1

    with wall.as_clinic(NOBODY):
        assert last_event(event=Event.ALARM_CHAIN).facts["chain"] == clinic.pk + 1000


def test_ten_refusals_raise_one_alarm_however_often_somebody_looks(fresh_db, clinic, nurse):
    for _ in range(12):
        record_apart(clinic.pk, DENIED, by=nurse, outcome=Outcome.REFUSED)
        duties.watch(clinic.pk)

    with wall.as_clinic(clinic.pk):
        alarms = list(AuditEvent.objects.filter(event=Event.ALARM_DENIALS))
        assert [alarm.reason for alarm in alarms] == ["Jo Winter: 10 refusals in 5 minutes"]
        assert AlarmWatch.objects.get().read_to >= alarms[0].facts["link"]
    assert faults_of(clinic.pk) == []


def test_what_happened_while_the_watch_was_off_is_caught_up_with(fresh_db, clinic, nurse, monkeypatch):
    monkeypatch.setattr(duties, "NEW", duties.NEW.replace(str(duties.AT_MOST), "4"))
    for _ in range(12):
        record_apart(clinic.pk, DENIED, by=nurse, outcome=Outcome.REFUSED)

    found = [alarm for _ in range(6) for alarm in duties.watch(clinic.pk)]

    assert [alarm.event for alarm in found] == [Event.ALARM_DENIALS]


def test_one_clinics_refusals_do_not_count_in_another(fresh_db, clinic, other_clinic, nurse):
    for number in range(12):
        record_apart([clinic.pk, other_clinic.pk][number % 2], DENIED, by=nurse, outcome=Outcome.REFUSED)

    assert [duties.watch(key) for key in (clinic.pk, other_clinic.pk, NOBODY)] == [[], [], []]


@pytest.mark.parametrize("name", ["audit.write_heads", "audit.verify_nightly", "audit.watch"])
def test_every_duty_is_in_the_schedule_and_does_its_work(fresh_db, clinic, heads_file, settings, name):
    from kap_clinic.celery import app

    assert name in [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    app.loader.import_default_modules()
    app.tasks[name]()

    assert heads_file.exists() == (name == "audit.write_heads")


# Words


def test_no_two_events_share_a_name_and_each_reads_like_a_verb_phrase():
    named = [choice for module in words.modules() for choice in module.Event.choices]

    assert len({name for name, _ in named}) == len(named)
    for name, verb in named:
        assert verb[:1].islower(), f"{name}: the words follow a name, like “approved the screening”"
        assert not verb.endswith("."), name
        assert len(name) <= AuditEvent._meta.get_field("event").max_length


def test_a_page_is_recorded_with_role_request_address_and_a_keyed_hash_of_the_session(client, prescriber, patient):
    from tests.people import signed_in

    signed_in(client, prescriber)
    key = client.session.session_key

    for _ in range(2):
        client.get(f"/patients/{patient.ref}/history/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="203.0.113.9")

    first, second = AuditEvent.objects.filter(event="history.opened").order_by("pk")
    assert (first.role, first.address) == ("prescriber", "198.51.100.7"), (
        "what a client says of its address is not taken"
    )
    assert first.session_hash == second.session_hash != ""
    assert first.session_hash not in {key, hashlib.sha256(key.encode()).hexdigest()}, (
        "without our key it gives nothing away"
    )
    assert first.request_id != second.request_id
    assert origin.get() == NOWHERE


def test_behind_our_proxy_the_address_is_the_one_the_proxy_wrote(client, prescriber, settings):
    from tests.people import signed_in

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    signed_in(client, prescriber).get("/audit/", HTTP_X_FORWARDED_FOR="10.9.8.7, 198.51.100.7", REMOTE_ADDR="127.0.0.1")

    assert last_event(event="own_trail.opened").address == "198.51.100.7"


def test_people_have_no_way_to_be_somebody_else_in_the_trail(nurse):
    """The actor is the id and the name as it was: a later change of name does not rewrite the trail."""
    record(OPENED, by=nurse)
    User.objects.filter(pk=nurse.pk).update(name="Jo Summer")

    assert last_event().actor == "Jo Winter"
