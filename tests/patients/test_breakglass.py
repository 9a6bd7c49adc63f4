"""Emergency access: who, how long, what it opens, who is told, and what blocks the next one (SEC-11)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import may
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from patients.breakglass import actions, rules, selectors
from patients.breakglass.models import BreakGlass
from patients.breakglass.terms import Event, Verdict
from tests import factories
from tests.people import member_of, signed_in

REASON = "Patient called in distress, on call tonight"


@pytest.fixture
def on_call(clinic):
    """A prescriber who is on no team."""
    return factories.member(clinic, Role.PRESCRIBER, name="Dr E. Frost")


def door(patient):
    return reverse("breakglass:open", args=[patient.ref])


def broken(patient, by):
    return actions.break_glass(patient=patient, reason=REASON, by=by, role="prescriber")


# The rules


@pytest.mark.parametrize(
    ("reason", "unreviewed", "opens"),
    [
        (REASON, 0, True),
        ("fifteen letters", 0, True),
        ("fourteen lette", 0, False),
        ("f            o", 0, False),
        ("   ", 0, False),
        (REASON, 1, False),
    ],
)
def test_the_glass_breaks_for_a_reason_and_when_the_last_use_is_reviewed(reason, unreviewed, opens):
    assert (not list(rules.reasons_against_opening(reason=reason, unreviewed=unreviewed))) is opens


@pytest.mark.parametrize(("after", "left"), [(0, 60), (1, 60), (60, 59), (3599, 1), (3600, 0), (9000, 0)])
def test_the_minutes_left_count_down_to_nothing(after, left):
    opened = timezone.now()

    assert rules.minutes_left(opened, opened + timedelta(seconds=after)) == left


# The journey


def test_an_emergency_from_the_closed_door_to_the_review(client, frozen, on_call, therapist, patient, admin):
    clock = frozen("2026-03-02T22:00-05:00")
    chart = patient.get_absolute_url()

    # Given a prescriber who is not on the team and is refused
    refused = signed_in(client, on_call).get(chart)
    assert refused.status_code == 403
    assert door(patient) in refused.content.decode()

    # When they say why
    page = client.get(f"{door(patient)}?next={chart}")
    assert page.status_code == 200
    assert patient.family_name not in page.content.decode()
    opened = client.post(door(patient), {"reason": REASON, "next": chart})

    # Then they read the chart for an hour, with a banner on it, and write nothing
    assert (opened.status_code, opened["Location"]) == (302, chart)
    shown = client.get(chart)
    assert shown.status_code == 200
    assert selectors.banner(patient, member_of(on_call)).minutes_left == 60
    assert client.post(reverse("patients:add_medicine", args=[patient.ref]), {"text": "x"}).status_code == 403

    # And it is told at once, to the team too
    assert AuditEvent.objects.filter(event=Event.BREAK_GLASS_OPENED, patient_ref=str(patient.ref)).exists()
    assert [use.who for use in selectors.waiting(member_of(therapist))] == [on_call.name]
    assert [use.may_review for use in selectors.waiting(member_of(therapist))] == [False]
    assert [use.may_review for use in selectors.waiting(member_of(admin))] == [True]

    # And after the hour the door is closed
    clock.shift(timedelta(minutes=60))
    assert not may(member_of(on_call), Permission.PATIENT_VIEW, patient)
    assert selectors.banner(patient, member_of(on_call)) is None

    # And the next one waits for the review of this one
    client.logout()
    again = signed_in(client, on_call).post(door(patient), {"reason": REASON})
    assert again.status_code == 422
    assert "not reviewed yet" in again.content.decode()

    # When the admin reviews it
    signed_in(client, admin)
    assert f"{on_call.name} read" in client.get("/").content.decode()
    assert on_call.name in client.get(reverse("breakglass:waiting")).content.decode()
    glass = BreakGlass.objects.get()
    address = reverse("breakglass:review", args=[glass.ref])
    assert client.get(address).status_code == 200
    assert client.post(address, {"verdict": "", "words": ""}).status_code == 422
    done = client.post(address, {"verdict": "in_order", "words": "On call that night; called the patient back."})

    # Then it is off the list and the next one opens
    assert done.status_code == 302
    assert selectors.waiting(member_of(admin)) == []
    assert signed_in(client, on_call).post(door(patient), {"reason": REASON}).status_code == 302


def test_closing_ends_it_before_the_hour(client, on_call, patient):
    broken(patient, on_call)

    assert signed_in(client, on_call).post(reverse("breakglass:close", args=[patient.ref])).status_code == 302

    assert not may(member_of(on_call), Permission.PATIENT_VIEW, patient)


# Its limits


def test_it_opens_one_record_for_one_person_and_only_to_view(clinic, on_call, patient, admin):
    other = factories.patient(clinic, by=admin)
    colleague = factories.member(clinic, Role.PRESCRIBER, name="Dr A. Ruiz")
    broken(patient, on_call)

    opened = {permission for permission in Permission if may(member_of(on_call), permission, patient)}

    not_by_role = {p for p in opened if not may(member_of(colleague), p, patient)}
    assert Permission.SCREENING_VIEW in not_by_role
    assert {permission.letter for permission in not_by_role} == {"V"}
    assert not may(member_of(on_call), Permission.SCREENING_VIEW, other)
    assert Permission.PROCESS_NOTE_VIEW not in opened
    assert Permission.NOTE_WRITE not in opened


def test_a_nurse_opens_rows_three_to_seven_and_the_consents(clinic, patient):
    nurse = factories.member(clinic, Role.NURSE, name="Lou Hart")
    actions.break_glass(patient=patient, reason=REASON, by=nurse, role="nurse")
    member = member_of(nurse)

    for permission in ("screening", "medicine", "vitals", "order", "dose", "dosing", "consent"):
        assert may(member, Permission(f"{permission}.view"), patient)
    for permission in ("patient", "note", "measure", "event"):
        assert not may(member, Permission(f"{permission}.view"), patient)


@pytest.mark.parametrize("role", ["admin", "front_desk", "auditor", "safety_officer"])
def test_only_licensed_clinicians_break_the_glass(client, request, role, patient):
    signed_in(client, request.getfixturevalue(role))

    assert client.get(door(patient)).status_code == 403
    assert client.post(door(patient), {"reason": REASON}).status_code == 403
    assert not BreakGlass.objects.exists()


def test_nobody_breaks_into_another_clinic(client, on_call, other_patient):
    assert signed_in(client, on_call).post(door(other_patient), {"reason": REASON}).status_code == 404


def test_a_short_reason_keeps_what_was_typed(client, on_call, patient):
    response = signed_in(client, on_call).post(door(patient), {"reason": "urgent"})

    assert response.status_code == 422
    assert "urgent</textarea>" in response.content.decode()
    assert not BreakGlass.objects.exists()


def test_it_never_leads_to_somebody_else_s_site(client, on_call, patient):
    response = signed_in(client, on_call).post(door(patient), {"reason": REASON, "next": "https://evil.example/"})

    assert response["Location"] == patient.get_absolute_url()


def test_asked_twice_it_stands_once(on_call, patient):
    assert broken(patient, on_call) == broken(patient, on_call)
    assert BreakGlass.objects.count() == 1


def test_nobody_reviews_their_own_use(client, clinic, patient):
    director = factories.member(clinic, Role.MEDICAL_DIRECTOR, name="Dr L. Own")
    glass = broken(patient, director)

    with pytest.raises(actions.NotPossible, match="Somebody else"):
        actions.review(glass=glass, verdict=Verdict.IN_ORDER, words="Fine", by=director, role="medical_director")
    address = reverse("breakglass:review", args=[glass.ref])
    assert signed_in(client, director).post(address, {"verdict": "in_order", "words": "Fine"}).status_code == 403


def test_a_review_ends_what_still_stands_and_is_written_once(on_call, patient, admin):
    glass = broken(patient, on_call)
    actions.review(glass=glass, verdict=Verdict.NOT_IN_ORDER, words="Not on call", by=admin, role="admin")

    assert not may(member_of(on_call), Permission.PATIENT_VIEW, patient)
    with pytest.raises(actions.NotPossible, match="already"):
        actions.review(glass=glass, verdict=Verdict.IN_ORDER, words="Was fine", by=admin, role="admin")


def test_a_review_is_overdue_after_three_days(frozen, on_call, patient, admin):
    clock = frozen("2026-03-02T22:00-05:00")
    broken(patient, on_call)
    assert [use.overdue for use in selectors.waiting(member_of(admin))] == [False]

    clock.shift(timedelta(hours=72, seconds=1))

    assert [use.overdue for use in selectors.waiting(member_of(admin))] == [True]


def test_the_database_keeps_what_was_said(on_call, patient, clinic):
    glass = broken(patient, on_call)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        BreakGlass.objects.filter(pk=glass.pk).update(reason="Nothing to see here, move along")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        BreakGlass.objects.filter(pk=glass.pk).delete()
    with pytest.raises(IntegrityError, match="break_glass_has_a_reason"), transaction.atomic():
        BreakGlass.objects.create(clinic=clinic, patient=patient, reason="short      ", opened_by=on_call)
    with pytest.raises(IntegrityError, match="reviewed_by_another"), transaction.atomic():
        BreakGlass.objects.filter(pk=glass.pk).update(
            reviewed_at=timezone.now(), reviewed_by=on_call, verdict=Verdict.IN_ORDER
        )
    with pytest.raises(ValidationError):
        BreakGlass(clinic=clinic, patient=patient, reason="short", opened_by=on_call).full_clean()
