"""The pages a patient sees: each state of a link on each page, the second check, one question at a time."""

import copy
import json
import logging
import re
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.db.models import Q

from kap_clinic.accounts.models import ClinicSetting
from kap_clinic.audit.models import AuditEvent
from kap_clinic.portal import quiet
from kap_clinic.wall import as_clinic
from patients.links import actions
from patients.links.models import PatientLink
from patients.links.terms import Event
from patients.models import Task
from screening.measures import instrument
from screening.models import MeasureResponse
from tests.patients.links import ANOTHER_DAY, BORN, answer, come_in, link, questions
from tests.people import WalledClient, signed_in

TOO_OLD = timedelta(days=8)


def text(response):
    return response.content.decode()


# Each state of a link, on each page. What a page answers: a status, or where it leads.

CLOSED, DOOR, ASKED, DONE = "/p/expired/", "/p/", "/p/a/", "/p/a/done/"
PAGES = {
    "link": lambda address, form: address,
    "door": lambda address, form: "/p/",
    "asked": lambda address, form: "/p/a/",
    "question": lambda address, form: f"{form}1/",
    "check": lambda address, form: f"{form}check/",
    "help": lambda address, form: "/p/a/help/",
    "later": lambda address, form: "/p/a/later/",
    "done": lambda address, form: "/p/a/done/",
    "over": lambda address, form: "/p/expired/",
}
SHUT = dict.fromkeys(PAGES, CLOSED) | {"over": 404}
OPEN = {
    "link": DOOR,
    "door": 200,
    "asked": 200,
    "question": 200,
    "check": 200,
    "help": ASKED,
    "later": 200,
    "done": ASKED,
    "over": 404,
}
EXPECTED = {
    "new": SHUT | {"link": DOOR},
    "opened": SHUT | {"link": DOOR, "door": 200},
    "checked": OPEN,
    "half an hour later": SHUT | {"link": DOOR, "door": 200},
    "sent, in the same visit": dict.fromkeys(PAGES, DONE) | {"link": CLOSED, "door": CLOSED, "done": 200, "over": 404},
    "sent, half an hour later": SHUT,
    "sent, in another browser": SHUT,
    "revoked": SHUT,
    "revoked during the visit": SHUT,
    "expired": SHUT,
    "expired during the visit": SHUT,
    "wrong birth date x5": SHUT,
    "wrong birth date x5 in another browser, during the visit": SHUT,
    "replaced during the visit": SHUT,
    "signed in as staff, after the visit began": SHUT | {"link": DOOR, "door": 403},
    "another clinic's": OPEN,
    "another link's form": OPEN | {"question": 404, "check": 404},
    "no link at all": SHUT,
}


@pytest.fixture
def at(client, patient, other_patient, therapist, stranger, frozen):
    """`at(state)` brings a link, and this browser, into a state; gives the link's address and its form's."""
    clock = frozen("2026-11-24T15:00+00:00")

    def bring(state):
        if state == "another clinic's":
            made, address = link(other_patient, by=stranger)
        else:
            made, address = link(patient, by=therapist)
        form = questions(made)
        if state == "opened":
            client.get(address)
        elif state == "no link at all":
            return f"/p/{'A' * 43}/", form
        elif state not in {"new", "revoked", "expired", "wrong birth date x5", "sent, in another browser"}:
            come_in(client, address)
        return change(state, made, address, form)

    def change(state, made, address, form):
        if "half an hour later" in state and "sent" not in state:
            clock.shift(30 * 60)
        elif state.startswith("sent"):
            who = WalledClient() if "another browser" in state else client
            come_in(who, address)
            answer(who, made, *[0] * 7)
            assert who.post(f"{form}check/")["Location"] == DONE
            clock.shift(30 * 60 if "later" in state else 0)
        elif state.startswith("revoked"):
            actions.revoke(link=made, by=therapist)
        elif state.startswith("expired"):
            clock.shift(TOO_OLD.total_seconds() if state == "expired" else 0)
            if "visit" in state:
                return expire(made, address, form)
        elif state.startswith("wrong"):
            someone = WalledClient() if "visit" in state else client
            someone.get(address)
            for _ in range(5):
                someone.post("/p/", ANOTHER_DAY)
        elif state.startswith("replaced"):
            link(patient, by=therapist)
        elif state.startswith("signed in"):
            signed_in(client, therapist)
        elif state.startswith("another link's"):
            form = questions(link(patient, "pcl-5", by=therapist)[0])
        return address, form

    def expire(made, address, form):
        """Six days and some on, so that the link runs out within the half hour of a visit."""
        clock.shift((timedelta(days=7) - timedelta(minutes=10)).total_seconds())
        come_in(client, address)
        clock.shift(11 * 60)
        return address, form

    return bring


@pytest.mark.parametrize("state", EXPECTED)
def test_each_state_on_each_page(client, at, state):
    address, form = at(state)

    found = {}
    for page, where in PAGES.items():
        with undone(client):
            response = client.get(where(address, form))
        found[page] = response.headers.get("Location", response.status_code)
        assert "no-store" in response["Cache-Control"], page
        assert "Lindqvist" not in text(response), page

    assert found == EXPECTED[state]


@contextmanager
def undone(client):
    """What a request does is taken back, in the database and in the browser."""
    cookies = copy.deepcopy(client.cookies)
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)
    client.cookies = cookies


CLOSED_STATES = [state for state, pages in EXPECTED.items() if pages["asked"] == CLOSED]


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_what_is_posted_to_a_closed_page_changes_nothing(client, at, state):
    _, form = at(state)
    drafts = list(PatientLink.objects.values_list("forms__draft", "forms__sent_at", "finished_at"))

    answers = [client.post(f"{form}1/", {"answer": 3}), client.post(f"{form}check/"), client.post("/p/a/help/")]

    assert {answer["Location"] for answer in answers} == {CLOSED}
    assert list(PatientLink.objects.values_list("forms__draft", "forms__sent_at", "finished_at")) == drafts


@pytest.mark.parametrize("page", ["question", "check"])
def test_what_was_sent_is_not_read_again_while_another_form_waits(client, patient, therapist, page):
    made, address = link(patient, "gad-7", "pcl-5", by=therapist)
    come_in(client, address)
    form = questions(made)
    answer(client, made, *[3] * 7)
    client.post(f"{form}check/")

    response = client.get(PAGES[page](address, form))

    assert response["Location"] == ASKED
    assert "Sent" in text(client.get(ASKED))
    assert client.post(PAGES[page](address, form), {"answer": 0})["Location"] == ASKED
    assert MeasureResponse.objects.count() == 1


# The door


def test_twenty_looks_by_a_scanner_use_nothing_up(client, patient, therapist):
    made, address = link(patient, by=therapist)
    for _ in range(20):
        scanner = WalledClient()
        shown = scanner.get(address, follow=True)
        assert shown.status_code == 200
        scanner.head(address)

    made.refresh_from_db()
    assert (made.tries, made.checked_at, made.finished_at) == (0, None, None)
    assert come_in(client, address)["Location"] == ASKED
    assert client.get(ASKED).status_code == 200


def test_the_door_names_the_clinic_and_nothing_else(client, patient, therapist):
    _, address = link(patient, "phq-9", by=therapist)

    shown = client.get(address, follow=True)

    assert shown.redirect_chain == [("/p/", 302)]
    words = re.sub(r"<[^>]+>", " ", text(shown).partition("<main")[2].partition("</main>")[0])
    assert "Harbour Clinic" in words
    for secret in ("Lindqvist", "Maya", "PHQ", "Moreno", "questionnaire", "ketamine", "1987", address.split("/")[2]):
        assert secret.lower() not in text(shown).lower()


def test_the_token_goes_from_the_address_and_is_kept_nowhere(client, patient, therapist):
    _, address = link(patient, by=therapist)
    token = address.split("/")[2]

    opened = client.get(address)
    come_in(client, address)

    assert opened["Referrer-Policy"] == "no-referrer"
    assert opened.content == b""
    assert client.get(ASKED)["Referrer-Policy"] == "same-origin"
    assert token not in json.dumps([session.get_decoded() for session in Session.objects.all()])
    assert token not in text(client.get(ASKED))


def test_five_wrong_dates_close_it_whoever_tries_and_from_wherever(client, patient, therapist):
    made, address = link(patient, by=therapist)
    for number in range(5):
        attacker = WalledClient(REMOTE_ADDR=f"192.0.2.{number}")
        attacker.get(address)
        response = attacker.post("/p/", {"birth_date": f"19{60 + number}-01-01"})
        if number < 4:
            assert response.status_code == 422
            assert f"You can try {4 - number} more time" in text(response)
        else:
            assert response["Location"] == CLOSED

    assert come_in(client, address)["Location"] == CLOSED
    made.refresh_from_db()
    assert made.tries == 5
    refused = AuditEvent.objects.filter(event=Event.LINK_REFUSED, patient_ref=str(patient.ref), outcome="refused")
    assert refused.count() == 5


def test_one_address_cannot_try_many_links(client, patient, therapist):
    for number in range(20):
        _, address = link(patient, "gad-7", by=therapist)
        client.get(address)
        assert client.post("/p/", ANOTHER_DAY).status_code == 422, number
    made, address = link(patient, by=therapist)
    client.get(address)

    response = client.post("/p/", BORN)

    assert response.status_code == 422
    assert "Too many tries. Wait five minutes" in text(response)
    made.refresh_from_db()
    assert made.checked_at is None


@pytest.mark.parametrize("typed", ["", "yesterday", "2999-01-01", "0001-01-01", "1987-02-30", "14/03/1987\0"])
def test_what_is_no_birth_date_is_said_and_not_counted(client, patient, therapist, typed):
    made, address = link(patient, by=therapist)
    client.get(address)

    response = client.post("/p/", {"birth_date": typed})

    assert response.status_code == 422
    assert "Enter" in text(response)
    made.refresh_from_db()
    assert made.tries == 0


def test_a_visit_lasts_thirty_minutes_and_a_second_one_goes_on_where_it_was(client, patient, therapist, frozen):
    clock = frozen("2026-11-24T15:00+00:00")
    made, address = link(patient, by=therapist)
    come_in(client, address)
    answer(client, made, 1, 2)

    clock.shift(29 * 60 + 59)
    assert client.get(ASKED).status_code == 200
    clock.shift(1)
    assert client.get(ASKED)["Location"] == CLOSED

    come_in(client, address)
    shown = text(client.get(ASKED))
    assert "2 of 7 answered" in shown
    assert f"{questions(made)}3/" in shown


def test_the_session_before_the_check_is_not_the_one_after_it(client, patient, therapist):
    _, address = link(patient, by=therapist)
    client.get(address)
    before = client.session.session_key

    client.post("/p/", BORN)

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_visit_to_one_link_ends_when_another_is_opened(client, patient, therapist):
    first, address = link(patient, "gad-7", by=therapist)
    come_in(client, address)
    _, second = link(patient, "pcl-5", by=therapist)

    client.get(second)

    assert client.get(ASKED)["Location"] == CLOSED
    assert client.get(f"{questions(first)}1/")["Location"] == CLOSED


def test_staff_cannot_answer_in_a_patient_s_name(client, patient, therapist):
    made, address = link(patient, by=therapist)
    signed_in(client, therapist)

    shown = client.get(address, follow=True)
    tried = client.post("/p/", BORN)

    assert (shown.status_code, tried.status_code) == (403, 403)
    assert "Sign out before you hand it over" in text(shown)
    made.refresh_from_db()
    assert made.checked_at is None


def test_another_clinic_s_patient_s_form_is_not_reached_through_one_s_own_link(
    client, patient, other_patient, therapist, stranger
):
    _, address = link(patient, by=therapist)
    theirs, _ = link(other_patient, by=stranger)
    come_in(client, address)

    assert client.get(f"{questions(theirs)}1/").status_code == 404
    assert client.post(f"{questions(theirs)}1/", {"answer": 3}).status_code == 404
    assert client.post(f"{questions(theirs)}check/").status_code == 404


# Asking for a new link


def ask_again(client, address):
    client.get(address)
    return client.post("/p/expired/")


def test_a_new_link_is_asked_for_and_the_answer_does_not_say_whether_there_was_one(client, patient, therapist):
    made, address = link(patient, by=therapist)
    actions.revoke(link=made, by=therapist)
    without_names = re.compile(r"Harbour Clinic|Your clinic|nonce=\"[^\"]*\"|csrf\w+\" value=\"[^\"]*\"")

    known = ask_again(client, address)
    unknown = ask_again(WalledClient(), f"/p/{'A' * 43}/")
    never_came = WalledClient().post("/p/expired/")

    main = [text(answer).partition("<main")[2].partition("</main>")[0] for answer in (known, unknown, never_came)]
    assert {answer.status_code for answer in (known, unknown, never_came)} == {200}
    assert len({without_names.sub("", one) for one in main}) == 1
    task = Task.objects.get()
    assert (task.patient, task.title, task.owner_role) == (patient, "Send a new link", "front_desk")


def test_asking_again_and_again_is_one_task(client, patient, therapist):
    made, address = link(patient, by=therapist)
    actions.revoke(link=made, by=therapist)

    for _ in range(25):
        assert ask_again(client, address).status_code == 200

    assert Task.objects.count() == 1


def test_looking_at_the_closed_page_asks_for_nothing(client, patient, therapist):
    made, address = link(patient, by=therapist)
    actions.revoke(link=made, by=therapist)

    client.get(address, follow=True)

    assert not Task.objects.exists()


# One question at a time


def test_the_list_says_what_is_asked_and_how_long_it_takes(client, patient, therapist, nurse):
    _, address = link(patient, "phq-9", "gad-7", by=therapist, watcher=nurse)
    come_in(client, address)

    shown = text(client.get(ASKED))

    assert "Hello Maya" in shown
    assert "Patient Health Questionnaire-9" in shown
    assert "10 questions, about 2 minutes" in shown
    assert "7 questions, about 2 minutes" in shown
    assert "Jo Winter looks at them first" in shown


@pytest.mark.parametrize("form", ["phq-9", "phq-2", "gad-7", "pcl-5", "pc-ptsd-5", "asq", "kap-bladder", "kap-craving"])
def test_each_question_stands_as_it_is_published_in_its_order_with_nothing_chosen(client, patient, therapist, form):
    made, address = link(patient, form, by=therapist)
    come_in(client, address)
    published = instrument(form)

    for number, item in enumerate(published.items, start=1):
        if item.shown_when and form != "phq-9":
            given = {when.link_id: max(when.values) for when in item.shown_when}
            for enabling, value in given.items():
                place = [one.link_id for one in published.items].index(enabling) + 1
                client.post(f"{questions(made)}{place}/", {"answer": value})
                client.post("/p/a/help/")
        page = client.get(f"{questions(made)}{number}/")
        shown = page.context["form"]["answer"]
        assert shown.label == item.text
        assert [(value, words) for value, words in shown.field.choices] == [(o.value, o.label) for o in item.options]
        assert f"Question {number} of " in text(page)
        assert " checked" not in text(page).partition("opts")[2]


def test_going_on_needs_an_answer_or_the_wish_to_leave_it_out(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)
    first = f"{questions(made)}1/"

    asked = text(client.get(first))
    refused = client.post(first, {})
    left_out = client.post(first, {"leave_out": "1"})

    assert "Leave this question out" not in asked
    assert refused.status_code == 422
    assert "<title>Error: Question 1 of 7" in text(refused)
    assert "Choose the answer that fits best" in text(refused)
    assert "Leave this question out" in text(refused)
    assert left_out["Location"] == f"{questions(made)}2/"
    assert made.forms.get().answers == {"gad7.1": None}


@pytest.mark.parametrize("sent", ["4", "-1", "x", "1.0", "true", "", "9" * 400, "\0"])
def test_an_answer_the_form_does_not_have_is_refused(client, patient, therapist, sent):
    made, address = link(patient, by=therapist)
    come_in(client, address)

    response = client.post(f"{questions(made)}1/", {"answer": sent})

    assert response.status_code == 422
    assert made.forms.get().answers == {}


@pytest.mark.parametrize("number", [0, 8, 999])
def test_a_question_the_form_does_not_have_leads_to_the_list(client, patient, therapist, number):
    made, address = link(patient, by=therapist)
    come_in(client, address)

    assert client.get(f"{questions(made)}{number}/")["Location"] == ASKED


def test_a_question_that_no_longer_applies_is_passed_over(client, patient, therapist):
    made, address = link(patient, "audit-c", by=therapist)
    come_in(client, address)

    assert answer(client, made, 0)["Location"] == f"{questions(made)}check/"
    assert client.get(f"{questions(made)}2/")["Location"] == ASKED


def test_finishing_later_keeps_the_answer_and_forgets_the_visit(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)

    response = client.post(f"{questions(made)}1/", {"answer": 2, "later": "1"}, follow=True)

    assert "open the link in your message again" in text(response)
    assert made.forms.get().answers == {"gad7.1": 2}
    assert client.get(ASKED)["Location"] == CLOSED
    come_in(client, address)
    assert " checked" in text(client.get(f"{questions(made)}1/"))


def test_finishing_later_needs_no_answer(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)

    assert client.post(f"{questions(made)}1/", {"later": "1"})["Location"] == "/p/a/later/"
    assert made.forms.get().answers == {}


def test_answers_are_checked_changed_and_sent_once(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)
    form = questions(made)

    assert answer(client, made, 0, 1, 2, 3, 0, 1, 2)["Location"] == f"{form}check/"
    shown = text(client.get(f"{form}check/"))
    assert "Feeling nervous, anxious or on edge" in shown
    assert shown.count("Nearly every day") == 1
    assert client.post(f"{form}1/", {"answer": 3})["Location"] == f"{form}check/"
    assert client.post(f"{form}check/")["Location"] == DONE
    assert client.post(f"{form}check/")["Location"] == DONE

    response = MeasureResponse.objects.get()
    assert response.answers == {f"gad7.{n}": value for n, value in enumerate((3, 1, 2, 3, 0, 1, 2), start=1)}
    assert (response.entry, response.recorded_by, response.total, response.complete) == ("link", None, 12, True)
    assert response.ref == made.forms.get().ref
    done = text(client.get(DONE))
    assert "What happens next" in done
    assert "Nearly every day" not in done


def test_what_is_not_answered_yet_is_not_sent(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)
    answer(client, made, 1, 1)

    response = client.post(f"{questions(made)}check/")

    assert response.status_code == 422
    assert "<title>Error: " in text(response)
    assert "Answer question 3" in text(response)
    assert f"{questions(made)}7/" in text(response)
    assert not MeasureResponse.objects.exists()


def test_a_form_with_a_question_left_out_is_sent_incomplete_and_asked_about_in_person(client, patient, therapist):
    made, address = link(patient, "phq-9", by=therapist)
    come_in(client, address)
    answer(client, made, *[0] * 8)
    client.post(f"{questions(made)}9/", {"leave_out": "1"})

    client.post(f"{questions(made)}10/", {"leave_out": "1"})
    assert client.post(f"{questions(made)}check/")["Location"] == DONE

    response = MeasureResponse.objects.get()
    assert (response.complete, response.total) == (False, None)
    task = Task.objects.get()
    assert task.title == "PHQ-9: question 9 was left out, ask in person"


def test_closing_the_page_leaves_nothing_on_the_device(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)
    answer(client, made, *[0] * 7)
    client.post(f"{questions(made)}check/")

    response = client.post("/p/a/close/")

    assert "Nothing of what you answered is left" in text(response)
    assert client.get(DONE)["Location"] == CLOSED


# Danger


@pytest.fixture
def risky(client, patient, therapist, nurse):
    """A visit with a PHQ-9, watched by the nurse."""
    made, address = link(patient, "phq-9", by=therapist, watcher=nurse)
    come_in(client, address)
    return made


def test_a_risky_answer_shows_the_crisis_page_at_once_and_opens_the_task_before_anything_is_sent(client, risky, nurse):
    response = client.post(f"{questions(risky)}9/", {"answer": 1})

    assert response["Location"] == "/p/a/help/"
    page = text(client.get("/p/a/help/"))
    assert "You do not have to carry this alone" in page
    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page
    assert "Jo Winter" in page
    task = Task.objects.get()
    assert (task.flag, task.severity, task.kind, task.owner) == ("phq9.item9.any", "high", "safety", nurse)
    assert task.source_ref == risky.forms.get().ref
    assert not MeasureResponse.objects.exists()


def test_every_page_waits_until_the_crisis_page_is_read(client, risky):
    client.post(f"{questions(risky)}9/", {"answer": 1})

    for page in (ASKED, f"{questions(risky)}1/", f"{questions(risky)}check/", "/p/a/later/"):
        assert client.get(page)["Location"] == "/p/a/help/", page

    assert client.post("/p/a/help/")["Location"] == f"{questions(risky)}10/"
    assert client.get(f"{questions(risky)}10/").status_code == 200
    assert client.get("/p/a/help/")["Location"] == ASKED


def test_sending_the_whole_form_opens_no_second_task_for_the_same_flag(client, risky, nurse):
    answer(client, risky, *[1] * 8, 1, 0)
    client.post(f"{questions(risky)}check/")

    assert MeasureResponse.objects.get().total == 9
    assert list(Task.objects.values_list("flag", "owner")) == [("phq9.item9.any", nurse.pk)]


def test_a_worse_answer_shows_it_again_the_same_does_not_and_a_better_one_closes_nothing(client, risky):
    ninth = f"{questions(risky)}9/"
    client.post(ninth, {"answer": 1})
    client.post("/p/a/help/")

    assert client.post(ninth, {"answer": 1})["Location"] != "/p/a/help/"
    assert client.post(ninth, {"answer": 2})["Location"] == "/p/a/help/"
    client.post("/p/a/help/")
    assert client.post(ninth, {"answer": 0})["Location"] != "/p/a/help/"

    assert set(Task.objects.values_list("flag", "closed_at")) == {
        ("phq9.item9.any", None),
        ("phq9.item9.frequent", None),
    }


def test_finishing_later_on_a_risky_answer_shows_the_crisis_page_first(client, risky):
    response = client.post(f"{questions(risky)}9/", {"answer": 3, "later": "1"})

    assert response["Location"] == "/p/a/help/"
    assert client.post("/p/a/help/")["Location"] == "/p/a/later/"
    assert set(Task.objects.values_list("severity", flat=True)) == {"high", "critical"}


@pytest.mark.parametrize(
    ("form", "place", "value", "words"),
    [
        ("asq", 1, 1, "You do not have to carry this alone"),
        ("asq", 2, 9, "You do not have to carry this alone"),
        ("pcl-5", 16, 4, "You do not have to carry this alone"),
        ("kap-bladder", 7, 1, "Your answer matters to us today"),
        ("kap-craving", 2, 1, "Your answer matters to us today"),
    ],
)
def test_any_answer_that_shows_danger_leads_to_help(client, patient, therapist, form, place, value, words):
    made, address = link(patient, form, by=therapist)
    come_in(client, address)

    response = client.post(f"{questions(made)}{place}/", {"answer": value}, follow=True)

    assert words in text(response)
    assert Task.objects.filter(Q(severity="high") | Q(severity="critical"), patient=patient).exists()


def test_help_is_written_down_when_shown_and_when_read(client, risky):
    client.post(f"{questions(risky)}9/", {"answer": 1})
    client.post("/p/a/help/")

    events = AuditEvent.objects.filter(event__in=[Event.LINK_HELP_SHOWN, Event.LINK_HELP_READ]).order_by("id")
    assert [(event.event, event.actor, event.patient_ref) for event in events] == [
        (Event.LINK_HELP_SHOWN, "patient by link", str(risky.patient.ref)),
        (Event.LINK_HELP_READ, "patient by link", str(risky.patient.ref)),
    ]


def test_the_clinic_s_own_crisis_contacts_stand_on_every_page(client, patient, therapist, admin):
    ClinicSetting.objects.create(
        clinic=patient.clinic,
        key="crisis_contacts",
        value=[{"name": "Helpline", "phone": "116 123", "note": "day and night"}],
        set_by=admin,
    )
    made, address = link(patient, "asq", by=therapist)

    pages = [text(client.get(address, follow=True))]
    client.post("/p/", BORN)
    pages += [text(client.get(page)) for page in (ASKED, f"{questions(made)}1/")]
    pages.append(text(client.post(f"{questions(made)}1/", {"answer": 1}, follow=True)))

    for page in pages:
        assert 'href="tel:116123"' in page
        assert "988" not in page


def test_a_clinic_that_named_no_contacts_shows_the_numbers_that_hold_everywhere(client, patient, therapist, admin):
    ClinicSetting.objects.create(clinic=patient.clinic, key="crisis_contacts", value=[], set_by=admin)
    _, address = link(patient, by=therapist)

    page = text(client.get(address, follow=True))

    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page


# What gets out


@pytest.fixture
def said():
    """Every line that any logger says, formatted as a handler would."""
    lines = []

    class Listener(logging.Handler):
        def emit(self, record):
            lines.append(f"{self.format(record)} {record.__dict__.get('request', '')!r}")

    listener = Listener()
    root, django = logging.getLogger(), logging.getLogger("django")
    for logger in (root, django):
        logger.addHandler(listener)
    yield lines
    for logger in (root, django):
        logger.removeHandler(listener)


def test_no_log_line_carries_a_token(client, patient, therapist, said):
    _, address = link(patient, by=therapist)
    token = address.split("/")[2]
    strict = WalledClient(enforce_csrf_checks=True)

    client.post(address)  # 405
    strict.post(address)  # 403, forged
    client.get(f"{address}more/")  # 404
    logging.getLogger("gunicorn.access").warning('%(h)s "%(r)s" %(s)s', {"h": "-", "r": f"GET {address}", "s": "302"})
    logging.getLogger("anything").warning("%r", client.get(address).wsgi_request)
    logging.getLogger("anything").warning(f"Trouble at {address}")

    assert any(quiet.HIDDEN in line for line in said)
    assert not [line for line in said if token in line.split(" <WSGI")[0]]


def test_no_address_of_the_portal_says_what_a_form_is_about(client, risky):
    client.get(ASKED)
    found = set(re.findall(r'href="(/p/[^"]*)"', text(client.get(ASKED))))

    assert found
    for address in found:
        assert not re.search(r"phq|gad|asq|measure|consent/|kap", address)


def test_every_page_of_the_portal_is_kept_by_nobody_and_asks_nobody_else(client, patient, therapist):
    made, address = link(patient, by=therapist)
    pages = [client.get("/p/expired/"), client.get(address), client.get("/p/")]
    client.post("/p/", BORN)
    pages += [client.get(page) for page in (ASKED, f"{questions(made)}1/", f"{questions(made)}check/")]
    answer(client, made, *[0] * 7)
    client.post(f"{questions(made)}check/")
    pages.append(client.get(DONE))

    for page in pages:
        assert page["Cache-Control"] == "no-store"
        assert "noindex" in page["X-Robots-Tag"]
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text(page))


def test_each_step_of_a_visit_is_in_the_audit_trail(client, patient, therapist):
    made, address = link(patient, by=therapist)
    come_in(client, address)
    client.get(f"{questions(made)}1/")
    client.get(f"{questions(made)}2/")
    answer(client, made, *[0] * 7)
    client.post(f"{questions(made)}check/")

    events = AuditEvent.objects.filter(patient_ref=str(patient.ref), actor="patient by link").order_by("id")
    assert [event.event for event in events] == [
        Event.LINK_OPENED,
        Event.LINK_CHECKED,
        Event.LINK_FORM_OPENED,
        "measure.recorded",
        Event.LINK_FORM_SENT,
        Event.LINK_FINISHED,
    ]
    assert {event.role for event in events} == {"patient_link"}
    assert events.last().session_hash
    assert client.session.session_key not in str(list(events.values()))


def test_a_form_sent_from_two_browsers_at_the_same_moment_is_recorded_once(fresh_db, clinic, patient, therapist):
    made, address = link(patient, by=therapist)
    browsers = [WalledClient() for _ in range(4)]
    for browser in browsers:
        come_in(browser, address)
    answer(browsers[0], made, *[1] * 7)
    form, start, answers = questions(made), threading.Barrier(len(browsers)), []

    def send(browser):
        start.wait()
        answers.append(browser.post(f"{form}check/")["Location"])
        connections.close_all()

    threads = [threading.Thread(target=send, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) <= {ASKED, DONE}
    assert DONE in answers
    with as_clinic(clinic.pk):
        assert MeasureResponse.objects.count() == 1


def test_a_hundred_guesses_at_the_same_moment_are_five(fresh_db, clinic, patient, therapist):
    made, address = link(patient, by=therapist)
    browsers = [WalledClient(REMOTE_ADDR=f"192.0.2.{number}") for number in range(10)]
    for browser in browsers:
        browser.get(address)

    def guess(browser):
        for _ in range(10):
            browser.post("/p/", ANOTHER_DAY)
        connections.close_all()

    threads = [threading.Thread(target=guess, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with as_clinic(clinic.pk):
        made.refresh_from_db()
        assert made.tries == 5
        assert AuditEvent.objects.filter(event=Event.LINK_REFUSED).count() == 5
