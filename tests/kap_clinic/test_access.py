"""`may`, `find`, `visible`: who gets to which row, and what a refusal leaves behind."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import (
    duties,
    editable_fields,
    may,
    needs_second_person,
    role_used,
    visible,
    visible_fields,
)
from kap_clinic.accounts.grants.models import ReadingGrant, Supervision
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.principals import LinkHolder, System
from kap_clinic.accounts.resources import resource_of
from kap_clinic.accounts.rights import rights
from kap_clinic.accounts.scopes import SCOPES, Asked, holders
from kap_clinic.accounts.terms import Event, Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from patients.breakglass.models import BreakGlass
from patients.models import CareTeamMember, Patient
from patients.record import actions as record
from screening.models import Finding, Screening
from screening.terms import ScreeningState
from tests import factories
from tests.people import member_of, signed_in


@pytest.fixture
def screening(patient, therapist):
    return Screening.objects.create(
        clinic=patient.clinic, patient=patient, assessment_date=date(2026, 3, 2), started_by=therapist
    )


def submitted(screening, by):
    Screening.objects.filter(pk=screening.pk).update(
        state=ScreeningState.SUBMITTED, submitted_at=timezone.now(), submitted_by=by
    )
    screening.refresh_from_db()
    return screening


def leave(patient, user, *, days_ago=0):
    place = patient.care_team.get(user=user, left_at=None)
    record.leave_team(member=place, by=patient.registered_by)
    CareTeamMember.objects.filter(pk=place.pk).update(left_at=timezone.now() - timedelta(days=days_ago))


# may: the scopes


def test_on_the_team_the_therapist_sees_and_off_it_not(therapist, patient, clinic):
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")

    assert may(member_of(therapist), Permission.SCREENING_VIEW, patient)
    assert not may(member_of(colleague), Permission.SCREENING_VIEW, patient)
    assert may(member_of(colleague), Permission.SCREENING_VIEW)  # somewhere, on some team


def test_the_desk_sees_the_person_and_the_state_but_no_answer(front_desk, admin, patient):
    for somebody in (front_desk, admin):
        member = member_of(somebody)
        assert may(member, Permission.PATIENT_VIEW, patient)
        assert may(member, Permission.SCREENING_STATUS, patient)
        assert not may(member, Permission.SCREENING_VIEW, patient)
        assert not may(member, Permission.MEDICINE_VIEW, patient)


def test_nobody_reaches_into_another_clinic(admin, medical_director, other_patient, other_clinic):
    with as_clinic(other_clinic.pk):
        row = Patient.objects.get(pk=other_patient.pk)

    assert not any(may(member_of(admin), permission, row) for permission in Permission)
    assert not any(may(member_of(medical_director), permission, row) for permission in Permission)


def test_a_model_that_declares_nothing_is_refused_to_everybody(admin, clinic):
    assert not may(member_of(admin), Permission.SETTINGS_VIEW, clinic)


def test_without_a_place_in_a_clinic_nothing_is_allowed(db):
    assert not any(may(None, permission) for permission in Permission)


def test_who_left_the_team_keeps_reading_what_they_wrote_for_thirty_days(patient, prescriber, screening, therapist):
    leave(patient, therapist, days_ago=29)
    assert may(member_of(therapist), Permission.SCREENING_VIEW, screening)  # their own row
    assert not may(member_of(therapist), Permission.SCREENING_RECORD, screening)
    assert not may(member_of(therapist), Permission.MEDICINE_VIEW, patient)

    CareTeamMember.objects.filter(user=therapist).update(left_at=timezone.now() - timedelta(days=31))
    assert not may(member_of(therapist), Permission.SCREENING_VIEW, screening)


def test_who_joins_again_after_leaving_is_on_the_team(patient, therapist, prescriber):
    leave(patient, therapist)
    record.join_team(patient=patient, user=therapist, by=prescriber)

    assert may(member_of(therapist), Permission.MEDICINE_VIEW, patient)


def test_an_unassigned_review_shows_to_every_prescriber_until_one_treats_the_patient(clinic, therapist, prescriber):
    patient = factories.patient(clinic, by=therapist)
    draft = Screening.objects.create(
        clinic=clinic, patient=patient, assessment_date=date(2026, 3, 2), started_by=therapist
    )
    assert not may(member_of(prescriber), Permission.SCREENING_DECIDE, draft)

    waiting = submitted(draft, therapist)
    assert may(member_of(prescriber), Permission.SCREENING_DECIDE, waiting)
    assert "joins_team" in duties(member_of(prescriber), Permission.SCREENING_DECIDE, waiting)
    assert not may(member_of(prescriber), Permission.MEDICINE_VIEW, patient)

    other = factories.member(clinic, Role.PRESCRIBER, name="Dr E. Frost")
    record.cover(patient=patient, by=other, why="Took the review")
    assert not may(member_of(prescriber), Permission.SCREENING_DECIDE, waiting)
    assert may(member_of(other), Permission.SCREENING_DECIDE, waiting)


def test_a_finding_is_reached_like_its_screening(screening, prescriber, stranger):
    finding = Finding.objects.create(
        clinic=screening.clinic, screening=screening, place=0, rule="x", severity="caution"
    )

    assert may(member_of(prescriber), Permission.SCREENING_VIEW, finding)
    assert not may(member_of(stranger), Permission.SCREENING_VIEW, finding)


def test_a_grant_opens_named_patients_to_the_auditor_until_it_ends(auditor, patient, clinic, admin, prescriber):
    hidden = factories.patient(clinic, by=admin)
    assert not may(member_of(auditor), Permission.PATIENT_VIEW, patient)
    assert not may(member_of(auditor), Permission.PATIENT_VIEW)

    now = timezone.now()
    grant = ReadingGrant.objects.create(
        clinic=clinic,
        reader=auditor,
        patient_refs=[patient.ref],
        purpose="Complaint of March",
        ends_at=now + timedelta(days=30),
        made_by=admin,
        seconded_by=prescriber,
    )
    member = member_of(auditor)
    assert may(member, Permission.PATIENT_VIEW)
    assert may(member, Permission.SCREENING_VIEW, patient)
    assert not may(member, Permission.PATIENT_EDIT, patient)
    assert not may(member, Permission.PATIENT_VIEW, hidden)

    grant.ended_at, grant.ended_by = now, admin
    grant.save(update_fields=["ended_at", "ended_by"])
    assert not may(member, Permission.PATIENT_VIEW, patient)


def test_a_grant_for_a_period_opens_what_was_written_in_it(auditor, screening, clinic, admin, prescriber):
    now = timezone.now()

    def granted(first, after):
        return ReadingGrant(
            clinic=clinic,
            reader=auditor,
            period_from=first,
            period_until=after,
            purpose="Yearly audit",
            ends_at=now + timedelta(days=1),
            made_by=admin,
            seconded_by=prescriber,
        )

    granted(now - timedelta(days=9), now - timedelta(days=1)).save()
    assert not may(member_of(auditor), Permission.SCREENING_VIEW, screening)

    granted(now - timedelta(days=1), now + timedelta(days=1)).save()
    assert may(member_of(auditor), Permission.SCREENING_VIEW, screening)


def test_a_supervisor_reaches_the_rows_of_their_trainee(clinic, therapist, screening, admin):
    supervisor = factories.member(clinic, Role.THERAPIST, name="Vera Lind")
    asked = Asked(member_of(supervisor), Permission.SCREENING_VIEW)
    assert not SCOPES["t"].holds(asked, screening)

    Supervision.objects.create(clinic=clinic, supervisor=supervisor, trainee=therapist, made_by=admin)
    assert SCOPES["t"].holds(asked, screening)
    assert list(Screening.objects.filter(SCOPES["t"].rows(asked, Screening))) == [screening]


def test_a_link_reaches_its_own_patient_and_no_other(clinic, patient, admin):
    other = factories.patient(clinic, by=admin)
    link = LinkHolder(clinic.pk, patient.pk)

    assert may(link, Permission.CONSENT_SIGN, patient)
    assert may(link, Permission.SCREENING_RECORD, patient)
    assert not may(link, Permission.SCREENING_VIEW, patient)
    assert not may(link, Permission.CONSENT_SIGN, other)


def test_a_task_has_the_few_rights_of_the_system_and_those_of_who_caused_it(clinic, patient, therapist):
    alone, caused = System(clinic.pk), System(clinic.pk, caused_by=member_of(therapist))

    assert may(alone, Permission.FINDING_RECORD, patient)
    assert not may(alone, Permission.CHART_EXPORT, patient)
    assert may(caused, Permission.CHART_EXPORT, patient)
    leave(patient, therapist)
    assert not may(caused, Permission.CHART_EXPORT, patient)


def test_a_signed_row_is_edited_by_nobody(prescriber, screening):
    assert may(member_of(prescriber), Permission.ORDER_EDIT, screening)
    screening.signed_at = timezone.now()

    assert not may(member_of(prescriber), Permission.ORDER_EDIT, screening)
    assert may(member_of(prescriber), Permission.ORDER_AMEND, screening)


def test_one_works_on_one_s_own_account_only(therapist, nurse):
    member = member_of(therapist)

    assert may(member, Permission.OWN_ACCOUNT, therapist)
    assert not may(member, Permission.OWN_ACCOUNT, nurse)


def test_nobody_changes_their_own_roles_or_those_of_another_clinic_s_people(admin, nurse, stranger):
    member = member_of(admin)
    own, theirs = (Membership.objects.get(user=user) for user in (admin, nurse))

    assert may(member, Permission.STAFF_EDIT, theirs)
    assert may(member, Permission.STAFF_EDIT, nurse)
    assert not may(member, Permission.STAFF_EDIT, own)
    assert not may(member, Permission.STAFF_EDIT, stranger)
    assert needs_second_person(member, Permission.STAFF_EDIT, theirs)


# may: duties, fields, the role used


def test_duties_bind_unless_one_of_the_roles_is_free_of_them(clinic, admin):
    both = factories.member(clinic, Role.ADMIN, Role.PRESCRIBER, name="Dr A. Ruiz")
    patient = factories.patient(clinic, by=admin)
    assert duties(member_of(admin), Permission.TEAM_ADD, patient) == {"second_person_for_oneself"}
    assert duties(member_of(both), Permission.TEAM_ADD, patient) == {"second_person_for_oneself"}

    record.cover(patient=patient, by=both, why="On call")
    assert duties(member_of(both), Permission.TEAM_ADD, patient) == set()
    assert role_used(member_of(both), Permission.TEAM_ADD, patient) == Role.PRESCRIBER
    assert role_used(member_of(both), Permission.STAFF_INVITE) == Role.ADMIN


def test_each_role_sees_and_changes_its_own_fields(therapist, front_desk, nurse, safety_officer, patient):
    names = {"family_name", "given_name", "pronouns", "birth_date"}

    assert names | {"sex_for_scoring", "phone"} <= visible_fields(member_of(therapist), patient)
    assert editable_fields(member_of(therapist), patient) == {"preferred_name", "sex_for_scoring"}
    assert names | {"phone"} <= editable_fields(member_of(front_desk), patient)
    assert "sex_for_scoring" not in visible_fields(member_of(front_desk), patient)
    assert editable_fields(member_of(nurse), patient) == set()
    assert visible_fields(member_of(safety_officer), patient) == set()


def test_who_is_not_on_the_team_sees_no_field(clinic, patient):
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")

    assert visible_fields(member_of(colleague), patient) == set()


def test_holders_are_the_people_of_this_clinic_whose_role_may(prescriber, medical_director, therapist, other_clinic):
    factories.member(other_clinic, Role.PRESCRIBER, name="Dr O. Far")

    found = {row["user"] for row in holders(Permission.SCREENING_DECIDE)}

    assert found == {prescriber.pk, medical_director.pk}


# visible: a list shows the rows that may() allows one by one, no more and no less


def different_permissions(user, model):
    """One permission for each way in which the table lets this person near this kind of row."""
    roles = Membership.objects.get(user=user).roles
    ways = {}
    for permission in Permission:
        rows = frozenset((right.scope, right.conditions) for role in roles for right in rights(role, permission))
        own = resource_of(model).name == permission.resource
        ways.setdefault((rows, permission.letter in "VCE" and permission.letter, own), permission)
    return ways.values()


def test_lists_show_exactly_what_each_row_allows(
    request, clinic, patient, screening, therapist, prescriber, auditor, admin, stranger, other_patient
):
    apart = factories.patient(clinic, by=admin)  # nobody's
    waiting = Screening.objects.create(
        clinic=clinic, patient=apart, assessment_date=date(2026, 3, 2), started_by=therapist
    )
    submitted(waiting, therapist)
    left = factories.patient(clinic, by=therapist)
    own = Screening.objects.create(clinic=clinic, patient=left, assessment_date=date(2026, 3, 2), started_by=therapist)
    leave(left, therapist)
    BreakGlass.objects.create(
        clinic=clinic, patient=apart, reason="On call, patient in the waiting room", opened_by=prescriber
    )
    ReadingGrant.objects.create(
        clinic=clinic,
        reader=auditor,
        patient_refs=[apart.ref],
        purpose="Complaint",
        ends_at=timezone.now() + timedelta(days=3),
        made_by=admin,
        seconded_by=prescriber,
    )
    people = [request.getfixturevalue(role.value) for role in Role]

    seen = 0
    for user in people:
        member = member_of(user).for_one_request()
        for model in (Patient, Screening, Finding, BreakGlass, Membership):
            for permission in different_permissions(user, model):
                allowed = {row.pk for row in model.objects.all() if may(member, permission, row)}
                listed = [row.pk for row in visible(member, permission, model.objects.all())]
                assert sorted(listed) == sorted(allowed), f"{user}: {permission} on {model.__name__}"
                seen += len(allowed)

    assert seen > 50
    assert own in visible(member_of(therapist), Permission.SCREENING_VIEW, Screening.objects.all())


# find: what the pages answer


def chart(patient):
    return reverse("desk:chart", args=[patient.ref])


def denials():
    return list(AuditEvent.objects.filter(event=Event.PAGE_DENIED).order_by("id"))


def test_another_clinic_s_record_is_as_good_as_missing(client, therapist, patient, other_patient):
    signed_in(client, therapist)

    theirs, nobody_s = client.get(chart(other_patient)), client.get(reverse("desk:chart", args=[uuid4()]))

    assert theirs.status_code == nobody_s.status_code == 404
    assert len(theirs.content) == len(nobody_s.content)
    assert other_patient.family_name not in theirs.content.decode()
    assert denials() == []


def test_one_s_own_clinic_s_record_without_the_team_is_refused_audited_and_offers_the_emergency_door(
    client, clinic, patient
):
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")

    response = signed_in(client, colleague).get(chart(patient))

    assert response.status_code == 403
    page = response.content.decode()
    assert reverse("breakglass:open", args=[patient.ref]) in page
    assert patient.family_name not in page
    assert patient.family_name.upper() not in page
    [denial] = denials()
    assert (denial.actor_id, denial.outcome) == (colleague.pk, "refused")
    assert (denial.thing_ref, denial.patient_ref) == (str(patient.ref), str(patient.ref))
    assert (denial.facts["permission"], denial.facts["page"]) == ("patient.view", "desk:chart")


def test_who_may_not_break_the_glass_is_told_whom_to_ask(client, clinic, patient, admin, safety_officer):
    response = signed_in(client, safety_officer).get(chart(patient))

    page = response.content.decode()
    assert response.status_code == 403
    assert "break-glass" not in page
    assert admin.name in page
    assert "front desk" in page  # among those who may


def test_a_denial_is_kept_although_the_request_is_rolled_back(fresh_db, client, clinic, patient):
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")
    signed_in(client, colleague)

    assert client.get(chart(patient)).status_code == 403

    with as_clinic(clinic.pk):
        assert len(denials()) == 1


def test_a_role_taken_away_is_gone_at_the_next_request(client, therapist, patient):
    signed_in(client, therapist)
    assert client.get(chart(patient)).status_code == 200

    Membership.objects.filter(user=therapist).update(roles=[Role.AUDITOR])

    assert client.get(chart(patient)).status_code == 403


def test_a_place_on_the_team_taken_away_is_gone_at_the_next_request(client, therapist, patient):
    signed_in(client, therapist)
    assert client.get(chart(patient)).status_code == 200

    leave(patient, therapist, days_ago=31)

    assert client.get(chart(patient)).status_code == 403


def test_a_place_in_the_clinic_taken_away_is_gone_at_the_next_request(client, therapist, patient):
    signed_in(client, therapist)
    assert client.get(chart(patient)).status_code == 200

    Membership.objects.filter(user=therapist).update(ended_at=timezone.now())

    assert client.get(chart(patient)).status_code in {302, 403}


# find: voided, merged and secret rows (rules 1, 10 and 12)


def check(screening):
    return reverse("screening:check", args=[screening.ref])


def test_a_voided_row_is_missing_for_who_may_not_see_voids(client, monkeypatch, therapist, prescriber, screening):
    monkeypatch.setattr(Screening, "voided_at", timezone.now(), raising=False)

    assert signed_in(client, therapist).get(check(screening)).status_code == 404
    assert signed_in(client, prescriber).get(check(screening)).status_code == 200


def test_a_merged_record_opens_to_the_admin_only(client, monkeypatch, therapist, admin, patient):
    monkeypatch.setattr(Patient, "merged_into_id", 1, raising=False)

    assert signed_in(client, therapist).get(chart(patient)).status_code == 404
    assert signed_in(client, admin).get(chart(patient)).status_code == 200


def test_a_boundary_concern_is_missing_where_another_row_would_be_refused(client, clinic, monkeypatch, screening):
    colleague = factories.member(clinic, Role.THERAPIST, name="Sam Field")
    signed_in(client, colleague)
    assert client.get(check(screening)).status_code == 403

    monkeypatch.setattr(Screening, "is_boundary_concern", True, raising=False)

    assert client.get(check(screening)).status_code == 404
    assert len(denials()) == 1
