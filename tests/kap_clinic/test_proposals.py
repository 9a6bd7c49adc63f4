"""What needs a second person: it counts persons, not roles, and happens when the second one agrees (SEC-12)."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import may
from kap_clinic.accounts.grants.models import ReadingGrant, Supervision
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals import actions
from kap_clinic.accounts.proposals.effects import KINDS
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.terms import Event, ProposalKind
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic
from tests import factories
from tests.people import member_of, signed_in


def place_of(user):
    return Membership.objects.get(user=user, ended_at=None)


@pytest.fixture
def second_admin(clinic):
    return factories.member(clinic, Role.ADMIN, name="Per Holm")


@pytest.fixture
def proposal(nurse, admin):
    return actions.propose_roles(
        membership=place_of(nurse), roles=[Role.NURSE, Role.FRONT_DESK], reason="Helps at the desk", by=admin
    )


# The journey


def test_a_change_of_roles_from_proposal_to_the_next_request(client, admin, medical_director, nurse):
    # Given an admin who proposes
    signed_in(client, admin)
    form = {"member": str(place_of(nurse).ref), "roles": ["nurse", "front_desk"], "reason": "Helps at the desk"}
    assert client.get(reverse("proposals:new", args=["roles"])).status_code == 200
    assert client.post(reverse("proposals:new", args=["roles"]), form).status_code == 302
    proposal = Proposal.objects.get()

    # Then nothing has happened, and the same person cannot agree
    assert place_of(nurse).roles == ["nurse"]
    agree = reverse("proposals:second", args=[proposal.ref])
    assert client.post(agree).status_code == 403
    assert place_of(nurse).roles == ["nurse"]

    # When another person agrees
    signed_in(client, medical_director)
    page = client.get(reverse("proposals:one", args=[proposal.ref])).content.decode()
    assert "Agree" in page
    assert client.post(agree).status_code == 302

    # Then it has happened, and says who
    assert place_of(nurse).roles == ["front_desk", "nurse"]
    changed = AuditEvent.objects.get(event=Event.ROLES_CHANGED)
    assert (changed.actor_id, changed.facts["before"], changed.facts["after"]) == (
        medical_director.pk,
        ["nurse"],
        ["front_desk", "nurse"],
    )
    assert "Seconded by" in client.get(reverse("proposals:list")).content.decode()


# It counts persons


def test_one_person_with_two_roles_is_one_person(client, clinic, nurse):
    both = factories.member(clinic, Role.ADMIN, Role.MEDICAL_DIRECTOR, name="Dr A. Both")
    proposal = actions.propose_roles(membership=place_of(nurse), roles=[Role.FRONT_DESK], reason="Moves", by=both)

    with pytest.raises(NotPossible, match="A second person"):
        actions.second(proposal=proposal, by=both)
    assert signed_in(client, both).post(reverse("proposals:second", args=[proposal.ref])).status_code == 403
    assert place_of(nurse).roles == ["nurse"]


def test_nobody_agrees_to_what_is_about_themselves(client, admin, second_admin, medical_director):
    proposal = actions.propose_roles(
        membership=place_of(second_admin), roles=[Role.ADMIN, Role.AUDITOR], reason="Audits", by=admin
    )

    with pytest.raises(NotPossible, match="about you"):
        actions.second(proposal=proposal, by=second_admin)
    assert signed_in(client, second_admin).post(reverse("proposals:second", args=[proposal.ref])).status_code == 403
    with pytest.raises(NotPossible, match="about you"):
        actions.propose_roles(membership=place_of(admin), roles=[Role.AUDITOR], reason="Mine", by=admin)


@pytest.mark.parametrize("role", ["therapist", "nurse", "front_desk", "auditor", "safety_officer", "stranger"])
def test_others_neither_see_nor_second(client, request, proposal, role):
    signed_in(client, request.getfixturevalue(role))

    for name in ("one", "second", "refuse"):
        method = client.get if name == "one" else client.post
        assert method(reverse(f"proposals:{name}", args=[proposal.ref])).status_code in {403, 404}
    assert Proposal.objects.get(pk=proposal.pk).waits(timezone.now())


def test_a_prescriber_sees_what_waits_and_seconds_only_their_kinds(client, prescriber, proposal):
    signed_in(client, prescriber)

    assert client.get(reverse("proposals:list")).status_code == 200
    assert client.post(reverse("proposals:second", args=[proposal.ref])).status_code == 403


def test_the_database_refuses_one_person_twice(proposal, admin):
    with pytest.raises(IntegrityError, match="proposal_seconded_by_another"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(seconded_at=timezone.now(), seconded_by=admin)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(payload={"roles": ["admin"]})


# It ends once


def test_refused_it_does_not_happen_and_stays_readable(client, proposal, medical_director, nurse):
    address = reverse("proposals:refuse", args=[proposal.ref])
    signed_in(client, medical_director)
    assert client.post(address, {"why": " "}).status_code == 422
    assert client.post(address, {"why": "Not trained for it"}).status_code == 302

    with pytest.raises(NotPossible, match="no longer waits"):
        actions.second(proposal=proposal, by=medical_director)
    assert place_of(nurse).roles == ["nurse"]
    assert "Not trained for it" in client.get(reverse("proposals:list")).content.decode()
    assert AuditEvent.objects.filter(event=Event.PROPOSAL_REFUSED).exists()


def test_its_maker_takes_it_back(client, admin, proposal):
    signed_in(client, admin)

    assert client.post(reverse("proposals:refuse", args=[proposal.ref]), {"why": "A mistake"}).status_code == 302
    assert AuditEvent.objects.filter(event=Event.PROPOSAL_WITHDRAWN).exists()


def test_it_lapses_after_a_week(frozen, nurse, admin, medical_director):
    clock = frozen("2026-03-02T09:00-05:00")
    proposal = actions.propose_mfa_reset(membership=place_of(nurse), reason="New phone", by=admin)
    clock.shift(timedelta(days=7, seconds=1))

    with pytest.raises(NotPossible, match="no longer waits"):
        actions.second(proposal=proposal, by=medical_director)


def test_agreed_twice_it_happens_once(proposal, medical_director, second_admin):
    actions.second(proposal=proposal, by=medical_director)

    with pytest.raises(NotPossible, match="no longer waits"):
        actions.second(proposal=proposal, by=second_admin)
    assert AuditEvent.objects.filter(event=Event.ROLES_CHANGED).count() == 1


# What happens


def test_the_person_s_sessions_end_with_their_roles(fresh_db, client, clinic, nurse, admin, medical_director):
    signed_in(client, nurse)
    assert client.get("/").status_code == 200
    with as_clinic(clinic.pk):
        proposal = actions.propose_roles(
            membership=place_of(nurse), roles=[Role.FRONT_DESK], reason="Moves to the desk", by=admin
        )
        actions.second(proposal=proposal, by=medical_director)

    assert client.get("/").status_code == 302
    assert not Session.objects.filter(session_key=client.session.session_key).exists()


def test_a_place_in_the_clinic_ends(nurse, admin, medical_director):
    proposal = actions.propose_membership_end(membership=place_of(nurse), reason="Left for another city", by=admin)
    actions.second(proposal=proposal, by=medical_director)

    assert not Membership.objects.filter(user=nurse, ended_at=None).exists()


def test_the_last_admin_stays(admin, medical_director, clinic):
    place = place_of(admin)

    with pytest.raises(NotPossible, match="without an admin"):
        actions.propose_roles(membership=place, roles=[Role.AUDITOR], reason="Moves", by=medical_director)
    with pytest.raises(NotPossible, match="without an admin"):
        actions.propose_membership_end(membership=place, reason="Leaves", by=medical_director)


def test_two_admins_do_not_remove_each_other(admin, second_admin, medical_director):
    one = actions.propose_membership_end(membership=place_of(admin), reason="Leaves", by=second_admin)
    two = actions.propose_membership_end(membership=place_of(second_admin), reason="Leaves", by=admin)
    actions.second(proposal=one, by=medical_director)

    with pytest.raises(NotPossible, match="without an admin"):
        actions.second(proposal=two, by=medical_director)
    assert place_of(second_admin)


def test_a_second_factor_is_reset_and_the_person_told(nurse, admin, medical_director, mailoutbox, client):
    Authenticator.objects.create(user=nurse, type=Authenticator.Type.TOTP, data={"secret": "x"})
    proposal = actions.propose_mfa_reset(membership=place_of(nurse), reason="Lost the phone", by=admin)
    actions.second(proposal=proposal, by=medical_director)

    assert not Authenticator.objects.filter(user=nurse).exists()
    assert AuditEvent.objects.filter(event=Event.MFA_RESET).exists()


def test_adding_oneself_to_a_care_team_waits_for_the_second_person(client, clinic, admin, patient):
    both = factories.member(clinic, Role.ADMIN, Role.THERAPIST, name="Ada Both")
    proposal = actions.propose_team(
        clinic_id=clinic.pk, patient_ref=patient.ref, reason="Takes over from Alex", by=both
    )
    assert not may(member_of(both), Permission.SCREENING_VIEW, patient)
    assert "Waiting for you to agree" in signed_in(client, admin).get("/").content.decode()
    page = client.get(reverse("proposals:one", args=[proposal.ref])).content.decode()
    assert patient.get_absolute_url() in page
    assert patient.family_name not in page

    client.post(reverse("proposals:second", args=[proposal.ref]))

    assert may(member_of(both), Permission.SCREENING_VIEW, patient)
    place = patient.care_team.get(user=both)
    assert (place.joined_by_id, place.why) == (admin.pk, "Takes over from Alex")


def test_a_grant_is_made_by_an_admin_and_a_prescriber_for_thirty_days_at_most(
    client, admin, prescriber, auditor, patient
):
    signed_in(client, admin)
    address = reverse("proposals:new", args=["grant"])
    form = {
        "member": str(place_of(auditor).ref),
        "records": f"https://clinic.example{patient.get_absolute_url()}",
        "days": "31",
        "reason": "Complaint of March",
    }
    assert client.post(address, form).status_code == 422
    assert client.post(address, form | {"days": "30", "records": "Lindqvist"}).status_code == 422
    assert client.post(address, form | {"days": "30", "records": ""}).status_code == 422
    assert client.post(address, form | {"days": "30"}).status_code == 302
    proposal = Proposal.objects.get()
    assert not may(member_of(auditor), Permission.PATIENT_VIEW, patient)

    signed_in(client, prescriber)
    assert client.post(reverse("proposals:second", args=[proposal.ref])).status_code == 302

    assert may(member_of(auditor), Permission.PATIENT_VIEW, patient)
    grant = ReadingGrant.objects.get()
    assert grant.ends_at - grant.starts_at == timedelta(days=30)
    actions.end_grant(grant=grant, by=admin, reason="Done")
    assert not may(member_of(auditor), Permission.PATIENT_VIEW, patient)


def test_a_grant_for_a_period_covers_whole_days_of_the_clinic(client, admin, prescriber, auditor):
    form = {
        "member": str(place_of(auditor).ref),
        "period_from": "2026-03-01",
        "period_to": "2026-03-31",
        "days": "7",
        "reason": "March",
    }
    signed_in(client, admin)
    assert client.post(reverse("proposals:new", args=["grant"]), form | {"period_to": ""}).status_code == 422
    assert client.post(reverse("proposals:new", args=["grant"]), form | {"period_to": "2026-02-01"}).status_code == 422
    assert client.post(reverse("proposals:new", args=["grant"]), form).status_code == 302
    actions.second(proposal=Proposal.objects.get(), by=prescriber)

    grant = ReadingGrant.objects.get()
    assert grant.period_from.isoformat() == "2026-03-01T05:00:00+00:00"
    assert grant.period_until.isoformat() == "2026-04-01T04:00:00+00:00"  # summer time began in between


def test_a_supervisor_is_named(client, admin, medical_director, therapist, prescriber):
    signed_in(client, admin)
    form = {"member": str(place_of(prescriber).ref), "trainee": str(place_of(therapist).ref), "reason": "In training"}
    assert client.post(reverse("proposals:new", args=["supervision"]), form).status_code == 302
    same = form | {"trainee": form["member"]}
    assert client.post(reverse("proposals:new", args=["supervision"]), same).status_code == 422

    actions.second(proposal=Proposal.objects.get(), by=medical_director)

    row = Supervision.objects.get()
    assert (row.supervisor_id, row.trainee_id) == (prescriber.pk, therapist.pk)


@pytest.mark.parametrize("kind", ["membership_end", "mfa_reset"])
def test_the_other_forms_propose_too(client, admin, nurse, kind):
    form = {"member": str(place_of(nurse).ref), "reason": "Because"}

    assert signed_in(client, admin).post(reverse("proposals:new", args=[kind]), form).status_code == 302
    assert Proposal.objects.get().kind == kind


def test_a_form_of_another_clinic_s_person_or_of_no_kind_is_refused(client, admin, stranger, other_clinic, prescriber):
    with as_clinic(other_clinic.pk):
        theirs = str(place_of(stranger).ref)
    signed_in(client, admin)

    form = {"member": theirs, "reason": "Because"}
    assert client.post(reverse("proposals:new", args=["mfa_reset"]), form).status_code == 422
    assert client.get(reverse("proposals:new", args=["nothing"])).status_code == 404
    assert client.get(reverse("proposals:new", args=["team"])).status_code == 404
    assert signed_in(client, prescriber).get(reverse("proposals:new", args=["roles"])).status_code == 403


def test_every_kind_says_who_and_what():
    assert set(KINDS) == set(ProposalKind)
