"""Consents from draft to signature and back: everybody in their own place, sealed, never deleted, always explained."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.terms import Role
from kap_clinic.audit.models import AuditEvent
from kap_clinic.documents.models import StoredDocument
from patients.consents import actions, drawings, rules, selectors, texts
from patients.consents.models import Consent, ConsentAnswer, ConsentSignature, ConsentTalk, ConsentText
from patients.consents.terms import ConsentKind, Meaning, Signer, State, Way
from patients.course.actions import move
from patients.course.rules import NEEDS
from patients.course.terms import Stage
from patients.models import Task
from tests import factories
from tests.patients import consents
from tests.patients.consents import AT_A_DESK, DRAWN, ON_A_PHONE

pytestmark = pytest.mark.django_db
TREATMENT, TOUCH, PRIVACY, FINANCIAL = (
    ConsentKind.TREATMENT,
    ConsentKind.TOUCH,
    ConsentKind.PRIVACY,
    ConsentKind.FINANCIAL,
)


@pytest.fixture
def ready(clinic, admin, medical_director, safety_officer):
    consents.ready(clinic, admin=admin, director=medical_director)


@pytest.fixture
def staff(prescriber, therapist):
    return {"prescriber": prescriber, "therapist": therapist}


@pytest.fixture
def today(clinic):
    return timezone.now().date()


def events(name):
    return AuditEvent.objects.filter(event=name)


# From draft to signed


@pytest.mark.parametrize("kind", ConsentKind)
def test_a_consent_everybody_signed_holds(ready, patient, staff, today, kind):
    consents.signed(patient, kind, **staff)

    standing = consents.standing_of(patient, kind, today)

    assert standing.valid, standing.reasons
    assert standing.state == State.SIGNED
    assert standing.version == 1
    assert (standing.until is not None) is (kind == TREATMENT)
    assert selectors.is_whole(standing.consent)


def test_every_step_is_in_the_audit_trail(ready, patient, staff):
    consents.signed(patient, TREATMENT, **staff)

    said = AuditEvent.objects.filter(event__startswith="consent.").order_by("id").values_list("event", flat=True)

    assert list(said) == [
        "consent.drafted",
        "consent.presented",
        "consent.talked",
        *["consent.answered"] * 2,
        *["consent.signed"] * 3,
        "consent.completed",
    ]
    patients = events("consent.signed").order_by("id").first()
    assert (patients.actor, patients.role, patients.patient_ref) == ("patient", "patient", str(patient.ref))


def test_a_draft_shows_what_is_not_filled_in_and_cannot_be_given(clinic, admin, medical_director, patient, staff):
    consents.approved_text(clinic, TREATMENT, admin=admin, director=medical_director)
    draft = consents.drafted(patient, TREATMENT, **staff)

    assert "the clinic's phone" in selectors.reading(draft).gaps
    with pytest.raises(actions.NotPossible, match="Not filled in: the clinic's phone"):
        actions.present(consent=draft, by=staff["therapist"])
    assert not ConsentSignature.objects.exists()


def test_an_unapproved_text_is_given_to_nobody(clinic, admin, patient, staff):
    consents.written_text(clinic, PRIVACY, by=admin)
    draft = consents.drafted(patient, PRIVACY, **staff)

    assert selectors.reading(draft).is_draft
    with pytest.raises(actions.NotPossible, match="has to approve this text"):
        actions.present(consent=draft, by=staff["therapist"])


def test_without_a_text_there_is_nothing_to_draft(patient, staff):
    with pytest.raises(actions.NotPossible, match="no text of this kind"):
        consents.drafted(patient, PRIVACY, **staff)


def test_treatment_needs_a_course(ready, patient, staff):
    with pytest.raises(actions.NotPossible, match="Open a course"):
        actions.draft(patient=patient, kind=TREATMENT, details={}, by=staff["therapist"])


def test_a_draft_takes_the_text_that_holds_when_it_is_given(ready, clinic, patient, staff, admin, medical_director):
    draft = consents.drafted(patient, PRIVACY, **staff)
    consents.approved_text(clinic, PRIVACY, admin=admin, director=medical_director, why="New wording")

    given = actions.present(consent=draft, by=staff["therapist"])

    assert given.text.version == 2


def test_a_new_draft_replaces_one_nobody_signed(ready, patient, staff):
    old = consents.presented(patient, PRIVACY, **staff)
    new = consents.drafted(patient, PRIVACY, **staff)

    old.refresh_from_db()
    assert (old.state, new.state) == (State.SUPERSEDED, State.DRAFT)


def test_a_new_draft_does_not_replace_one_the_patient_signed(ready, patient, staff):
    consent = consents.presented(patient, TOUCH, **staff)
    consents.talked(consent, staff["therapist"])
    consents.answered(consent)
    consents.patient_signs(consent)

    with pytest.raises(actions.NotPossible, match="waits for others"):
        consents.drafted(patient, TOUCH, **staff)


def test_details_change_only_while_it_is_a_draft(ready, patient, staff):
    draft = consents.drafted(patient, FINANCIAL, **staff)

    actions.change_draft(consent=draft, details={"estimate": "$5,200"}, by=staff["therapist"])
    given = actions.present(consent=draft, by=staff["therapist"])

    assert "$5,200" in str(given.sections)
    with pytest.raises(actions.NotPossible, match="Draft a new one"):
        actions.change_draft(consent=given, details={"estimate": "$1"}, by=staff["therapist"])


def test_everybody_of_the_table_gets_a_place_to_sign(ready, patient, staff, nurse):
    named = [{"user": person.pk, "name": person.name} for person in (staff["therapist"], nurse)]
    touch = consents.presented(patient, TOUCH, **staff, named=named)
    treatment = consents.presented(patient, TREATMENT, **staff)

    assert list(treatment.signatures.values_list("signer", "user__name")) == [
        ("patient", None),
        ("prescriber", "Dr N. Okafor"),
        ("witness", "Alex Moreno"),
    ]
    assert list(touch.signatures.values_list("signer", "user__name")) == [
        ("patient", None),
        ("therapist", "Alex Moreno"),
        ("therapist", "Jo Winter"),
    ]


# Understanding


def test_a_wrong_answer_leads_back_to_its_section_and_blocks_only_until_it_is_right(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    consents.talked(consent, staff["therapist"])
    consents.answered(consent)
    actions.answer(consent=consent, question="driving", chosen=0, evidence=ON_A_PHONE)

    asked = selectors.next_question(consent)
    assert (asked.key, asked.section, asked.is_right) == ("driving", "treatment-16", False)
    with pytest.raises(actions.NotPossible, match="read “Driving and safety after” again"):
        consents.patient_signs(consent)

    actions.answer(consent=consent, question="driving", chosen=2, evidence=ON_A_PHONE)
    consents.patient_signs(consent)
    assert list(ConsentAnswer.objects.filter(question="driving").values_list("is_right", flat=True)) == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(("question", "chosen"), [("driving", 3), ("driving", -1), ("weather", 0)])
def test_an_answer_that_is_none_is_refused(ready, patient, staff, question, chosen):
    consent = consents.presented(patient, TREATMENT, **staff)

    with pytest.raises(actions.NotPossible, match="Choose one of the answers"):
        actions.answer(consent=consent, question=question, chosen=chosen, evidence=ON_A_PHONE)


# The patient's signature


@pytest.fixture
def open_treatment(ready, patient, staff):
    """Given, talked through and understood; nobody has signed."""
    consent = consents.presented(patient, TREATMENT, **staff)
    consents.talked(consent, staff["therapist"])
    consents.answered(consent)
    return consent


def test_a_patients_signature_proves_who_what_when_and_how(open_treatment):
    signature = consents.patient_signs(open_treatment, drawn_svg=DRAWN, signed_name="  Maya   Lindqvist ")

    assert signature.printed_name == "Maya Lindqvist"
    assert signature.meaning == Meaning.CONSENT
    assert signature.role_used == "patient"
    assert signature.user is None
    assert (signature.identity, signature.address) == (ON_A_PHONE.identity, "203.0.113.7")
    assert signature.zone == "America/New_York"
    assert signature.electronic
    assert signature.drawing.startswith("<svg xmlns=")
    assert signature.sha256 == selectors.signature_digest(Consent.objects.get(pk=open_treatment.pk), signature)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"electronic": False}, "sign on a screen"),
        ({"clear_headed": False}, "clear-headed"),
        ({"signed_name": " "}, "full name"),
        ({"drawn_svg": "<svg><script/></svg>"}, "Draw your name again"),
    ],
)
def test_what_a_patients_signature_needs(open_treatment, changes, words):
    with pytest.raises(actions.NotPossible, match=words):
        consents.patient_signs(open_treatment, **changes)
    assert not open_treatment.signatures.filter(signed_at__isnull=False).exists()


def test_a_patient_does_not_sign_before_the_talk(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    consents.answered(consent)

    with pytest.raises(actions.NotPossible, match="talks this over with you first"):
        consents.patient_signs(consent)


def test_a_patient_does_not_sign_within_a_day_after_a_dose(open_treatment):
    now = timezone.now()

    with pytest.raises(actions.NotPossible, match="24 hours after the last dose"):
        consents.patient_signs(open_treatment, last_dose_at=now - timedelta(hours=23))
    consents.patient_signs(open_treatment, last_dose_at=now - timedelta(hours=25))


def test_the_clinics_own_waiting_time_after_a_dose_counts(open_treatment, clinic, medical_director):
    change_setting(clinic=clinic, key="sober_hours", value=48, by=medical_director)

    with pytest.raises(actions.NotPossible, match="48 hours after the last dose"):
        consents.patient_signs(open_treatment, last_dose_at=timezone.now() - timedelta(hours=25))


def test_a_patient_signs_once(open_treatment):
    consents.patient_signs(open_treatment)

    with pytest.raises(actions.NotPossible, match="not open for signing"):
        consents.patient_signs(open_treatment)


def test_a_text_that_was_replaced_meanwhile_cannot_be_signed(open_treatment, clinic, admin, medical_director):
    consents.approved_text(clinic, TREATMENT, admin=admin, director=medical_director, why="Newer")

    with pytest.raises(actions.NotPossible, match="not approved"):
        consents.patient_signs(open_treatment)


def test_a_patient_may_say_no(open_treatment, patient, today):
    actions.refuse_as_patient(
        consent=open_treatment, signed_name="Maya Lindqvist", why="I want to wait", evidence=ON_A_PHONE
    )

    standing = consents.standing_of(patient, TREATMENT, today)
    assert standing.state == State.REFUSED
    assert "refused the treatment consent" in standing.reasons[0]
    refusal = open_treatment.signatures.get(signer=Signer.PATIENT)
    assert (refusal.meaning, refusal.words) == (Meaning.REFUSAL, "I want to wait")
    with pytest.raises(actions.NotPossible):
        actions.refuse_as_patient(consent=open_treatment, signed_name="Maya", why="", evidence=ON_A_PHONE)


def test_a_refusal_needs_a_name(open_treatment):
    with pytest.raises(actions.NotPossible, match="full name"):
        actions.refuse_as_patient(consent=open_treatment, signed_name=" ", why="", evidence=ON_A_PHONE)


# Staff sign their own place


def test_staff_sign_after_the_patient_and_only_in_their_own_place(open_treatment, staff, nurse):
    place = open_treatment.signatures.get(signer=Signer.PRESCRIBER)

    with pytest.raises(actions.NotPossible, match="The patient signs first"):
        actions.countersign(signature=place, by=staff["prescriber"], role="prescriber", evidence=AT_A_DESK)
    consents.patient_signs(open_treatment)
    with pytest.raises(actions.NotPossible, match="somebody else's place"):
        actions.countersign(signature=place, by=nurse, role="nurse", evidence=AT_A_DESK)

    signed = actions.countersign(signature=place, by=staff["prescriber"], role="prescriber", evidence=AT_A_DESK)
    assert (signed.printed_name, signed.meaning, signed.role_used) == ("Dr N. Okafor", Meaning.REVIEW, "prescriber")
    with pytest.raises(actions.NotPossible, match="signed this already"):
        actions.countersign(signature=place, by=staff["prescriber"], role="prescriber", evidence=AT_A_DESK)


def test_it_holds_only_when_the_last_one_has_signed(open_treatment, patient, staff, today):
    consents.patient_signs(open_treatment)
    assert consents.standing_of(patient, TREATMENT, today).reasons == [
        "The treatment consent is not signed yet by: prescriber, therapist."
    ]
    assert [place.signer for place in selectors.owed_by(staff["prescriber"])] == [Signer.PRESCRIBER]

    consents.staff_sign(open_treatment)

    assert consents.standing_of(patient, TREATMENT, today).valid
    assert selectors.owed_by(staff["prescriber"]) == []


def test_a_newer_signed_consent_takes_the_place_of_the_old(ready, patient, staff, today):
    old = consents.signed(patient, PRIVACY, **staff)
    new = consents.signed(patient, PRIVACY, **staff)

    old.refresh_from_db()
    assert (old.state, new.state) == (State.SUPERSEDED, State.SIGNED)
    assert consents.standing_of(patient, PRIVACY, today).consent == new


def test_the_old_consent_holds_while_the_new_one_waits(ready, patient, staff, today):
    old = consents.signed(patient, PRIVACY, **staff)
    consents.presented(patient, PRIVACY, **staff)

    assert consents.standing_of(patient, PRIVACY, today).consent == old
    assert consents.standing_of(patient, PRIVACY, today).valid


# The talk


def test_a_talk_stands_in_the_text_the_patient_signs(ready, patient, staff):
    consent = consents.presented(patient, TREATMENT, **staff)
    before = consent.sha256
    assert "Not talked through yet" in str(consent.sections)

    consents.talked(consent, staff["therapist"])

    consent.refresh_from_db()
    assert "Can I take my allergy pill? Yes." in str(consent.sections)
    assert "when driving is safe again" in str(consent.sections)
    assert consent.sha256 != before


def test_a_talk_changes_nothing_after_the_patient_signed(open_treatment, staff):
    consents.patient_signs(open_treatment)

    with pytest.raises(actions.NotPossible, match="does not change"):
        consents.talked(open_treatment, staff["therapist"])


def test_wishes_about_touch_change_until_somebody_signed(ready, patient, staff):
    consent = consents.presented(patient, TOUCH, **staff)

    changed = actions.note_wishes(consent=consent, wishes={"level": 0}, by=None)
    assert "0, no touch" in str(changed.sections)
    with pytest.raises(actions.NotPossible, match="where nobody may touch"):
        actions.note_wishes(consent=consent, wishes={"areas": ""}, by=None)

    consents.talked(consent, staff["therapist"])
    consents.answered(consent)
    consents.patient_signs(consent)
    with pytest.raises(actions.NotPossible, match="no longer"):
        actions.note_wishes(consent=consent, wishes={"level": 3}, by=None)


# Taking it back


@pytest.mark.parametrize("kind", ConsentKind)
def test_taken_back_it_holds_no_longer_and_stays_readable(ready, patient, staff, today, kind):
    consent = consents.signed(patient, kind, **staff)
    signatures = list(consent.signatures.values("sha256", "printed_name"))

    actions.withdraw(consent=consent, by=staff["therapist"], way=Way.PHONE)

    standing = consents.standing_of(patient, kind, today)
    assert (standing.valid, standing.state) == (False, State.REVOKED)
    assert "took back" in standing.reasons[0]
    assert list(consent.signatures.values("sha256", "printed_name")) == signatures
    assert selectors.is_whole(Consent.objects.get(pk=consent.pk))


def test_a_patient_takes_it_back_on_their_own_device_without_a_reason(ready, patient, staff):
    consent = consents.signed(patient, TOUCH, **staff)

    gone = actions.withdraw(consent=consent, by=None, way=Way.LINK)

    assert (gone.revoked_by, gone.revoked_way, gone.revoked_why) == (None, Way.LINK, "")
    assert events("consent.revoked").get().actor == "patient"


def test_staff_say_how_the_patient_told_them(ready, patient, staff):
    consent = consents.signed(patient, PRIVACY, **staff)

    with pytest.raises(actions.NotPossible, match="how the patient told you"):
        actions.withdraw(consent=consent, by=staff["therapist"], way=Way.LINK)


def test_it_can_be_taken_back_before_all_have_signed(open_treatment):
    consents.patient_signs(open_treatment)

    actions.withdraw(consent=open_treatment, by=None, way=Way.LINK)

    with pytest.raises(actions.NotPossible, match="no signature here"):
        actions.withdraw(consent=open_treatment, by=None, way=Way.LINK)


def dosing(patient, by):
    """A course in its dosing series, as if everything else were in order."""
    course = patient.courses.live().get()
    facts = dict.fromkeys(NEEDS, True)
    for to, role in (
        (Stage.INTAKE, Role.ADMIN),
        (Stage.SCREENING_REVIEW, Role.THERAPIST),
        (Stage.ENROLLED, Role.PRESCRIBER),
        (Stage.PREPARATION, Role.THERAPIST),
        (Stage.DOSING_SERIES, Role.PRESCRIBER),
    ):
        course = move(course=course, to=to, by=by, role=role, evidence=facts, reason="test")
    return course


def test_a_treatment_consent_taken_back_holds_the_course_and_offers_a_talk(ready, patient, staff):
    consent = consents.signed(patient, TREATMENT, **staff)
    course = dosing(patient, staff["prescriber"])

    actions.withdraw(consent=consent, by=None, way=Way.LINK)

    course.refresh_from_db()
    assert course.stage == Stage.ON_HOLD
    task = Task.objects.get(source_ref=consent.ref)
    assert (task.title, task.owner_role) == ("Offer a talk about ending", "therapist")


def test_a_privacy_consent_taken_back_does_not_move_the_course(ready, patient, staff):
    consents.signed(patient, TREATMENT, **staff)
    consent = consents.signed(patient, PRIVACY, **staff)
    course = dosing(patient, staff["prescriber"])

    actions.withdraw(consent=consent, by=None, way=Way.LINK)

    course.refresh_from_db()
    assert course.stage == Stage.DOSING_SERIES


# What holds, and for how long


def test_a_treatment_consent_runs_out_after_the_clinics_months(ready, clinic, patient, staff, medical_director, frozen):
    frozen("2027-03-02T10:00-05:00")
    consents.signed(patient, TREATMENT, **staff)

    assert consents.standing_of(patient, TREATMENT, date(2028, 3, 2)).valid
    assert consents.standing_of(patient, TREATMENT, date(2028, 3, 3)).state == State.EXPIRED
    change_setting(clinic=clinic, key="treatment_consent_months", value=6, by=medical_director)
    assert consents.standing_of(patient, TREATMENT, date(2027, 9, 2)).valid
    assert "ran out on 2 Sep 2027" in consents.standing_of(patient, TREATMENT, date(2027, 9, 3)).reasons[0]


def test_the_day_it_was_signed_is_the_clinics_day(ready, patient, staff, frozen):
    frozen("2026-03-03T03:30+00:00")  # still 2 March in New York
    consents.signed(patient, TREATMENT, **staff)

    assert consents.standing_of(patient, TREATMENT, date(2026, 3, 3)).since == date(2026, 3, 2)


def test_a_new_version_of_the_text_asks_everybody_again(ready, clinic, patient, staff, admin, medical_director, today):
    consents.signed(patient, PRIVACY, **staff)
    consents.approved_text(clinic, PRIVACY, admin=admin, director=medical_director, why="Breach rule")

    standing = consents.standing_of(patient, PRIVACY, today)

    assert standing.state == State.SUPERSEDED
    assert standing.reasons == ["The privacy consent was signed in version 1; version 2 holds now."]


def test_a_new_price_asks_again(ready, clinic, patient, staff, admin, today):
    consents.signed(patient, FINANCIAL, **staff)
    change_setting(clinic=clinic, key="price_list", value=["Medicine session: $650"], by=admin)

    assert "prices have changed" in consents.standing_of(patient, FINANCIAL, today).reasons[0]


def test_a_new_course_asks_again(ready, patient, staff, today):
    consents.signed(patient, TREATMENT, **staff)
    course = patient.courses.live().get()
    move(course=course, to=Stage.DECLINED, by=staff["therapist"], role=Role.THERAPIST, evidence={}, reason="Moved away")
    consents.course_of(patient, staff["therapist"])

    assert "earlier course" in consents.standing_of(patient, TREATMENT, today).reasons[0]


def test_the_gate_may_ask_for_a_route_a_time_and_the_people_in_the_room(ready, patient, staff, nurse, today):
    consents.signed(patient, TREATMENT, **staff)
    consents.signed(patient, TOUCH, **staff)
    now = timezone.now()

    held = selectors.standing(patient, today, t0=now, route="sl", staff={staff["therapist"].pk: "Alex Moreno"})
    assert held[TREATMENT].valid
    assert held[TOUCH].valid
    held = selectors.standing(patient, today, t0=now - timedelta(hours=1), route="im", staff={nurse.pk: "Jo Winter"})
    assert len(held[TREATMENT].reasons) == 2
    assert "does not name Jo Winter" in held[TOUCH].reasons[1]


def test_the_evidence_for_the_moves_of_a_course(ready, patient, staff, today):
    consents.course_of(patient, staff["therapist"])
    keys = {"privacy_signed", "financial_talk", "treatment_talk", "treatment_valid", "touch_valid", "consent_renewed"}
    assert selectors.evidence(patient, today) == dict.fromkeys(keys, False)

    consent = consents.presented(patient, TREATMENT, **staff)
    assert not selectors.evidence(patient, today)["treatment_talk"]
    consents.talked(consent, staff["therapist"])
    assert selectors.evidence(patient, today)["treatment_talk"]
    assert not selectors.evidence(patient, today)["treatment_valid"]

    consents.answered(consent)
    consents.patient_signs(consent)
    consents.staff_sign(consent)
    for kind in (PRIVACY, FINANCIAL, TOUCH):
        consents.signed(patient, kind, **staff)
    assert selectors.evidence(patient, today) == dict.fromkeys(keys, True) | {"consent_renewed": False}


def test_a_consent_is_renewed_when_it_was_signed_after_closing_began(ready, patient, staff, today):
    consents.signed(patient, TREATMENT, **staff)
    course = dosing(patient, staff["prescriber"])
    move(
        course=course,
        to=Stage.CLOSING,
        by=staff["prescriber"],
        role=Role.PRESCRIBER,
        evidence={"series_over": True},
    )

    assert not selectors.evidence(patient, today)["consent_renewed"]
    consents.signed(patient, TREATMENT, **staff)
    assert selectors.evidence(patient, today)["consent_renewed"]


def test_asking_how_consents_stand_costs_the_same_for_one_and_for_many(
    ready, patient, staff, today, django_assert_num_queries
):
    consents.signed(patient, PRIVACY, **staff)
    patient = type(patient).objects.select_related("clinic").get(pk=patient.pk)
    with django_assert_num_queries(1):
        selectors.standing(patient, today)

    for _ in range(3):
        consents.signed(patient, PRIVACY, **staff)
        consents.signed(patient, TOUCH, **staff)
    with django_assert_num_queries(1):
        selectors.standing(patient, today)


def test_the_touch_limits_of_the_banner(ready, patient, staff, today):
    assert selectors.touch_limits(patient, today).in_words == "Touch not answered: no touch"

    consent = consents.signed(patient, TOUCH, **staff)
    limits = selectors.touch_limits(patient, today)
    assert limits.in_words == "Touch 2, support, never Neck and belly; stop word “harbor”"
    assert limits.named == ["Alex Moreno"]

    actions.withdraw(consent=consent, by=None, way=Way.LINK)
    gone = selectors.touch_limits(patient, today)
    assert (gone.level, gone.answered) == (0, False)


def test_no_touch_is_a_full_answer(ready, patient, staff, today):
    consents.signed(patient, TOUCH, **staff, level=0, cue="")

    assert consents.standing_of(patient, TOUCH, today).valid
    assert selectors.touch_limits(patient, today).in_words == "Touch 0, no touch; stop word “harbor”"


# Texts


def test_a_text_counts_once_a_second_person_approved_it(clinic, admin, medical_director):
    text = consents.written_text(clinic, PRIVACY, by=admin)
    assert not text.is_current

    with pytest.raises(actions.NotPossible, match="second person"):
        actions.approve_text(text=text, by=admin, role="admin", zone=clinic.zone)
    approved = actions.approve_text(text=text, by=medical_director, role="medical_director", zone=clinic.zone)

    assert approved.is_current
    assert (approved.approved_name, approved.approved_role) == ("Dr L. Sato", "medical_director")
    with pytest.raises(actions.NotPossible, match="not waiting"):
        actions.approve_text(text=text, by=medical_director, role="medical_director", zone=clinic.zone)


def test_an_older_version_is_not_approved_after_a_newer_was_written(clinic, admin, medical_director):
    first = consents.written_text(clinic, PRIVACY, by=admin)
    consents.written_text(clinic, PRIVACY, by=admin)

    with pytest.raises(actions.NotPossible, match="newer version"):
        actions.approve_text(text=first, by=medical_director, role="medical_director", zone=clinic.zone)


def changed(key, **values):
    return [{**one, **values} if one["id"] == key else one for one in texts.shipped("privacy")["sections"]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "Write a title"),
        ({"sections": texts.shipped("privacy")["sections"][1:]}, "may not be left out"),
        ({"sections": list(reversed(texts.shipped("privacy")["sections"]))}, "in its order"),
        ({"sections": changed("privacy-7", text=[" "])}, "Write the section privacy-7"),
        ({"sections": changed("privacy-7", heading="")}, "Write the section privacy-7"),
        ({"sections": changed("privacy-7", text=["{weather}"])}, "Nothing is filled in for: {weather}"),
        ({"sections": changed("privacy-8", text=["We answer soon."])}, "must still say: {reply_time}, {crisis}"),
    ],
)
def test_a_version_leaves_no_element_out(clinic, admin, changes, words):
    with pytest.raises(actions.NotPossible, match=words):
        consents.written_text(clinic, PRIVACY, by=admin, **changes)


def test_the_versions_of_a_clinic(clinic, admin, medical_director):
    consents.approved_text(clinic, PRIVACY, admin=admin, director=medical_director)
    consents.written_text(clinic, PRIVACY, by=admin, sections=changed("privacy-7", heading="Your team"), why="Shorter")

    privacy = next(one for one in selectors.all_texts(clinic.pk) if one.kind == PRIVACY)

    assert (privacy.current.version, privacy.waiting.version) == (1, 2)
    assert texts.changed(selectors.text_before(privacy.waiting).sections, privacy.waiting.sections) == ["Your team"]


# Sealed by the database (SEC-41)

ATTACKS = {
    "the words": ("patients_consent", "sections = '[]'"),
    "the details": ("patients_consent", "details = '{}'"),
    "the digest": ("patients_consent", "sha256 = repeat('0', 64)"),
    "the text": ("patients_consent", "text_id = text_id + 1"),
    "the patient": ("patients_consent", "patient_id = patient_id + 1"),
    "back to draft": ("patients_consent", "state = 'draft'"),
    "back to presented": ("patients_consent", "state = 'presented'"),
    "when it was complete": ("patients_consent", "completed_at = now() - interval '1 year'"),
    "the printed name": ("patients_consentsignature", "printed_name = 'Somebody'"),
    "the meaning": ("patients_consentsignature", "meaning = 'refusal'"),
    "when it was signed": ("patients_consentsignature", "signed_at = signed_at - interval '1 year'"),
    "unsigning": (
        "patients_consentsignature",
        "signed_at = null, printed_name = '', meaning = '', sha256 = ''",
    ),
    "the drawing": ("patients_consentsignature", "drawing = ''"),
    "the signer": ("patients_consentsignature", "signer = 'witness'"),
    "an answer": ("patients_consentanswer", "is_right = false"),
    "the talk": ("patients_consenttalk", "questions = 'none'"),
    "the wording of a text": ("patients_consenttext", "sections = '[]'"),
    "the approval of a text": ("patients_consenttext", "approved_name = 'Somebody'"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_signed_cannot_be_changed_in_the_database(ready, patient, staff, attack):
    consents.signed(patient, TREATMENT, **staff)
    table, change = ATTACKS[attack]

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update {table} set {change}")  # noqa: S608  # constants above


@pytest.mark.parametrize("model", [Consent, ConsentSignature, ConsentAnswer, ConsentTalk, ConsentText])
def test_nothing_of_a_consent_can_be_deleted(ready, patient, staff, model):
    consents.signed(patient, TREATMENT, **staff)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_a_consent_is_not_signed_in_the_database_while_somebody_has_not(open_treatment):
    consents.patient_signs(open_treatment)

    with pytest.raises(DatabaseError, match="when all have signed"), transaction.atomic():
        Consent.objects.filter(pk=open_treatment.pk).update(state=State.SIGNED, completed_at=timezone.now())


def test_a_place_to_sign_is_not_added_afterwards(open_treatment, patient):
    with pytest.raises(DatabaseError, match="made on a draft"), transaction.atomic():
        ConsentSignature.objects.create(
            clinic_id=patient.clinic_id, patient=patient, consent=open_treatment, signer=Signer.PRESCRIBER, user_id=1
        )


def test_a_consent_does_not_begin_signed(ready, patient, staff, today):
    text = selectors.text_for(patient.clinic_id, PRIVACY)

    with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
        Consent.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            kind=PRIVACY,
            text=text,
            state=State.SIGNED,
            made_by=staff["therapist"],
        )


def test_the_database_knows_the_same_moves(clinic):
    every = [state for state in State if state != State.EXPIRED]
    with connection.cursor() as cursor:
        for before in every:
            for after in every:
                cursor.execute("select consent_may_move(%s, %s)", [before, after])
                assert cursor.fetchone()[0] is (before == after or after in rules.MOVES[before]), (before, after)


def test_a_changed_word_shows_in_the_digest(ready, patient, staff):
    consent = consents.signed(patient, TREATMENT, **staff)
    assert selectors.is_whole(consent)

    consent.sections = [{**one, "heading": "Something else"} for one in consent.sections]

    assert not selectors.is_whole(consent)


def test_a_signature_does_not_fit_another_consent(ready, patient, staff):
    one = consents.signed(patient, PRIVACY, **staff)
    other = consents.signed(patient, FINANCIAL, **staff)
    signature = one.signatures.get()

    assert selectors.signature_digest(other, signature) != signature.sha256


def test_another_clinic_sees_none_of_it(ready, patient, staff, other_clinic):
    from kap_clinic.wall import as_clinic

    consents.signed(patient, TREATMENT, **staff)

    with as_clinic(other_clinic.pk):
        assert not any(model.objects.exists() for model in (Consent, ConsentSignature, ConsentAnswer, ConsentTalk))
        assert not ConsentText.objects.exists()


# Papers are asked for in the same transaction


def test_each_signature_and_each_end_asks_for_a_paper(open_treatment, patient, staff):
    consents.patient_signs(open_treatment)
    consents.staff_sign(open_treatment)
    actions.withdraw(consent=open_treatment, by=None, way=Way.LINK)
    actions.print_copy(consent=open_treatment, by=staff["therapist"])

    asked = StoredDocument.objects.filter(subject_ref=open_treatment.ref).order_by("subject_version")
    assert list(asked.values_list("subject_version", "asked_by__name")) == [
        (1, None),
        (2, "Dr N. Okafor"),
        (3, "Alex Moreno"),
        (4, None),
        (5, "Alex Moreno"),
    ]
    assert {row.permission for row in asked} == {"consent.view"}
    assert {row.patient_ref for row in asked} == {patient.ref}


def test_that_a_copy_was_given_is_written_down(ready, patient, staff):
    consent = consents.signed(patient, PRIVACY, **staff)

    actions.note_copy(consent=consent, way="download", by=None)

    assert events("consent.copied").get().facts == {"way": "download"}


# Drawings


def test_a_drawing_is_drawn_anew_from_its_numbers():
    kept = drawings.tidy(DRAWN)

    assert kept.count("<path") == 2
    assert kept.count("<circle") == 1
    assert "xlink" not in kept
    assert drawings.tidy(kept.replace('fill="none"', "", 1)) is not None
    assert drawings.as_image(kept).startswith("data:image/svg+xml;base64,")
    assert drawings.tidy("  ") == drawings.as_image("") == ""


@pytest.mark.parametrize(
    "svg",
    [
        "my name",
        "<svg/>",
        "<p>x</p>",
        DRAWN.replace("<circle", "<script>alert(1)</script><circle"),
        DRAWN.replace('r="1.5"', 'r="1.5;x"'),
        DRAWN.replace("M 20.000", "M url(x)"),
        DRAWN.replace("<path", "<image href='http://x'/><path", 1),
        DRAWN.replace('viewBox="0 0 320 120"', 'viewBox="a"'),
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + DRAWN,
        DRAWN + "<" + " " * drawings.LARGEST,
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"></svg>',
    ],
)
def test_anything_else_than_strokes_is_no_drawing(svg):
    with pytest.raises(drawings.NotADrawing, match="Draw your name again"):
        drawings.tidy(svg)


def test_a_short_stroke_is_a_line():
    svg = DRAWN.replace("<circle", '<line x1="1" y1="2" x2="3.5" y2="4" stroke-width="2"></line><circle')

    assert '<line x1="1" y1="2" x2="3.5" y2="4" stroke-width="2"/>' in drawings.tidy(svg)


def test_who_may_be_named_comes_from_the_care_team(ready, clinic, patient, staff, nurse):
    away = factories.member(clinic, Role.PRESCRIBER, name="Dr K. Away")
    consents.signed(patient, TREATMENT, **staff)

    named = selectors.prescribers(patient, clinic.zone)

    assert [(one.name, one.licence) for one in named] == [("Dr N. Okafor", "MD 204 118, Massachusetts")]
    assert away.name not in [one.name for one in named]
    assert [one.name for one in selectors.may_touch(patient, clinic.zone)] == ["Alex Moreno", "Jo Winter"]
