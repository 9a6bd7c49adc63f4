"""Patient links: made for a purpose, found by a hash, shut after five wrong dates, void when a newer one comes."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from kap_clinic.accounts import doors
from kap_clinic.audit.models import AuditEvent
from kap_clinic.wall import as_clinic, set_clinic
from patients.links import actions, rules, selectors, tokens
from patients.links.models import LinkForm, PatientLink
from patients.links.rules import Ask
from patients.links.terms import Event, FormKind, LinkState
from patients.models import Task
from screening import remote
from screening.actions import record_measure
from screening.actions.partial import note_partial
from screening.measures import all_instruments, instrument
from screening.terms import MeasureEntry
from tests.patients.links import link

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
GAD = Ask(FormKind.MEASURE, "gad-7", needs_watch=False)
PHQ = Ask(FormKind.MEASURE, "phq-9", needs_watch=True)


# Rules


@pytest.mark.parametrize(
    ("asks", "watched_by", "until", "reason"),
    [
        ([GAD], None, None, ""),
        ([PHQ], "Alex Moreno", NOW + timedelta(hours=8), ""),
        ([GAD], "Alex Moreno", NOW + timedelta(hours=8), ""),
        ([], None, None, "Choose what the link is for."),
        ([GAD, GAD], None, None, "Each form goes into a link once."),
        ([GAD, replace(GAD, needs_watch=True)], "Alex Moreno", NOW + timedelta(hours=8), "goes into a link once"),
        ([PHQ], None, None, "Answers to these forms can show danger."),
        ([GAD, PHQ], None, None, "Answers to these forms can show danger."),
        ([PHQ], "Alex Moreno", None, "Say both who looks at the answers and until when."),
        ([PHQ], None, NOW + timedelta(hours=8), "Say both who looks at the answers and until when."),
        ([PHQ], "Alex Moreno", NOW, "Choose a time from now on"),
        ([PHQ], "Alex Moreno", NOW - timedelta(hours=1), "Choose a time from now on"),
        ([PHQ], "Alex Moreno", NOW + timedelta(days=7), ""),
        ([PHQ], "Alex Moreno", NOW + timedelta(days=7, seconds=1), "within 7 days"),
    ],
)
def test_who_asks_for_answers_that_can_show_danger_names_who_looks_and_until_when(asks, watched_by, until, reason):
    reasons = rules.reasons_against_making(asks=asks, watched_by=watched_by, watch_until=until, now=NOW)

    assert reason in " ".join(reasons)
    assert bool(reasons) == bool(reason)


@pytest.mark.parametrize(
    ("asks", "until", "hours"),
    [
        ([GAD], None, 7 * 24),
        ([GAD], NOW + timedelta(hours=5), 7 * 24),
        ([PHQ], NOW + timedelta(hours=5), 5),
        ([GAD, PHQ], NOW + timedelta(hours=5), 5),
    ],
)
def test_a_link_works_seven_days_and_watched_answers_only_while_somebody_looks(asks, until, hours):
    assert rules.expires_at(asks=asks, watch_until=until, now=NOW) == NOW + timedelta(hours=hours)


BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
AS_MADE = {"expires_at": AFTER, "tries": 0, "checked_at": None, "finished_at": None, "revoked_at": None}


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, LinkState.OPEN),
        ({"checked_at": BEFORE}, LinkState.CHECKED),
        ({"tries": 4}, LinkState.OPEN),
        ({"tries": 5}, LinkState.SHUT),
        ({"tries": 5, "checked_at": BEFORE}, LinkState.SHUT),
        ({"expires_at": NOW}, LinkState.EXPIRED),
        ({"expires_at": NOW, "checked_at": BEFORE}, LinkState.EXPIRED),
        ({"revoked_at": BEFORE, "expires_at": BEFORE, "tries": 5}, LinkState.REVOKED),
        ({"finished_at": BEFORE, "expires_at": BEFORE}, LinkState.FINISHED),
    ],
)
def test_the_state_of_a_link_is_what_ended_it_else_how_far_it_came(facts, state):
    assert rules.state_of(**{**AS_MADE, **facts}, now=NOW) == state


def test_what_a_patient_can_answer_alone_and_what_needs_somebody_who_looks():
    sent = {form.id: remote.needs_watch(form) for form in remote.forms()}

    assert sent == {
        "phq-9": True,
        "phq-2": False,
        "gad-7": False,
        "pcl-5": False,
        "pc-ptsd-5": False,
        "audit-c": False,
        "asq": True,
        "kap-bladder": True,
        "kap-craving": False,
    }
    for form in all_instruments():
        if form.id not in sent:
            with pytest.raises(remote.NotForLinks):
                remote.ask_for(form.id)


# The token


def test_the_row_keeps_only_the_hash_and_the_server_can_make_the_token_again(patient, therapist):
    made, address = link(patient, by=therapist)
    token = address.split("/")[2]

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert made.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(PatientLink.objects.values().get())
    assert tokens.again(made) == token


def test_two_links_have_nothing_in_common(patient, therapist):
    first, second = (link(patient, form, by=therapist)[1] for form in ("gad-7", "pcl-5"))

    assert first != second


def test_a_token_is_not_made_again_under_another_key(patient, therapist, settings):
    made, address = link(patient, by=therapist)
    settings.SECRET_KEY = "another key"

    with pytest.raises(tokens.NotOurs):
        tokens.again(made)
    assert selectors.by_token(address.split("/")[2]) == made


def test_the_door_opens_for_one_exact_hash_of_its_own_kind(patient, therapist):
    made, address = link(patient, by=therapist)
    token = address.split("/")[2]
    set_clinic(None)

    assert doors.behind("patient", token) == doors.Door(made.clinic_id, made.pk)
    assert doors.behind("invitation", token) is None
    assert doors.behind("patient", made.token_hash) is None
    assert doors.behind("patient", token[:-1]) is None
    assert doors.behind("%", "%") is None


def test_nothing_of_a_link_is_read_from_another_clinic(patient, therapist, other_clinic):
    made, _ = link(patient, by=therapist)

    with as_clinic(other_clinic.pk):
        assert not PatientLink.objects.exists()
        assert not LinkForm.objects.exists()
    assert selectors.inside(other_clinic.pk, made.pk) is None


# Making and taking back


def test_a_link_is_made_with_what_it_is_for_and_who_looks(patient, therapist, nurse):
    until = timezone.now() + timedelta(hours=9)
    made, _ = link(patient, "phq-9", "gad-7", by=therapist, watcher=nurse, until=until)

    assert [(form.kind, form.what) for form in made.forms.all()] == [("measure", "phq-9"), ("measure", "gad-7")]
    assert (made.made_by, made.watcher, made.watch_until, made.expires_at) == (therapist, nurse, until, until)
    written = AuditEvent.objects.get(event=Event.LINK_MADE)
    assert (written.actor_id, written.patient_ref, written.facts["asks"]) == (
        therapist.pk,
        str(patient.ref),
        ["measure:phq-9", "measure:gad-7"],
    )


def test_a_link_for_watched_forms_without_somebody_who_looks_is_not_made(patient, therapist):
    with pytest.raises(actions.NotPossible, match="Name the person who looks"):
        actions.make(patient=patient, asks=[PHQ], by=therapist)

    assert not PatientLink.objects.exists()


def test_a_newer_link_for_the_same_form_voids_the_older_and_leaves_others(patient, therapist, prescriber):
    same, _ = link(patient, "gad-7", by=therapist)
    shares, _ = link(patient, "pcl-5", "audit-c", by=therapist)
    other, _ = link(patient, "phq-2", by=therapist)

    link(patient, "gad-7", "audit-c", by=prescriber)

    for old in (same, shares):
        old.refresh_from_db()
        assert (old.revoked_by, old.revoked_why) == (prescriber, actions.REPLACED)
    other.refresh_from_db()
    assert other.revoked_at is None


def test_a_link_is_taken_back_once(patient, therapist):
    made, _ = link(patient, by=therapist)

    revoked = actions.revoke(link=made, by=therapist, why="Sent to the wrong phone")

    assert revoked.state(timezone.now()) == LinkState.REVOKED
    assert AuditEvent.objects.get(event=Event.LINK_REVOKED).reason == "Sent to the wrong phone"
    with pytest.raises(actions.NotOpen):
        actions.revoke(link=made, by=therapist)


@pytest.mark.parametrize(
    "change",
    [
        {"token_hash": "0" * 64},
        {"nonce": "0"},
        {"expires_at": NOW + timedelta(days=400)},
        {"patient_id": 1},
        {"watcher_id": None},
        {"made_at": NOW},
    ],
)
def test_whose_link_it_is_and_how_long_it_works_does_not_change(patient, therapist, change):
    made, _ = link(patient, by=therapist)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        PatientLink.objects.filter(pk=made.pk).update(**change)


@pytest.mark.parametrize("change", [{"what": "phq-2"}, {"link_id": 1}, {"needs_watch": False}])
def test_what_a_link_asks_for_does_not_change(patient, therapist, change):
    made, _ = link(patient, by=therapist)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        LinkForm.objects.filter(link=made).update(**change)


# The second check


def test_the_birth_date_passes_and_each_wrong_one_is_counted_and_written_down(patient, therapist):
    made, _ = link(patient, by=therapist)

    assert not actions.check(link=made, birth_date=date(1987, 3, 15))
    assert actions.check(link=made, birth_date=date(1987, 3, 14))

    made.refresh_from_db()
    assert (made.tries, made.state(timezone.now())) == (1, LinkState.CHECKED)
    events = AuditEvent.objects.filter(thing_ref=str(made.ref)).order_by("id").values_list("event", "outcome", "actor")
    assert list(events)[1:] == [
        (Event.LINK_REFUSED, "refused", "patient by link"),
        (Event.LINK_CHECKED, "done", "patient by link"),
    ]


def test_the_fifth_wrong_date_closes_the_link_for_good(patient, therapist):
    made, _ = link(patient, by=therapist)
    for _ in range(5):
        assert not actions.check(link=made, birth_date=date(1900, 1, 1))

    with pytest.raises(actions.NotOpen):
        actions.check(link=made, birth_date=patient.birth_date)

    made.refresh_from_db()
    assert (made.tries, made.state(timezone.now())) == (5, LinkState.SHUT)


# Drafts and what is sent


def test_a_draft_is_sealed_and_gone_once_it_is_sent(patient, therapist):
    made, _ = link(patient, by=therapist)
    form = made.forms.get()

    before, after = actions.save_answer(form=form, link_id="gad7.1", value=3)
    form.refresh_from_db()

    assert (before, after, form.answers) == ({}, {"gad7.1": 3}, {"gad7.1": 3})
    assert "gad7" not in form.draft
    assert form.draft.startswith("v1.")

    actions.finish_form(form=form)
    form.refresh_from_db()
    made.refresh_from_db()

    assert (form.draft, form.answers) == ("", {})
    assert made.finished_at == form.sent_at is not None
    with pytest.raises(actions.NotOpen):
        actions.save_answer(form=form, link_id="gad7.1", value=0)


def test_a_draft_moved_to_another_form_does_not_open(patient, therapist):
    made, _ = link(patient, "gad-7", "pcl-5", by=therapist)
    gad, pcl = made.forms.all()
    actions.save_answer(form=gad, link_id="gad7.1", value=3)
    gad.refresh_from_db()

    pcl.draft = gad.draft

    with pytest.raises(Exception, match="not sealed for this place"):
        _ = pcl.answers


def test_the_link_is_done_with_its_last_form(patient, therapist):
    made, _ = link(patient, "gad-7", "pcl-5", by=therapist)
    first, second = made.forms.all()

    assert actions.finish_form(form=second).finished_at is None
    assert actions.finish_form(form=first).finished_at is not None
    assert AuditEvent.objects.filter(event=Event.LINK_FINISHED, thing_ref=str(made.ref)).count() == 1


def test_a_link_that_is_taken_back_takes_no_answer_more(patient, therapist):
    made, _ = link(patient, by=therapist)
    actions.revoke(link=made, by=therapist)

    with pytest.raises(actions.NotOpen):
        actions.save_answer(form=made.forms.get(), link_id="gad7.1", value=3)


def test_asking_for_a_new_link_opens_one_task_that_says_nothing_clinical(patient, therapist):
    made, _ = link(patient, "phq-9", by=therapist)

    for _ in range(3):
        actions.ask_again(link=made)

    task = Task.objects.get(patient=patient)
    assert (task.title, task.owner_role, task.opened_by) == ("Send a new link", "front_desk", None)
    assert "PHQ" not in task.title + task.action
    assert AuditEvent.objects.filter(event=Event.LINK_ASKED_AGAIN).count() == 1


# Danger in a form that is not sent yet


def test_a_partial_answer_opens_the_task_that_the_whole_form_would_and_no_second_one(patient, therapist, nurse):
    made, _ = link(patient, "phq-9", by=therapist, watcher=nurse)
    form = made.forms.get()

    flags = note_partial(
        patient=patient, instrument="phq-9", answers={"phq9.9": 2}, source_ref=form.ref, owner=made.watcher
    )
    opened = set(Task.objects.values_list("flag", "severity", "owner"))

    assert {flag.id for flag in flags} == {"phq9.item9.any", "phq9.item9.frequent"}
    assert opened == {("phq9.item9.any", "high", nurse.pk), ("phq9.item9.frequent", "critical", nurse.pk)}

    whole = {f"phq9.{n}": 0 for n in range(1, 9)} | {"phq9.9": 2, "phq9.10": 0}
    response = record_measure(
        patient=patient, instrument="phq-9", answers=whole, entry=MeasureEntry.LINK, by=None, ref=form.ref, owner=nurse
    )

    assert response.ref == form.ref
    assert set(Task.objects.values_list("flag", "severity", "owner")) == opened


def test_answers_that_show_no_danger_open_nothing(patient, therapist):
    made, _ = link(patient, "phq-9", by=therapist)
    form = made.forms.get()

    flags = note_partial(
        patient=patient,
        instrument="phq-9",
        answers={"phq9.1": 3, "phq9.9": 0, "phq9.10": 3},
        source_ref=form.ref,
        owner=therapist,
    )

    assert flags == []
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("form", "answers", "dangers"),
    [
        ("phq-9", {"phq9.9": 1}, {"phq9.item9.any"}),
        ("phq-9", {"phq9.9": 0}, set()),
        ("phq-9", {"phq9.9": None}, set()),
        ("phq-9", {f"phq9.{n}": 3 for n in range(1, 8)}, {"phq9.severe"}),
        ("asq", {"asq.1": 0}, set()),
        ("asq", {"asq.1": 1}, {"asq.positive", "asq.acute"}),
        ("asq", {"asq.1": 9}, {"asq.positive", "asq.acute"}),
        ("asq", {"asq.1": 1, "asq.2": 0, "asq.3": 0, "asq.4": 0, "asq.5": 0}, {"asq.positive"}),
        ("pcl-5", {"pcl5.16": 3}, {"pcl5.item16"}),
        ("kap-bladder", {"kapbl.7": 1}, {"kapbl.blood"}),
        ("gad-7", {f"gad7.{n}": 3 for n in range(1, 8)}, set()),
        ("audit-c", {"auditc.1": 0, "auditc.2": 4, "auditc.3": 4}, set()),  # answers to questions that do not apply
    ],
)
def test_which_answers_show_danger_before_the_form_is_whole(form, answers, dangers):
    assert set(remote.dangers(instrument(form), answers)) == dangers


def test_a_question_about_danger_that_is_left_out_is_to_be_asked_in_person():
    answers = {f"phq9.{n}": 0 for n in range(1, 9)} | {"phq9.9": None}

    assert [item.link_id for item in remote.left_out(instrument("phq-9"), answers)] == ["phq9.9"]
    assert [item.link_id for item in remote.left_out(instrument("asq"), {"asq.2": 1})] == [
        "asq.1",
        "asq.3",
        "asq.4",
        "asq.5",
    ]
    assert remote.left_out(instrument("gad-7"), {}) == []


# Questions


def test_the_stem_stands_before_each_question_it_is_meant_for_and_instructions_to_staff_are_not_shown():
    phq, asq, gate = instrument("phq-9"), instrument("asq"), instrument("pc-ptsd-5")

    assert [bool(remote.stem(phq, item)) for item in phq.items] == [True] * 9 + [False]
    assert {remote.stem(asq, item) for item in asq.items} == {""}
    assert [bool(remote.stem(gate, item)) for item in gate.items] == [False] + [True] * 5


@pytest.mark.parametrize(
    ("form", "answers", "asked"),
    [
        ("phq-9", {}, 10),
        ("phq-9", {f"phq9.{n}": 0 for n in range(1, 10)}, 9),
        ("phq-9", {"phq9.1": 1}, 10),
        ("pc-ptsd-5", {}, 6),
        ("pc-ptsd-5", {"pcptsd5.gate": 0}, 1),
        ("pc-ptsd-5", {"pcptsd5.gate": 1}, 6),
        ("audit-c", {"auditc.1": 0}, 1),
        ("asq", {f"asq.{n}": 0 for n in range(1, 5)}, 4),
        ("asq", {"asq.4": 1}, 5),
    ],
)
def test_how_many_questions_there_are_is_said_from_the_start(form, answers, asked):
    assert len(remote.asked(instrument(form), answers)) == asked


def test_what_is_sent_leaves_out_answers_to_questions_that_do_not_apply_any_more():
    changed = {"auditc.1": 0, "auditc.2": 4, "auditc.3": 4}

    assert remote.kept(instrument("audit-c"), changed) == {"auditc.1": 0}
