"""No sequence of actions gives a dose while an item fails without its override, above the order, or within a gap.

Held against an account written apart from the protocol (`kap_clinic/dev/dose_ledger.py`). Each item is made to fail,
alone; then each rule is broken on purpose, one after the other, and the walk finds every one.
"""

import random
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest
import time_machine

from kap_clinic.dev import dose_ledger
from kap_clinic.dev.soaks import dose as soak
from patients.consents.terms import ConsentKind
from sessions.dosing.actions import doses
from sessions.dosing.rules import doses as dose_rules
from sessions.dosing.rules.limits import EXPECTED
from sessions.gate.rules import asked_today, found
from sessions.gate.terms import Check, GateItem

items = import_module("sessions.gate.rules.items")  # the package has a function of that name
STEPS = 300
MORNING = datetime.fromisoformat("2026-11-16T09:00-05:00")


@contextmanager
def a_world():
    with time_machine.travel(MORNING, tick=False) as clock:
        yield soak.make_world(clock)


@pytest.mark.django_db
def test_no_order_of_acts_gives_a_dose_the_protocol_does_not_allow():
    seed = random.SystemRandom().randrange(10**8)

    report = soak.run(STEPS, seed)

    print(f"seed {seed}", report.injected, report.figures)
    assert report.broken == []
    assert report.figures["doses"] >= 3
    assert {"first dose", "refused: first dose", "refused: make ready", "refused: override"} <= {*report.injected}


def test_the_account_imports_no_rule_and_knows_the_items_of_the_gate():
    text = Path(dose_ledger.__file__).read_text(encoding="utf-8")

    assert re.findall(r"^(?:from|import) (sessions|screening|patients|kap_clinic)", text, re.MULTILINE) == []
    assert list(dose_ledger.ITEMS) == GateItem.values


# Each item, made to fail alone


def weeks_later(walk, *set_aside):
    """31 days after screening, weight and the last visit: three items fail at once, and all but one are set aside."""
    walk.wait(days=23)
    soak.ask_all_but(walk)
    for code in set_aside:
        soak.set_aside(walk, code)


def an_hour_later(walk, *but):
    walk.wait(minutes=61)
    soak.ask_all_but(walk, *but)


def a_test_of_last_week(walk):
    soak.tested_negative(walk)
    soak.says_pregnant(walk, {"pregnancy": True})
    walk.wait(days=8)
    soak.ask_all_but(walk)


def dosed_before(walk, hours, integrated):
    soak.try_to_dose(walk)
    soak.another_day(walk, hours=hours, integrated=integrated)


def esketamine(walk):
    soak.order_esketamine(walk)
    soak.ask_without_spray(walk)


ALONE = {
    "screening-current": lambda walk: weeks_later(walk, "integration-done", "weight-current"),
    "changes-since-last": lambda walk: an_hour_later(walk, Check.CHANGES),
    "medications-reconciled": soak.harmless_medicine,
    "suicide-check": lambda walk: an_hour_later(walk, Check.ASQ),
    "vitals-today": lambda walk: soak.baseline(walk, "too high"),
    "weight-current": lambda walk: weeks_later(walk, "integration-done", "screening-current"),
    "pregnancy-current": a_test_of_last_week,
    "consents-valid": lambda walk: soak.take_back(walk, ConsentKind.FINANCIAL),
    "consent-today": lambda walk: soak.consent_today(walk, yes=False),
    "preparation-done": soak.plan_preparations,
    "integration-done": lambda walk: dosed_before(walk, 72, integrated=False),
    "order-valid": lambda walk: soak.weigh(walk, "78"),
    "interval-ok": lambda walk: dosed_before(walk, 24, integrated=True),
    "fasting-ok": soak.ask_ate_lately,
    "substances-ok": soak.ask_drank,
    "escort-confirmed": soak.ask_escort_far,
    "staff-ready": soak.ask_equipment_wanting,
    "no-open-serious-event": soak.serious_event,
    "labs-ok": soak.strike_lab,
    "telehealth-law-ok": soak.toggle_video,
    "rems-ok": esketamine,
    "course-open": soak.hold,
    "no-open-critical-task": soak.critical_task,
}


def taken(world, *acts, looks=True):
    """What broke while these were done from the open gate, and what the account says is not met then."""
    with soak.at_the_gate(world, looks) as walk:
        for act in acts:
            if words := soak.told(walk, lambda act=act: act(walk)):
                return words, set()
        return "", walk.ledger.unmet(walk.now)


@pytest.mark.django_db
def test_each_item_fails_alone_and_then_nothing_is_given():
    with a_world() as world:
        for code, act in ALONE.items():
            assert taken(world, act) == ("", {code}), code
            assert taken(world, act, soak.try_to_dose, looks=False)[0] == "", code


# Faults put in on purpose: one for each item, and one for each other promise


def is_always_met(code):
    def fault(monkeypatch):
        monkeypatch.setitem(
            items.ITEMS, code, replace(items.ITEMS[code], find=lambda facts: found.met("As it should."))
        )

    return fault


def what_nobody_overrides_is_overridden(monkeypatch):
    code = GateItem.SUBSTANCES_OK
    monkeypatch.setitem(items.ITEMS, code, replace(items.ITEMS[code], never=False))


def a_seed_class_is_overridden(monkeypatch):
    real = asked_today.medicines
    code = GateItem.MEDICATIONS_RECONCILED
    monkeypatch.setitem(
        items.ITEMS, code, replace(items.ITEMS[code], find=lambda facts: replace(real(facts), fixed=""))
    )


def anybody_overrides(monkeypatch):
    real = items.reasons_against_override
    monkeypatch.setattr(
        "sessions.gate.rules.reasons_against_override",
        lambda result, **how: real(result, **how | {"role": "prescriber"}),
    )


def a_word_is_reason_enough(monkeypatch):
    monkeypatch.setattr(items, "REASON_LENGTH", 1)


def what_was_asked_stays_fresh(monkeypatch):
    monkeypatch.setattr(found, "is_fresh", lambda facts, moment: True)


def the_gate_is_not_asked_again(monkeypatch):
    monkeypatch.setattr(doses, "gate_reasons", lambda dosing, now: [])


def the_mg_of_the_order_do_not_count(monkeypatch):
    monkeypatch.setattr(dose_rules, "_above", lambda *_: iter(()))


def the_gap_does_not_count(monkeypatch):
    monkeypatch.setattr(dose_rules, "_gap", lambda order: 0)


def boosters_are_not_counted(monkeypatch):
    monkeypatch.setattr(dose_rules, "boosters_left", lambda order, before: 1)


def ready_never_expires(monkeypatch):
    monkeypatch.setattr(dose_rules, "has_expired", lambda ready_at, now: False)


def amber_does_not_count(monkeypatch):
    real = dose_rules._against_patient
    monkeypatch.setattr(
        dose_rules, "_against_patient", lambda patient, *rest: real(replace(patient, gravest=EXPECTED), *rest)
    )


def an_open_alert_does_not_count(monkeypatch):
    real = dose_rules._against_patient
    monkeypatch.setattr(
        dose_rules,
        "_against_patient",
        lambda patient, *rest: real(replace(patient, gravest=EXPECTED, open_alerts=()), *rest),
    )


def a_time_is_set_back_without_end(monkeypatch):
    monkeypatch.setattr(dose_rules, "SET_BACK", timedelta(days=1))


def one_is_ones_own_witness(monkeypatch):
    monkeypatch.setattr(doses, "reasons_against_looker", lambda **how: [])


def the_second_look_is_at_once(monkeypatch):
    monkeypatch.setattr(dose_rules, "SECOND_LOOK", timedelta(0))


def anybody_gives_a_booster(monkeypatch):
    monkeypatch.setattr(doses, "reasons_against_giver", lambda role: [])


def dosed(walk):
    soak.new_order(walk, boosters=1)
    soak.try_to_dose(walk)


def after(minutes, values=soak.WELL):
    def act(walk):
        walk.wait(minutes=minutes)
        soak.read(walk, values)

    return act


def gives(mg, **how):
    return lambda walk: soak.give(walk, soak.How(Decimal(mg), **how))


def amber_and_back(walk):
    soak.read(walk, soak.HIGH)
    walk.wait(minutes=1)
    soak.acknowledge(walk, random.Random(1))
    soak.read(walk, soak.WELL)


def passes(**span):
    return lambda walk: walk.wait(**span)


def aside(code, **how):
    return lambda walk: soak.set_aside(walk, code, **how)


FAULTS = (
    *((is_always_met(code), (act, soak.try_to_dose)) for code, act in ALONE.items()),
    (what_nobody_overrides_is_overridden, (soak.ask_drank, aside("substances-ok"))),
    (a_seed_class_is_overridden, (soak.seed_medicine, aside("medications-reconciled"))),
    (anybody_overrides, (soak.ask_ate_lately, aside("fasting-ok", role="nurse"))),
    (a_word_is_reason_enough, (soak.ask_ate_lately, aside("fasting-ok", reason=soak.SHORT))),
    (what_was_asked_stays_fresh, (lambda walk: an_hour_later(walk, Check.SUBSTANCES), soak.try_to_dose)),
    (the_gate_is_not_asked_again, (soak.make_ready, soak.ask_drank, gives("35"))),
    (the_mg_of_the_order_do_not_count, (lambda walk: soak.try_to_dose(walk, Decimal("35.01")),)),
    (the_gap_does_not_count, (dosed, after(12), gives("20"))),
    (boosters_are_not_counted, (dosed, after(16), gives("20"), after(16), gives("20"))),
    (ready_never_expires, (soak.make_ready, passes(minutes=30), soak.ask_all_but, gives("35"))),
    (amber_does_not_count, (dosed, passes(minutes=15), amber_and_back, gives("20"))),
    (an_open_alert_does_not_count, (dosed, after(16, soak.HIGH), gives("20"))),
    (a_time_is_set_back_without_end, (soak.make_ready, passes(minutes=7), gives("35", back=6))),
    (one_is_ones_own_witness, (soak.make_ready, gives("35", looker="nurse"))),
    (the_second_look_is_at_once, (soak.make_ready, gives("35", looker="", alone=59))),
    (anybody_gives_a_booster, (dosed, after(16), gives("20", role="therapist", looker="nurse"))),
)


@pytest.mark.slow
@pytest.mark.django_db
def test_each_fault_put_in_on_purpose_is_found():
    with a_world() as world:
        for number, (fault, acts) in enumerate(FAULTS):
            named = list(ALONE)[number] if number < len(ALONE) else fault.__name__
            assert taken(world, *acts, looks=False)[0] == "", f"{named}: without the fault nothing is broken"
            with pytest.MonkeyPatch.context() as monkeypatch:
                fault(monkeypatch)
                words, _ = taken(world, *acts, looks=False)
            print(named, words[:150])
            assert words, named


# What the walk has found, and was mended

REFUSED = {
    "a therapist gives no booster": {"role": "therapist", "looker": "nurse"},
    "a second look is not still to come": {"looker": "", "alone": 5, "ahead": 60},
    "it is the amount that was looked at": {"looker": "", "alone": 61, "looks_at": Decimal(10)},
    "a clock that runs ahead shortens no gap": {"back": -2},
}


@pytest.mark.django_db
def test_a_booster_is_refused_that_nobody_may_give_or_that_was_not_looked_at_twice_or_comes_too_early():
    with a_world() as world:
        for words, how in REFUSED.items():
            minutes = 11 if "back" in how else 16
            assert taken(world, dosed, after(minutes), refuses_booster(**how))[0] == "", words


def refuses_booster(**how):
    def act(walk):
        before = walk.injected["refused: booster dose"]
        soak.give(walk, soak.How(Decimal(20), **how))
        assert walk.injected["refused: booster dose"] == before + 1

    return act
