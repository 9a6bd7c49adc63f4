"""Orders: drafted, signed, seconded, ended; what is signed does not change; holds; the ledger."""

import json
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents.models import StoredDocument
from patients.course.actions import NotReady, open_course
from patients.medicines.actions import add_medicine
from patients.tasks.models import Task
from sessions.orders import actions, letters, rules, selectors
from sessions.orders.models import DoseOrder, MedicineHold
from tests import factories
from tests.sessions import orders

pytestmark = pytest.mark.django_db
ABOVE = {"first_mg": D(150)}  # 2.14 mg/kg at 70 kg: above the block limit of 2


@pytest.fixture
def course(patient, therapist, prescriber):
    return orders.approved(patient, therapist=therapist, prescriber=prescriber)


@pytest.fixture
def colleague(clinic):
    return factories.member(clinic, Role.PRESCRIBER, name="Dr B. Ansel")


def sign(order, by, **more):
    known = {"reason": orders.WHY, "confirmed": orders.warnings(order)}
    return actions.sign(order=order, by=by, role=Role.PRESCRIBER, **{**known, **more})


# Drafting


def test_an_order_by_weight_is_kept_in_mg(course, prescriber):
    order = orders.drafted(course, by=prescriber, basis="mg_per_kg", mg_per_kg=D("0.74"), first_mg=None)

    assert (order.first_mg, order.mg_per_kg) == (D("51.80"), D("0.74"))


def test_what_could_not_be_signed_is_not_kept(course, prescriber):
    with pytest.raises(NotReady, match="15 min after the dose"):
        orders.drafted(course, by=prescriber, boosters=1, booster_mg=D(10), booster_gap_minutes=5)

    assert not DoseOrder.objects.exists()


def test_a_dose_needs_a_weight(patient, therapist, prescriber):
    course = open_course(patient=patient, by=therapist, role="therapist")

    with pytest.raises(NotReady, match="no weight is on file"):
        orders.drafted(course, by=prescriber)


def test_nothing_is_ordered_before_the_screening_is_in_review(patient, therapist, prescriber):
    course = open_course(patient=patient, by=therapist, role="therapist")
    orders.weigh(patient, "70", by=therapist)

    with pytest.raises(NotReady, match="after it is approved"):
        orders.drafted(course, by=prescriber)


def test_a_draft_may_be_changed_and_a_signed_order_not(course, prescriber):
    order = orders.drafted(course, by=prescriber)
    order = actions.change(order=order, by=prescriber, role="prescriber", **orders.values(first_mg=D(40)))
    assert order.first_mg == 40

    sign(order, prescriber)
    with pytest.raises(NotReady, match="write a new one"):
        actions.change(order=order, by=prescriber, role="prescriber", **orders.values(first_mg=D(45)))


# Signing


def test_a_signed_order_is_in_force_whole_told_and_printed(course, prescriber):
    order = sign(orders.drafted(course, by=prescriber), prescriber)

    assert selectors.in_force(course) == order
    assert (order.signed_name, order.signed_role) == ("Dr N. Okafor", "prescriber")
    assert selectors.is_whole(DoseOrder.objects.get(pk=order.pk))
    event = AuditEvent.objects.filter(event="order.signed").get()
    assert event.facts["sha256"] == order.sha256
    paper = StoredDocument.objects.get(kind="dose_order")
    html = letters.order(paper)
    assert "35 mg (0.5 mg/kg)" in html
    assert "I order this dose for this patient." in html
    assert order.sha256 in html


def test_a_new_order_ends_the_former(course, prescriber, colleague):
    former = orders.signed(course, by=prescriber)

    new = orders.signed(course, by=colleague, first_mg=D(40))

    former.refresh_from_db()
    assert (former.state, former.ended_why, former.ended_by) == ("ended", "A new order was signed", colleague)
    assert selectors.in_force(course) == new


def test_each_warning_is_confirmed_as_it_is_read(course, prescriber):
    order = orders.drafted(course, by=prescriber, first_mg=D(75))  # 1.071 mg/kg: warned, and a first session
    said = orders.warnings(order)
    assert len(said) == 2

    with pytest.raises(NotReady) as no:
        sign(order, prescriber, confirmed=said[:1])
    assert no.value.reasons == [f"Confirm: {said[1]}"]

    assert sign(order, prescriber, confirmed=said).warnings == said


def test_the_approval_s_upper_mg_refuses(patient, therapist, prescriber):
    course = orders.approved(patient, therapist=therapist, prescriber=prescriber, upper="55")

    assert orders.drafted(course, by=prescriber, first_mg=D(55)).first_mg == 55
    with pytest.raises(NotReady, match="above 55 mg, the most the approval allows"):
        orders.drafted(course, by=prescriber, first_mg=D("55.01"))


def test_without_a_standing_approval_nothing_is_signed(course, prescriber, frozen):
    order = orders.drafted(course, by=prescriber)
    frozen(timezone.now() + timedelta(days=31))

    with pytest.raises(NotReady) as no:
        sign(order, prescriber)

    assert "The screening is older than 30 days." in no.value.reasons
    assert any("Weigh the patient" in one for one in no.value.reasons)


def test_a_new_weight_since_the_draft_asks_to_save_it_again(course, prescriber, therapist):
    order = orders.drafted(course, by=prescriber)
    orders.weigh(course.patient, "71", by=therapist)

    with pytest.raises(NotReady, match="weighed again"):
        sign(order, prescriber)


def test_an_order_signed_meanwhile_is_looked_at_first(course, prescriber, colleague):
    former = orders.signed(course, by=prescriber)
    mine = orders.drafted(course, by=prescriber, first_mg=D(40))
    theirs = orders.signed(course, by=colleague, first_mg=D(50))

    with pytest.raises(NotReady, match="signed meanwhile"):
        sign(mine, prescriber, instead_of=former.ref)

    assert sign(mine, prescriber, instead_of=theirs.ref).state == "signed"


# Above a limit: two persons


def test_above_a_block_limit_the_order_waits_and_the_former_holds(course, prescriber, medical_director):
    former = orders.signed(course, by=prescriber)

    order = orders.signed(course, by=prescriber, **ABOVE)

    assert order.state == "waiting"
    assert selectors.in_force(course) == former
    task = Task.objects.get(flag=actions.SECOND)
    assert "2.143 mg/kg) is above 2 mg/kg" in task.action

    order = actions.second(order=order, by=medical_director, role=Role.MEDICAL_DIRECTOR)

    task.refresh_from_db()
    assert task.closed_by == medical_director
    assert selectors.in_force(course) == order
    assert selectors.is_whole(order)
    assert "I agree to this order" in letters.order(StoredDocument.objects.filter(subject_ref=order.ref).latest("id"))


def test_nobody_is_the_second_person_of_their_own_order(course, prescriber):
    order = orders.signed(course, by=prescriber, **ABOVE)

    with pytest.raises(NotReady, match="A second person signs this"):
        actions.second(order=order, by=prescriber, role=Role.PRESCRIBER)


def test_above_a_limit_needs_a_reason(course, prescriber):
    order = orders.drafted(course, by=prescriber, **ABOVE)

    with pytest.raises(NotReady, match="30 characters"):
        sign(order, prescriber, reason="Because")


def test_an_order_below_the_limits_waits_for_nobody(course, prescriber, medical_director):
    order = orders.signed(course, by=prescriber)

    with pytest.raises(NotReady, match="not waiting"):
        actions.second(order=order, by=medical_director, role=Role.MEDICAL_DIRECTOR)


def test_what_has_changed_since_the_first_signature_is_a_new_order(course, prescriber, medical_director, therapist):
    order = orders.signed(course, by=prescriber, **ABOVE)
    orders.weigh(course.patient, "60", by=therapist)

    with pytest.raises(NotReady, match="Write a new order"):
        actions.second(order=order, by=medical_director, role=Role.MEDICAL_DIRECTOR)


# Ending, and what may never change


def test_an_order_ends_once_with_a_reason(course, prescriber):
    order = orders.signed(course, by=prescriber)
    with pytest.raises(NotReady, match="Write why"):
        actions.end(order=order, why=" ", by=prescriber)

    actions.end(order=order, why="Blood pressure to be treated first", by=prescriber)

    assert selectors.in_force(course) is None
    with pytest.raises(NotReady, match="ended already"):
        actions.end(order=order, why="Again", by=prescriber)


CHANGES = [
    "first_mg = 70",
    "route = 'iv'",
    "doses = 12",
    "valid_until = valid_until + 30",
    "boosters = 1, booster_mg = 20, booster_gap_minutes = 15",
    "warnings = '[]'::jsonb || '\"x\"'",
    "second_why = '[\"x\"]', seconded_at = now(), seconded_by_id = drafted_by_id + 1",
    "signed_name = 'Somebody else'",
    "signed_at = signed_at + interval '1 hour'",
    "sha256 = repeat('0', 64)",
    "state = 'draft'",
    "state = 'waiting'",
    "instructions = 'Double it'",
    "weight_id = (select max(id) from patients_weight)",
    "seconded_at = now(), seconded_by_id = (select id from accounts_user where id <> drafted_by_id limit 1)",
    "ended_why = 'Never mind'",
    "ended_at = now(), ended_by_id = drafted_by_id",
    "course_id = course_id + 1",
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_way_to_change_a_signed_order_is_open(course, prescriber, therapist, change):
    order = orders.signed(course, by=prescriber)
    orders.weigh(course.patient, "90", by=therapist)

    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(order, change)

    assert selectors.is_whole(DoseOrder.objects.get(pk=order.pk))


@pytest.mark.parametrize("sql", ["delete from kap_sessions_doseorder", "truncate kap_sessions_doseorder cascade"])
def test_no_order_is_deleted(course, prescriber, sql):
    orders.signed(course, by=prescriber)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(sql)


@pytest.mark.parametrize(
    "change",
    [
        "seconded_name = 'Somebody else'",
        "seconded_by_id = (select max(id) from accounts_user where id not in (signed_by_id, seconded_by_id))",
        "seconded_at = null, seconded_by_id = null, seconded_name = '', state = 'waiting'",
    ],
)
def test_nor_the_second_signature(course, prescriber, medical_director, therapist, change):
    order = orders.signed(course, by=prescriber, **ABOVE)
    order = actions.second(order=order, by=medical_director, role=Role.MEDICAL_DIRECTOR)

    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(order, change)


@pytest.mark.parametrize(
    "change",
    ["state = 'signed', signed_at = null", "state = 'signed'", "ended_why = ''", "ended_at = null, ended_by_id = null"],
)
def test_an_ended_order_stays_ended(course, prescriber, change):
    order = orders.signed(course, by=prescriber)
    actions.end(order=order, why="Done", by=prescriber)

    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(order, change)


def test_an_order_above_a_limit_does_not_come_into_force_alone(course, prescriber):
    order = orders.signed(course, by=prescriber, **ABOVE)

    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(order, "state = 'signed'")
    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(order, "state = 'signed', seconded_at = now(), seconded_by_id = signed_by_id")


def test_the_digest_sees_every_field(course, prescriber):
    order = orders.signed(course, by=prescriber)
    before = selectors.digest(order)

    for name in ("first_mg", "route", "doses", "valid_until", "instructions", "signed_name", "warnings", "boosters"):
        changed = DoseOrder.objects.select_related("weight", "course", "patient").get(pk=order.pk)
        value = getattr(changed, name)
        setattr(changed, name, value + timedelta(1) if name == "valid_until" else 9 if isinstance(value, int) else "9")
        if name == "first_mg":
            changed.first_mg = D("35.01")
        assert selectors.digest(changed) != before, name
    assert json.dumps(selectors.content(order))


def change_row(row, change):
    """Past all of the code, as the application's database role."""
    run(f"update {row._meta.db_table} set {change} where id = {row.pk}")  # noqa: S608  # constants of this file


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


# Consent of a new route


def test_a_route_the_consent_does_not_name_asks_for_a_new_one(course, prescriber):
    order = orders.signed(course, by=prescriber)

    task = Task.objects.get(flag=actions.CONSENT)
    assert "Intramuscular" in task.action
    found = rules.reasons_not_valid(selectors.facts(order, order.valid_from), order.valid_from)
    assert found == ["The treatment consent does not cover intramuscular: it is renewed first."]


# Facts the checks read of the record


def test_a_medicine_that_changes_the_breakdown_is_a_caution(course, prescriber):
    add_medicine(patient=course.patient, by=prescriber, text="clarithromycin 500 mg", last_taken="current")
    order = orders.drafted(course, by=prescriber, route="sl", first_mg=D(100), hold_minutes=10, swallow=False)

    assert any("clarithromycin" in one.lower() for one in orders.warnings(order))


def test_the_limits_are_the_clinic_s(course, clinic, prescriber):
    change_setting(clinic=clinic, key="order_im_warn_mg_per_kg", value="0.4", by=prescriber)
    order = orders.drafted(course, by=prescriber)

    assert "above 0.4 mg/kg" in orders.warnings(order)[0]


# Medicines before a dose


@pytest.fixture
def xanax(course, prescriber):
    return add_medicine(patient=course.patient, by=prescriber, text="Xanax 0.5 mg as needed", last_taken="current")


def hold(course, medicine, by, **more):
    known = {"disposition": "hold", "hours_before": 24, "role": "prescriber"} | more
    return actions.set_hold(patient=course.patient, course=course, medicine=medicine, by=by, **known)


def test_a_new_decision_ends_the_one_before(course, xanax, prescriber):
    first = hold(course, xanax, prescriber)

    second = hold(course, xanax, prescriber, hours_before=72)

    first.refresh_from_db()
    assert first.ended_by == prescriber
    assert [one.hold for one in selectors.holds(course)] == [second]
    assert selectors.holds(course)[0].in_words.startswith("Hold Xanax 0.5 mg as needed: last taken 72 h")


def test_a_decision_ends_once_and_never_changes(course, xanax, prescriber):
    row = actions.end_hold(hold=hold(course, xanax, prescriber), by=prescriber, role="prescriber")

    with pytest.raises(NotReady):
        actions.end_hold(hold=row, by=prescriber, role="prescriber")
    for change in ("ended_at = null, ended_by_id = null", "hours_before = 1"):
        with pytest.raises(DatabaseError), transaction.atomic():
            change_row(row, change)


def test_half_a_decision_is_not_kept(course, xanax, prescriber):
    with pytest.raises(NotReady, match="how many hours"):
        hold(course, xanax, prescriber, hours_before=None)

    assert not MedicineHold.objects.exists()


def test_what_the_reference_says_of_a_medicine_stands_beside_it(course, xanax, prescriber):
    found = selectors.to_decide(course, timezone.now())

    assert any("Never tell the patient to stop" in said for said in found[0].said)


# Doses given elsewhere


def test_doses_from_elsewhere_count_until_struck_out(course, prescriber):
    today = timezone.localdate()
    row = actions.declare_outside(
        patient=course.patient,
        sessions=13,
        first_on=today - timedelta(days=60),
        last_on=today,
        source="Letter of the other clinic",
        by=prescriber,
    )
    assert selectors.ledger(course).lifetime.flags.keys() == {"exposure-moderate"}

    actions.strike_outside(doses=row, why="Another patient", by=prescriber)

    assert selectors.ledger(course).lifetime.sessions == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(row, "voided_at = null, voided_by_id = null")
    with pytest.raises(DatabaseError), transaction.atomic():
        change_row(row, "sessions = 1")


def test_the_ledger_of_a_course_without_a_dose(course, prescriber):
    empty = selectors.ledger(course)
    assert (empty.authorised, empty.given, empty.remaining, empty.remaining_mg) == (0, 0, 0, 0)

    orders.signed(course, by=prescriber, boosters=1, booster_mg=D("17.5"), booster_gap_minutes=20)

    ledger = selectors.ledger(course)
    assert (ledger.authorised, ledger.given, ledger.remaining) == (3, 0, 3)
    assert (ledger.authorised_mg, ledger.given_mg, ledger.remaining_mg) == (D("157.5"), 0, D("157.5"))
