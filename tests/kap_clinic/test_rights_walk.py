"""Rights under a random walk: the loader never opens what a plain account of events says is closed."""

from kap_clinic.accounts.scopes import SCOPES, Scope
from kap_clinic.dev.soaks import rights as soak


def test_two_hundred_random_steps_open_nothing_that_is_closed(fresh_db):
    report = soak.run(200, seed=20261124)

    assert report.broken == []
    assert report.injected["forbidden question"] > 200
    assert {"refused: join", "refused: break glass", "refused: page of a proposal"} <= set(report.injected)


def test_the_walk_sees_a_hole(fresh_db, monkeypatch):
    team = SCOPES["c"]
    monkeypatch.setitem(SCOPES, "c", Scope(team.words, lambda asked, thing: True, team.rows))

    assert soak.run(50, seed=1).broken
