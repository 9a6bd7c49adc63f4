"""The soak of messages, small: killed senders double nothing and lose nothing, and the account sees it when they do."""

import pytest
from django.utils import timezone

from kap_clinic.dev.soaks import messages as soak
from kap_clinic.outbox import actions
from kap_clinic.outbox.models import Message


def test_a_dozen_killed_senders_double_nothing_and_lose_nothing(fresh_db):
    report = soak.trial(12, seed=20261125)

    assert report.broken == []
    assert sum(count for name, count in report.injected.items() if name.startswith("killed")) == 12
    assert report.figures["email sent"] + report.figures["sms sent"] > 5


def sent_again_after_the_lease(monkeypatch):
    monkeypatch.setattr(actions, "_honours_keys", lambda channel: True)
    return "letter gone, not answered"


def noted_before_it_goes(monkeypatch):
    real = actions._hand_over

    def noted(*claimed):
        letter = real(*claimed)
        if letter:
            Message.objects.filter(ref=letter.key).update(state="sent", sent_at=timezone.now())
        return letter

    monkeypatch.setattr(actions, "_hand_over", noted)
    return "hand-over, after commit"


def left_hanging(monkeypatch):
    monkeypatch.setattr(actions, "settle_hanging", lambda clinic_id: None)
    return "claim, after commit"


@pytest.mark.parametrize(
    ("mutant", "seen"),
    [(sent_again_after_the_lease, "doubled"), (noted_before_it_goes, "lost"), (left_hanging, "stuck")],
)
def test_the_account_sees_a_sender_that_breaks_a_promise(mutant, seen, fresh_db, monkeypatch):
    point = mutant(monkeypatch)

    report = soak.trial(4, seed=1, points=[point])

    assert report.figures[seen] > 0
    assert any(seen in words for words in report.broken)
