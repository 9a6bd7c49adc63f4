"""Messages: written once, sent once, put off, held, in doubt; a worker killed at every named point; the pages."""

import smtplib
import socket
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from kap_clinic import wiring
from kap_clinic.accounts.models import Clinic
from kap_clinic.outbox import actions, gateways
from kap_clinic.outbox.models import Message
from kap_clinic.outbox.terms import Channel, MessageState
from kap_clinic.wall import as_clinic
from tests.people import signed_in

FACTS = {"first_name": "Mia", "clinic": "Harbour Clinic", "day": "Friday", "time": "09:00"}


class Killed(BaseException):
    """The worker is gone: nothing after this point runs, no handler either."""


class Post:
    """A line that remembers what it carried, and does what it is told at the n-th letter."""

    honours_keys = False

    def __init__(self, **trouble):
        self.sent, self.trouble = [], trouble

    def __call__(self):
        return self

    def send(self, letter):
        at = f"letter{len(self.sent) + 1}"
        if before := self.trouble.get(f"{at}_before"):
            self.trouble.pop(f"{at}_before")
            raise before
        self.sent.append(letter)
        if after := self.trouble.get(f"{at}_after"):
            self.trouble.pop(f"{at}_after")
            raise after

    @property
    def count(self):
        return Counter(letter.key for letter in self.sent)


class KeyPost(Post):
    """A gateway that honours keys: the same key twice is one message."""

    honours_keys = True

    @property
    def count(self):
        return Counter({letter.key: 1 for letter in self.sent})


@pytest.fixture
def still(monkeypatch):
    """What messages tell of stands, unless a test says otherwise."""
    answers = {}
    monkeypatch.setattr(wiring, "facts_for", lambda message: answers.get(message.key, {}))
    return answers


@pytest.fixture
def post(monkeypatch, settings):
    def use(line):
        monkeypatch.setattr(gateways, "import_string", lambda dotted: line)
        settings.MESSAGE_LINES = {"email": "a.line", "sms": ""}
        return line

    return use


def written(clinic_id, key="reminder:1", **fields):
    with as_clinic(clinic_id):
        return actions.write(
            **{
                "clinic_id": clinic_id,
                "key": key,
                "kind": "visit_reminder",
                "channel": Channel.EMAIL,
                "to": "mia@example.org",
                "zone": "America/New_York",
                "facts": FACTS,
                "due_at": timezone.now(),
                **fields,
            }
        )


@pytest.fixture
def harbour(fresh_db):
    """A clinic of its own database: sending commits."""
    return Clinic.objects.create(name="Harbour Clinic").pk


def fresh(message):
    with as_clinic(message.clinic_id):
        return Message.objects.get(pk=message.pk)


# Written


def test_the_same_key_is_one_message(clinic, still):
    first, again = written(clinic.pk), written(clinic.pk, facts={**FACTS, "day": "Monday"})

    assert first == again
    assert Message.objects.get().facts["day"] == "Friday"


def test_a_message_with_a_clinical_word_waits_for_a_person(clinic, still):
    message = written(clinic.pk, facts={**FACTS, "clinic": "Ketamine Therapy Inc"})

    assert message.state == MessageState.HELD
    assert "ketamine" in message.ended_why


def test_without_an_address_it_waits_for_a_person(clinic, still):
    assert written(clinic.pk, to="").state == MessageState.HELD


def test_what_a_message_is_never_changes(clinic, still):
    message = written(clinic.pk)

    for change in ({"to": "else@example.org"}, {"key": "x"}, {"facts": {}}, {"kind": "y"}, {"about_ref": uuid4()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.filter(pk=message.pk).update(**change)


# Sent


def test_due_messages_are_sent_once_and_what_is_not_due_waits(harbour, still, post):
    line = post(Post())
    messages = [written(harbour, key=f"k{number}") for number in range(5)]
    later = written(harbour, key="later", due_at=timezone.now() + timedelta(hours=1))

    assert actions.send_due(batch=2) == 5
    assert actions.send_due() == 0

    assert set(line.count.values()) == {1}
    assert {fresh(message).state for message in messages} == {"sent"}
    assert fresh(later).state == "planned"


def test_a_reason_that_fell_voids_the_message(harbour, still, post):
    line = post(Post())
    message = written(harbour)
    still["reminder:1"] = None

    actions.send_due()

    assert fresh(message).state == "void"
    assert line.sent == []


def test_what_is_too_late_is_recorded_and_not_sent(harbour, still, post):
    line = post(Post())
    now = timezone.now()
    message = written(harbour, due_at=now - timedelta(hours=3), not_after=now - timedelta(hours=1))

    actions.send_due()

    assert fresh(message).state == "missed"
    assert line.sent == []


def test_one_bad_row_never_stops_others(harbour, still, post):
    line = post(Post())
    bad, good = written(harbour, key="bad"), written(harbour, key="good")
    with as_clinic(harbour):
        still["bad"] = {"time": BadWord()}

    actions.send_due()

    assert (fresh(bad).state, fresh(good).state) == ("failed", "sent")
    assert len(line.sent) == 1


class BadWord:
    def __str__(self):
        raise ValueError("no words")


def test_a_line_that_is_down_is_tried_again_later_eight_times_and_then_shown(harbour, still, post, frozen):
    post(Down())
    message = written(harbour)

    for tries in range(1, 9):
        actions.send_due()
        message = fresh(message)
        assert message.tries == tries
        if tries < 8:
            assert message.state == "planned"
            assert message.try_at > timezone.now()
            with as_clinic(harbour):
                Message.objects.filter(pk=message.pk).update(try_at=timezone.now())
    assert message.state == "failed"


class Down(Post):
    def send(self, letter):
        raise gateways.NotTaken("ConnectionRefusedError")


def test_an_address_that_is_refused_is_not_tried_again(harbour, still, post):
    post(Post(letter1_before=gateways.Refused("SMTPRecipientsRefused")))
    message = written(harbour)

    actions.send_due()

    assert fresh(message).state == "failed"


def test_a_channel_without_a_line_holds_its_messages(harbour, still, post):
    post(Post())
    message = written(harbour, channel=Channel.SMS, to="+12125550100")

    actions.send_due()

    assert (fresh(message).state, fresh(message).ended_why) == ("held", "This clinic sends nothing by this channel.")


# Killed at named points


POINTS = {
    "before_claim": "_claim",
    "after_claim": "_send",
    "before_hand_over": "_hand_over",
    "before_noting": "_note",
}


@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("point", [*POINTS, "before_send", "after_send"])
def test_killed_at_any_point_nothing_is_doubled_and_nothing_is_lost(point, keys, harbour, still, post, monkeypatch):
    kind = KeyPost if keys else Post
    trouble = {"before_send": "letter2_before", "after_send": "letter2_after"}.get(point)
    line = post(kind(**({trouble: Killed()} if trouble else {})))
    messages = [written(harbour, key=f"k{number}") for number in range(3)]
    if point in POINTS:
        _kill_at(monkeypatch, POINTS[point], call={"_note": 3, "_hand_over": 2}.get(POINTS[point], 1))

    with pytest.raises(Killed):
        actions.send_due()
    _let_leases_end(harbour)
    actions.send_due()

    states = [fresh(message).state for message in messages]
    assert max(line.count.values()) == 1, "nobody gets it twice"
    for message, state in zip(messages, states, strict=True):
        assert state in {"sent", "in_doubt"}
        if state == "sent":
            assert line.count[message.ref] == 1
    never_handed = {"before_claim", "after_claim"}
    assert states.count("in_doubt") == (0 if keys or point in never_handed else 1)


def _kill_at(monkeypatch, name, *, call):
    real, calls = getattr(actions, name), []

    def once(*args, **kwargs):
        calls.append(1)
        if len(calls) == call:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(actions, name, once)


def _let_leases_end(clinic_id):
    with as_clinic(clinic_id):
        Message.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))


def _let_waits_end(clinic_id):
    with as_clinic(clinic_id):
        Message.objects.filter(state="planned").update(try_at=timezone.now())


def test_a_silent_gateway_leaves_the_message_in_doubt_and_nothing_goes_again(harbour, still, post):
    line = post(Post(letter1_after=gateways.InDoubt("TimeoutError")))
    message = written(harbour)

    actions.send_due()
    actions.send_due()

    assert fresh(message).state == "in_doubt"
    assert line.count[message.ref] == 1


def test_a_silent_gateway_that_honours_keys_is_asked_again(harbour, still, post):
    line = post(KeyPost(letter1_after=gateways.InDoubt("TimeoutError")))
    message = written(harbour)

    actions.send_due()
    assert fresh(message).state == "planned"
    _let_waits_end(harbour)
    actions.send_due()

    assert fresh(message).state == "sent"
    assert len(line.sent) == 2


def test_a_message_that_kills_its_worker_eight_times_ends_as_failed(harbour, still, post):
    line = post(KeyPost(**{f"letter{number}_after": Killed() for number in range(1, 20)}))
    message = written(harbour)

    for _ in range(8):
        with pytest.raises(Killed):
            actions.send_due()
        _let_leases_end(harbour)
    actions.send_due()

    assert (fresh(message).state, len(line.sent)) == ("failed", 8)


@pytest.mark.parametrize("woken", ["before the hand-over of the other", "after it"])
def test_a_worker_that_stalled_sends_nothing_that_another_has_taken_since(woken, harbour, still, post):
    line = post(Post())
    message = written(harbour)
    stalled = actions._claim(harbour, "email", 10, taken=True)
    _let_leases_end(harbour)
    actions.settle_hanging(harbour)
    taken = actions._claim(harbour, "email", 10, taken=True)
    if woken == "after it":
        with as_clinic(harbour):
            actions._hand_over(message.pk, taken.claim)

    assert actions._send(harbour, stalled, line, timezone.now() + actions.LONGEST_RUN) == 0

    assert line.sent == []
    assert fresh(message).claim == taken.claim


def test_a_worker_that_stalled_says_nothing_about_what_another_sends(harbour, still, post):
    post(KeyPost())
    message = written(harbour)
    stalled = actions._claim(harbour, "email", 10, taken=True)
    _let_leases_end(harbour)
    actions.settle_hanging(harbour)
    taken = actions._claim(harbour, "email", 10, taken=True)

    with as_clinic(harbour):
        actions._note((message.pk, gateways.NotTaken("busy")), stalled.claim)

    assert (fresh(message).state, fresh(message).claim) == ("sending", taken.claim)


def test_a_run_ends_in_time_and_gives_back_what_it_has_not_handed_over(harbour, still, post, frozen):
    clock = frozen("2026-03-02T09:00-05:00")
    line = post(Slow(clock))
    messages = [written(harbour, key=f"k{number}") for number in range(12)]

    assert actions.send_due() == 5

    states = Counter(fresh(message).state for message in messages)
    assert states == {"sent": 5, "planned": 7}
    assert (actions.send_due(), actions.send_due()) == (5, 2)
    assert max(line.count.values()) == 1


class Slow(Post):
    """Each letter takes as long as it may."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def send(self, letter):
        self.clock.shift(9)
        super().send(letter)


# Over SMTP


class Caught:
    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(envelope)
        return "250 taken"


@pytest.fixture
def sink(settings):
    caught = Caught()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(caught, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.MESSAGE_LINES = {"email": "kap_clinic.outbox.gateways.Mail", "sms": ""}
    yield caught
    controller.stop()


def test_mail_goes_over_one_connection_with_a_fixed_message_id(harbour, still, sink, monkeypatch):
    connections = []
    real = smtplib.SMTP.connect
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda self, *a, **k: connections.append(1) or real(self, *a, **k))
    messages = [written(harbour, key=f"k{number}") for number in range(10)]

    assert actions.send_due() == 10

    ids = {line for letter in sink.letters for line in letter.content.decode().splitlines() if "Message-ID" in line}
    assert ids == {f"Message-ID: {message.message_id}" for message in messages}
    assert len(connections) == 1


@pytest.mark.parametrize("address", ["mia@exam\nple.org", "mia@example.org, leo@example.org"])
def test_an_address_no_mail_can_go_to_fails_alone(address, harbour, still, sink):
    bad, good = written(harbour, key="bad", to=address), written(harbour, key="good")

    assert actions.send_due() == 1

    assert (fresh(bad).state, fresh(good).state) == ("failed", "sent")


# Settled by a person


def doubtful(clinic_id):
    message = written(clinic_id)
    Message.objects.filter(pk=message.pk).update(state=MessageState.IN_DOUBT, handed_at=timezone.now())
    return message


def test_a_person_says_that_it_arrived(clinic, admin, still):
    message = actions.settle(message=doubtful(clinic.pk), arrived=True, by=admin)

    assert (message.state, message.ended_by) == ("sent", admin)


def test_a_person_sends_it_once_more(clinic, admin, still):
    message = actions.settle(message=doubtful(clinic.pk), arrived=False, by=admin)

    assert (message.state, message.tries) == ("planned", 0)


def test_what_is_sent_is_over(clinic, admin, still):
    message = written(clinic.pk)
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=timezone.now())

    with pytest.raises(actions.NotPossible, match="Only what failed"):
        actions.retry(message=message, by=admin)


def test_what_was_moved_is_not_said_any_more(clinic, still):
    about = uuid4()
    old = written(clinic.pk, key="v1", about_ref=about, about_version=1)
    new = written(clinic.pk, key="v2", about_ref=about, about_version=2)

    assert actions.void_about(about_ref=about, before_version=2, why="The visit moved.") == 1

    old.refresh_from_db(), new.refresh_from_db()
    assert (old.state, new.state) == ("void", "planned")


# Pages


def test_the_ledger_shows_trouble_first_with_the_words_of_the_reader(client, clinic, admin, still):
    Message.objects.filter(pk=written(clinic.pk).pk).update(state=MessageState.FAILED, trouble="Refused")
    written(clinic.pk, key="coming", facts={**FACTS, "day": "Saturday"})
    signed_in(client, admin)

    page = client.get(reverse("desk:messages")).content.decode()

    assert page.index("Need somebody") < page.index("The next seven days")
    assert "this is a reminder of your visit at Harbour Clinic" in page
    assert "Your visit on Saturday" in page


def test_a_failed_message_is_sent_again_from_the_page(client, clinic, front_desk, still):
    message = written(clinic.pk)
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)
    signed_in(client, front_desk)

    client.post(reverse("desk:message_again", args=[message.ref]))

    message.refresh_from_db()
    assert message.state == MessageState.PLANNED


def test_messages_that_stopped_for_one_reason_are_one_trouble_and_say_whose(client, clinic, admin, patient, still):
    for number in range(3):
        written(clinic.pk, key=f"k{number}", patient_ref=patient.ref)
    other = written(clinic.pk, key="other", to="else@example.org")
    Message.objects.update(state=MessageState.FAILED, trouble="The mail server does not know this address")
    signed_in(client, admin)

    page = client.get(reverse("desk:messages"))

    groups = page.context["troubles"]
    assert [(len(trouble.lines), whose) for trouble, whose in groups] == [(3, patient), (1, None)]
    assert groups[1][0].first == other
    assert page.context["ledger"].total == 4
    assert reverse("desk:patient_messages", args=[patient.ref]) in page.content.decode()


def test_what_is_too_late_is_not_sent_again_but_can_be_let_go(client, clinic, admin, still):
    message = written(clinic.pk, not_after=timezone.now() - timedelta(minutes=1))
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED)
    signed_in(client, admin)

    page = client.get(reverse("desk:messages")).content.decode()
    assert reverse("desk:message_again", args=[message.ref]) not in page
    with pytest.raises(actions.NotPossible, match="too late"):
        actions.retry(message=message, by=admin)
    client.post(reverse("desk:let_message_go", args=[message.ref]))

    message.refresh_from_db()
    assert (message.state, message.ended_by) == (MessageState.VOID, admin)
    assert "Need somebody" not in client.get(reverse("desk:messages")).content.decode()


def test_what_is_sent_or_in_doubt_is_not_let_go(clinic, admin, still):
    with pytest.raises(actions.NotPossible, match="settle what is in doubt"):
        actions.let_go(message=doubtful(clinic.pk), by=admin)


def test_a_doubtful_message_is_settled_from_the_page(client, clinic, admin, still):
    message = doubtful(clinic.pk)
    signed_in(client, admin)

    client.post(reverse("desk:settle_message", args=[message.ref]), {"arrived": "yes"})

    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_a_therapist_reads_the_messages_of_their_patient_only(client, clinic, therapist, patient, still):
    written(clinic.pk, patient_ref=patient.ref)
    signed_in(client, therapist)

    assert "Your visit on Friday" in client.get(reverse("desk:patient_messages", args=[patient.ref])).content.decode()
    assert client.get(reverse("desk:messages")).status_code == 403


def test_the_ledger_costs_the_same_for_one_and_for_many(client, clinic, admin, still, django_assert_max_num_queries):
    signed_in(client, admin)
    client.get(reverse("desk:messages"))
    for number in range(50):
        written(clinic.pk, key=f"k{number}")

    with django_assert_max_num_queries(30):
        client.get(reverse("desk:messages"))
