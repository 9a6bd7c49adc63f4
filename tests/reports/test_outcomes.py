"""How many got better: the SQL against the scorer's own rules, who sees what, and the files."""

import csv
import io
import random
import zipfile
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.reports import selectors
from kap_clinic.reports.selectors import Asked
from kap_clinic.reports.terms import Event, Whose
from screening import measures
from tests import factories
from tests.people import member_of, signed_in
from tests.reports.doses import dosed, integrated, scored

REASON = "Yearly quality meeting of the clinic"


@pytest.fixture
def now():
    return timezone.now()


def asked(instrument="phq-9", whose=Whose.MINE, **days):
    today = timezone.localdate()
    span = {"since": today - timedelta(days=365), "until": today, "as_of": today} | days
    return Asked(instrument, **span, whose=whose, zone="America/New_York")


def treated(clinic, therapist, *, family_name="Lindqvist", doses=2, before=18, after=(12, 8), now=None, team=()):
    """A patient with doses ten days apart, a baseline the day before, and a form two days after each dose."""
    now = now or timezone.now()
    patient = factories.patient(clinic, by=therapist, team=(therapist, *team), family_name=family_name)
    course = factories.course_at(patient, by=therapist)
    first = now - timedelta(days=10 * doses + 5)
    if before is not None:
        scored(patient, "phq-9", before, first - timedelta(days=1), by=therapist)
    made = []
    for number in range(doses):
        t0 = first + timedelta(days=10 * number)
        made.append(dosed(course, t0, number + 1, by=therapist))
        if number < len(after) and after[number] is not None:
            scored(patient, "phq-9", after[number], t0 + timedelta(days=2), by=therapist)
    return course, made


def rows(user, of=None):
    return list(selectors.course_rows(member_of(user), of or asked(), page=1))


def test_a_course_shows_baseline_current_change_and_what_it_came_to(clinic, therapist):
    treated(clinic, therapist)

    [row] = rows(therapist)

    assert (row.baseline, row.current, row.change, row.percent) == (18, 8, -10, 55.6)
    assert (row.response, row.remission, row.reliable) == (True, False, "Reliable improvement")
    assert (row.doses, row.patient) == (2, "LINDQVIST, Maya")


def test_without_a_baseline_nothing_is_applicable_and_nobody_is_counted(clinic, therapist):
    treated(clinic, therapist, before=None)

    [row] = rows(therapist)
    found = selectors.outcomes(member_of(therapist), asked())

    assert (row.baseline, row.response) == (None, None)
    assert found.total.people == 0


def test_a_low_baseline_is_not_applicable_apart_from_no(clinic, therapist):
    treated(clinic, therapist, before=9, after=(2, 2))

    [row] = rows(therapist)
    found = selectors.outcomes(member_of(therapist), asked())

    assert (row.response, row.remission) == (None, True)
    assert (found.total.people, found.total.response.of, found.total.remission.some) == (1, 0, 1)


def test_a_baseline_older_than_two_weeks_is_none(clinic, therapist, now):
    course, _ = treated(clinic, therapist, before=None)
    scored(course.patient, "phq-9", 20, now - timedelta(days=25 + 15), by=therapist)

    assert rows(therapist)[0].baseline is None


def test_a_corrected_or_unfinished_form_does_not_count(clinic, therapist, now):
    course, _ = treated(clinic, therapist)
    wrong = scored(course.patient, "phq-9", 27, now - timedelta(days=1), by=therapist)
    scored(course.patient, "phq-9", 7, now - timedelta(days=1), by=therapist, corrects=wrong)
    scored(course.patient, "phq-9", 1, now, by=therapist, complete=False)

    assert rows(therapist)[0].current == 7


@pytest.mark.parametrize(("hour", "baseline"), [(5, 18), (4, None)])  # 00:30 at the clinic, and 23:30 of the day before
def test_a_baseline_is_as_old_as_the_calendar_says(clinic, therapist, hour, baseline):
    patient = factories.patient(clinic, by=therapist, team=(therapist,))
    course = factories.course_at(patient, by=therapist)
    scored(patient, "phq-9", 18, datetime(2026, 1, 10, hour, 30, tzinfo=UTC), by=therapist)
    dosed(course, datetime(2026, 1, 24, 14, 45, tzinfo=UTC), 1, by=therapist)

    [row] = rows(therapist, asked(since=date(2026, 1, 1), until=date(2026, 2, 1), as_of=date(2026, 2, 1)))

    assert row.baseline == baseline


def test_as_of_a_day_shows_what_was_known_then(clinic, therapist, now):
    treated(clinic, therapist)
    then = timezone.localdate(now - timedelta(days=14), ZoneInfo("America/New_York"))

    assert rows(therapist, asked(as_of=then))[0].current == 12


def test_by_dose_number_each_dose_has_the_last_form_before_the_next(clinic, therapist):
    treated(clinic, therapist, after=(12, 8))
    treated(clinic, therapist, family_name="Okoye", after=(16, None))

    found = selectors.outcomes(member_of(therapist), asked())

    assert [(group.name, group.people, group.current) for group in found.by_dose] == [
        ("After dose 1", 2, 14.0),
        ("After dose 2", 1, 8.0),
    ]


def test_integration_that_is_overdue_is_counted(clinic, therapist):
    _, doses = treated(clinic, therapist)
    integrated(doses[0], by=therapist)

    assert rows(therapist)[0].integration_overdue == 1


@pytest.mark.parametrize("instrument", ["phq-9", "gad-7", "pcl-5"])
def test_sql_counts_as_the_scorer_does(instrument, clinic, therapist, now):
    chance = random.Random(11)
    top = int(measures.instrument(instrument).total_range[1])
    for at in range(12):
        course, doses = treated(clinic, therapist, family_name=f"Person{at}", doses=1, before=None, after=())
        for total, day in ((chance.randint(0, top), -1), (chance.randint(0, top // 2), 1)):
            scored(course.patient, instrument, total, doses[0].t0 + timedelta(days=day), by=therapist)

    found = selectors.outcomes(member_of(therapist), asked(instrument)).total
    each = rows(therapist, asked(instrument))

    assert found.people == 12
    assert found.response.of == sum(row.response is not None for row in each)
    assert found.response.some == sum(row.response is True for row in each)
    assert found.remission.some == sum(row.remission is True for row in each)
    assert 0 < found.response.some < 12, "the draw tells yes from no"


# Who sees what


def test_a_prescriber_sees_their_own_patients_only(clinic, therapist, prescriber):
    treated(clinic, therapist, team=(prescriber,))
    treated(clinic, therapist, family_name="Okoye")

    assert [row.patient for row in rows(prescriber)] == ["LINDQVIST, Maya"]


def test_an_admin_gets_the_clinic_without_names_and_without_small_cells(client, clinic, therapist, admin):
    for at in range(3):
        treated(clinic, therapist, family_name=f"Canary{at}")
    signed_in(client, admin)

    page = client.get(reverse("reports:outcomes"), {"whose": "mine"})

    assert page.status_code == 422, "with names is not on offer"
    page = client.get(reverse("reports:outcomes"))
    assert "CANARY" not in page.content.decode()
    assert "not shown" in page.content.decode()
    found = selectors.outcomes(member_of(admin), asked(whose=Whose.CLINIC))
    assert (found.total.people, found.by_dose[0].people) == (None, None)


def test_another_clinics_courses_are_in_no_figure(client, clinic, therapist, other_clinic, stranger, medical_director):
    for at in range(12):
        treated(clinic, therapist, family_name=f"Person{at}", doses=1, after=(2,))

    found = selectors.outcomes(member_of(medical_director), asked(whose=Whose.CLINIC))

    assert found.total.people == 12


@pytest.mark.parametrize(
    ("role", "expected"), [(Role.THERAPIST, 200), (Role.PRESCRIBER, 200), (Role.NURSE, 403), (Role.FRONT_DESK, 403)]
)
def test_the_report_by_role(client, clinic, role, expected):
    signed_in(client, factories.member(clinic, role))

    assert client.get(reverse("reports:outcomes")).status_code == expected


def test_the_words_of_the_definitions_stand_on_the_page(client, clinic, therapist):
    treated(clinic, therapist)
    signed_in(client, therapist)

    page = client.get(reverse("reports:outcomes")).content.decode()

    assert "50 % below baseline or more, where the baseline is 10 or more" in page
    assert "100.0 % responded" in page
    assert "LINDQVIST" in page


def test_a_day_that_is_no_day_is_asked_again(client, clinic, therapist):
    signed_in(client, therapist)

    page = client.get(reverse("reports:outcomes"), {"since": "yesterday-ish"})

    assert page.status_code == 422
    assert "yesterday-ish" in page.content.decode()


# Files


def exported(client, **how):
    today = timezone.localdate()
    filled = {
        "instrument": "phq-9",
        "since": today - timedelta(days=365),
        "until": today,
        "as_of": today,
        "whose": "mine",
        "reason": REASON,
        "as": "csv",
    } | how
    return client.post(reverse("reports:export_outcomes"), filled)


def test_the_file_holds_exactly_the_filtered_rows_guarded(client, clinic, therapist, now):
    treated(clinic, therapist, family_name="=cmd()")
    treated(clinic, therapist, family_name="Okoye", before=9)
    signed_in(client, therapist)

    response = exported(client)
    lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))

    header = next(at for at, line in enumerate(lines) if line[0] == "Patient")
    body = lines[header + 1 :]
    assert sorted(line[0] for line in body) == ["'=CMD(), Maya", "OKOYE, Maya"]
    okoye = dict(zip(lines[header], next(line for line in body if "OKOYE" in line[0]), strict=True))
    assert (okoye["Response"], okoye["Baseline"], okoye["Current"]) == ("not applicable", "9.0", "8.0")
    event = AuditEvent.objects.get(event=Event.OUTCOMES_EXPORTED)
    assert event.reason == REASON


def test_the_workbook_holds_no_formula(client, clinic, therapist):
    treated(clinic, therapist, family_name="=cmd()")
    signed_in(client, therapist)

    response = exported(client, **{"as": "xlsx"})

    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "'=CMD(), Maya" in texts


def test_a_file_needs_a_reason(client, clinic, therapist):
    signed_in(client, therapist)

    assert exported(client, reason="why not").status_code == 422


def test_an_admins_file_is_without_names_whatever_is_asked(client, clinic, therapist, admin):
    treated(clinic, therapist, family_name="Canary")
    signed_in(client, admin)

    assert exported(client, whose="mine").status_code == 422
    response = exported(client, whose="clinic")
    text = b"".join(response.streaming_content).decode()
    assert "CANARY" not in text
    assert "not shown" in text


def test_a_therapist_may_not_export_the_clinic(client, clinic, therapist):
    signed_in(client, therapist)

    assert exported(client, whose="clinic").status_code == 403


def test_a_file_asks_for_a_fresh_proof(client, clinic, therapist):
    signed_in(client, therapist)
    session = client.session
    session["account_authentication_methods"] = [
        {**method, "at": method["at"] - 7200} for method in session["account_authentication_methods"]
    ]
    session.save()

    response = exported(client)

    assert response.status_code == 302
    assert "/confirm" in response["Location"]


def test_the_report_costs_the_same_for_one_course_and_for_many(
    client, clinic, therapist, django_assert_max_num_queries
):
    for at in range(6):
        treated(clinic, therapist, family_name=f"Person{at}")
    signed_in(client, therapist)
    client.get(reverse("reports:outcomes"))

    with django_assert_max_num_queries(26):
        client.get(reverse("reports:outcomes"))


def test_operations_show_counts_and_no_clinical_word(client, clinic, therapist, front_desk, admin):
    treated(clinic, therapist)
    signed_in(client, admin)

    page = client.get(reverse("reports:operations")).content.decode()

    assert "Visits C overdue" in page
    assert "integration" not in page.lower()
