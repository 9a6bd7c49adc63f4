"""The floors: the rows of a page by one nested SQL statement, joined into a string; nothing asked, nothing recorded."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django.db import connection

from kap_clinic import wall

CHART = """
select json_build_object(
  'patient', to_json(p),
  'team', (select json_agg(json_build_array(u.name, m.joined_at) order by m.id) from patients_careteammember m
    join accounts_user u on u.id = m.user_id where m.patient_id = p.id and m.left_at is null),
  'contacts', (select json_agg(json_build_array(kind, name, relation, phone) order by id) from patients_contact
    where patient_id = p.id and ended_at is null),
  'allergies', (select json_build_array(none_known, allergies, asked_at) from patients_allergyreview
    where patient_id = p.id order by id desc limit 1),
  'weights', (select json_agg(x) from (select kg, value, unit, measured_at from patients_weight
    where patient_id = p.id order by measured_at desc limit 5) x),
  'medicines', (select json_agg(json_build_array(text, last_taken, added_at) order by id) from patients_medicine
    where patient_id = p.id and ended_at is null),
  'labs', (select json_agg(json_build_array(kind, value, unit, taken_on) order by id) from patients_labresult
    where patient_id = p.id),
  'course', (select json_agg(to_json(c)) from patients_course c where c.patient_id = p.id),
  'moves', (select json_agg(json_build_array(after, moved_at) order by id) from patients_coursemove
    where patient_id = p.id),
  'screenings', (select json_agg(json_build_array(ref, version, state, assessment_date) order by version desc)
    from screening_screening where patient_id = p.id),
  'findings', (select json_agg(json_build_array(f.rule, f.severity, f.reason)) from screening_finding f
    join screening_screening s on s.id = f.screening_id where s.patient_id = p.id),
  'responses', (select json_agg(json_build_array(instrument, total, band, answered_at, complete) order by answered_at)
    from screening_measureresponse where patient_id = p.id),
  'consents', (select json_agg(json_build_array(kind, state, completed_at, details) order by id) from patients_consent
    where patient_id = p.id),
  'visits', (select json_agg(json_build_array(a.ref, a.kind, a.state, a.starts_at, d.ref, d.state, d.number, d.t0)
    order by a.starts_at) from kap_sessions_appointment a left join kap_sessions_dosingsession d
    on d.appointment_id = a.id where a.patient_id = p.id),
  'doses', (select json_agg(json_build_array(mg, route, happened_at) order by happened_at) from kap_sessions_dose
    where patient_id = p.id),
  'orders', (select json_agg(json_build_array(ref, state, route, first_mg, valid_until) order by id)
    from kap_sessions_doseorder where patient_id = p.id),
  'tasks', (select json_agg(json_build_array(title, severity, due_at) order by due_at) from patients_task
    where patient_id = p.id and closed_at is null),
  'notes', (select json_agg(x) from (select ref, kind, title, started_at, signed_at from patients_note
    where patient_id = p.id order by started_at desc limit 5) x),
  'integration', (select json_agg(x) from (select themes, written_at from integration_integrationsession
    where patient_id = p.id order by written_at desc limit 3) x)
) from patients_patient p where p.ref = %s
"""
LISTED = """
select json_agg(x) from (
  select p.ref, p.record_number, p.family_name, p.given_name, p.preferred_name, p.birth_date, p.phone,
    (select c.stage from patients_course c where c.patient_id = p.id order by c.number desc limit 1) as stage
  from patients_patient p where p.clinic_id = %s {} order by p.family_key, p.given_key, p.id limit 51
) x
"""
FOUND = LISTED.format("and p.family_key >= %s and p.family_key < %s")
ANSWERED = """
with r as (insert into screening_measureresponse (ref, clinic_id, patient_id, course_id, instrument, instrument_version,
    scorer_version, answers, context, complete, answered_sum, total, band, subscales, flags, entry, answered_at,
    recorded_at, recorded_by_id)
  select %s, clinic_id, patient_id, course_id, instrument, instrument_version, scorer_version, answers, context,
    complete, answered_sum, total, band, subscales, flags, 'staff', now(), now(), %s
  from screening_measureresponse where patient_id = %s and instrument = 'phq-9' order by id limit 1 returning ref),
 k as (insert into accounts_idempotencykey (ref, key, digest, status, location, made_at, clinic_id, user_id)
  values (%s, %s, '', 302, '', now(), %s, %s)),
 a as (insert into audit_auditevent (clinic_id, actor, role, event, thing, thing_ref, patient_ref, reason, outcome,
    facts, request_id, address, session_hash)
  values (%s, 'bench', '', 'measure.recorded', '', '', '', '', 'done', '{}', '', '', ''))
select ref from r
"""


def rows_of(clinic_id: int, statement: str, values: Sequence[Any]) -> Callable[[], bytes]:
    """A view that answers with what one statement says, inside the wall."""

    def view() -> bytes:
        with wall.as_clinic(clinic_id), connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchone()[0] or []
        rows = found.items() if isinstance(found, dict) else enumerate(found)
        return "".join(f"<li>{name} {json.dumps(one)}</li>" for name, one in rows).encode()

    return view


def answered(clinic_id: int, user_id: int, patient_id: int) -> Callable[[], bytes]:
    """A response, a key and an audit event, each one row, in one transaction."""

    def view() -> bytes:
        keys: list[Any] = [uuid4(), user_id, patient_id, uuid4(), uuid4(), clinic_id, user_id, clinic_id]
        with wall.as_clinic(clinic_id), connection.cursor() as cursor:
            cursor.execute(ANSWERED, keys)
            return str(cursor.fetchone()[0]).encode()

    return view


def again(clinic_id: int, statements: Sequence[tuple[str, Any]]) -> Callable[[], bytes]:
    """The statements of a page once more, as they were."""

    def view() -> bytes:
        with wall.as_clinic(clinic_id), connection.cursor() as cursor:
            found: list[Any] = []
            for statement, values in statements:
                cursor.execute(statement, values)
                found += cursor.fetchall()
        return "".join(map(str, found)).encode()

    return view


def copied(clinic_id: int, statement: str) -> Callable[[], bytes]:
    """The rows of a statement as the server writes CSV."""

    def view() -> bytes:
        whole = f"copy ({statement}) to stdout csv"
        with wall.as_clinic(clinic_id), connection.cursor() as cursor, cursor.copy(whole) as lines:
            return b"".join(map(bytes, lines))

    return view
