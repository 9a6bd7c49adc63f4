"""Truth tables of the gate: each item met, not met, not checked, expired; overridden where allowed, else refused.

Protocol 4 and 5; numbers of dosing-reference 1.2, 3.1, 8 and screening-rules 25, 26.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sessions.gate import rules
from sessions.gate.rules import facts as f
from sessions.gate.terms import Check, EquipmentPart, GateItem, ItemState, Topic

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 10:00 in New York
TODAY = date(2026, 11, 24)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
REASON = "Seen by me this morning; the risk is small and is watched closely."
PASS, FAIL, OPEN, SET_ASIDE = ItemState.PASS, ItemState.FAIL, ItemState.NOT_CHECKED, ItemState.OVERRIDDEN


def ago(length):
    return (NOW - length).isoformat()


def said(data, *, minutes=10, by="Jo Winter", role="nurse"):
    return f.Answer(NOW - minutes * MINUTE, by, role, data)


NOTHING_NEW = {"topics": {topic.value: "no" for topic in Topic}}
ANSWERS = {
    Check.CHANGES: said(NOTHING_NEW),
    Check.MEDICINES: said({"list_is_right": "yes", "taken": {"m1": ago(30 * HOUR)}}),
    Check.CONSENT_TODAY: said({"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 1}),
    Check.FASTING: said({"solids_at": ago(8 * HOUR), "liquids_at": ago(3 * HOUR)}),
    Check.SUBSTANCES: said({"alcohol": "no", "cannabis": "no", "other": "no", "intoxicated": "no"}),
    Check.ESCORT: said({"name": "Ada Berg", "phone": "+16175550101", "adult": "yes", "how": "in_person"}),
    Check.STAFF: said({"therapist": 1, "therapist_name": "Alex Moreno", "clinician": 2, "clinician_name": "Jo Winter"}),
    Check.EQUIPMENT: said({"items": EquipmentPart.values}),
}
CALM = {"systolic": 122, "diastolic": 78, "heart_rate": 68, "spo2": 98, "temperature_c": 36.6}
LIVER = {"alt": TODAY - 9 * DAY, "alp": TODAY - 9 * DAY, "ggt": TODAY - 9 * DAY, "bilirubin": TODAY - 9 * DAY}
HOLD = f.Held("h1", "Adderall", "hold", "m1", hours_before=24)


def baseline(*, minutes=5, rested=6, **values):
    return f.Baseline("v1", NOW - minutes * MINUTE, "Jo Winter", CALM | values, rested)


def asq(band="negative", *, minutes=10, complete=True, assessed=False):
    return f.SuicideCheck(NOW - minutes * MINUTE, "ASQ", band, complete, assessed)


OPEN_GATE = f.GateFacts(
    now=NOW,
    zone="America/New_York",
    route="im",
    answers=ANSWERS,
    screened=f.Screened(3, TODAY - 5 * DAY, TODAY - 5 * DAY),
    medicines=f.Medicines((f.Listed("m1", "Adderall", "current"),), (HOLD,), NOW - 3 * HOUR),
    suicide=(asq(),),
    baseline=baseline(),
    weighed=f.Weighed(Decimal("71.4"), NOW - 3 * DAY),
    pregnancy=f.Pregnancy("not_possible"),
    consents=f.Consents((), 2, TODAY - 9 * DAY),
    preparation=f.Preparation((NOW - 8 * DAY, NOW - 2 * DAY), 2),
    integration=f.Integration(last_contact=NOW - 2 * DAY),
    ordered=f.Ordered("50 mg, Intramuscular", "im", TODAY - 2 * DAY),
    spacing=f.Spacing(),
    still_open=f.StillOpen(),
    labs=f.Labs(LIVER, repeated=True),
    stage="dosing_series",
    critical=(),
)


def with_(**changes):
    return replace(OPEN_GATE, **changes)


def saying(check, data=None, *, minutes=10, **changes):
    """The open gate with another answer to one check; None: not asked."""
    answers = {key: value for key, value in ANSWERS.items() if key != check}
    if data is not None or changes:
        given = data if data is not None else {**ANSWERS[check].data, **changes}
        answers[check] = said(given, minutes=minutes)
    return with_(answers=answers)


def item(facts, code):
    return next(one for one in rules.items(facts) if one.code == code)


def test_a_gate_with_every_fact_in_order_is_open_and_has_23_items():
    found = rules.items(OPEN_GATE)

    assert [(one.code, one.state) for one in found] == [(code, PASS) for code in GateItem]
    assert [one.number for one in found] == list(range(1, 24))
    assert rules.is_open(found)


def test_a_gate_without_any_fact_has_nothing_met_but_what_does_not_apply():
    found = rules.items(f.GateFacts(NOW, "America/New_York"))

    assert {one.code for one in found if one.is_met} == {GateItem.TELEHEALTH_LAW_OK}
    assert {one.state for one in found if not one.is_met} == {OPEN}
    assert not rules.is_open(found)


def test_an_item_left_out_never_opens_the_gate():
    assert not rules.is_open(rules.items(OPEN_GATE)[:-1])
    assert not rules.is_open([])


I = GateItem  # noqa: E741
SCREENED = OPEN_GATE.screened
IN_SERIES = f.Preparation((NOW - 60 * DAY, NOW - 50 * DAY), 2, first_dose_at=NOW - 40 * DAY)
TABLE = [
    # 1 screening-current: 30 days before a first dose, 90 within the series, eligible, conditions confirmed
    (I.SCREENING_CURRENT, {"screened": None}, OPEN, "No screening"),
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, full_on=TODAY - 30 * DAY)}, PASS, ""),
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, full_on=TODAY - 31 * DAY)}, FAIL, "older than 30 days"),
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, full_on=None)}, FAIL, "older than 30 days"),
    (
        I.SCREENING_CURRENT,
        {"screened": replace(SCREENED, full_on=TODAY - 90 * DAY), "preparation": IN_SERIES},
        PASS,
        "",
    ),
    (
        I.SCREENING_CURRENT,
        {"screened": replace(SCREENED, full_on=TODAY - 91 * DAY), "preparation": IN_SERIES},
        FAIL,
        "older than 90 days",
    ),
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, reasons=("It waits.",))}, FAIL, "It waits."),
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, conditions=("Call the GP",))}, FAIL, "not confirmed today"),
    # 6 weight-current: 30 days
    (I.WEIGHT_CURRENT, {"weighed": None}, OPEN, "Never weighed"),
    (I.WEIGHT_CURRENT, {"weighed": f.Weighed(Decimal("70"), NOW - 30 * DAY)}, PASS, "70 kg"),
    (I.WEIGHT_CURRENT, {"weighed": f.Weighed(Decimal("70"), NOW - 31 * DAY)}, FAIL, "older than 30 days"),
    # 7 pregnancy-current: not possible, or negative within 7 days
    (I.PREGNANCY_CURRENT, {"pregnancy": None}, OPEN, "never asked"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("possible", "negative", TODAY - 7 * DAY)}, PASS, "negative"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("possible", "negative", TODAY - 8 * DAY)}, FAIL, "7 days"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("unsure")}, FAIL, "not sure"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("possible", "unclear", TODAY)}, FAIL, "not sure"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("not_possible", "positive", TODAY)}, FAIL, "positive"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("pregnant")}, FAIL, "Pregnant"),
    # 8 consents-valid
    (I.CONSENTS_VALID, {"consents": None}, OPEN, "not known"),
    (I.CONSENTS_VALID, {"consents": f.Consents(("The privacy consent ran out.",))}, FAIL, "ran out"),
    # 10 preparation-done: as planned, 3 after trauma, 24 hours to 90 days before the first dose
    (I.PREPARATION_DONE, {"preparation": None}, OPEN, "not known"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 2 * DAY,), 2)}, FAIL, "1 of 2"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((), 1)}, FAIL, "0 of 1"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 2 * DAY,) * 2, 1, True)}, FAIL, "2 of 3"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 2 * DAY,) * 3, 1, True)}, PASS, "3 done"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 24 * HOUR,), 1)}, PASS, ""),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 24 * HOUR + MINUTE,), 1)}, FAIL, "24 h"),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 90 * DAY,), 1)}, PASS, ""),
    (I.PREPARATION_DONE, {"preparation": f.Preparation((NOW - 91 * DAY,), 1)}, FAIL, "90 days"),
    (
        I.PREPARATION_DONE,
        {"preparation": f.Preparation((NOW - 120 * DAY,), 1, first_dose_at=NOW - 100 * DAY)},
        PASS,
        "",
    ),
    # 11 integration-done: after the dose before, or waived; after 30 days ask again
    (I.INTEGRATION_DONE, {"integration": None}, OPEN, "not known"),
    (I.INTEGRATION_DONE, {"integration": f.Integration(NOW - 5 * DAY, NOW - 3 * DAY)}, PASS, "Integration after"),
    (I.INTEGRATION_DONE, {"integration": f.Integration(NOW - 5 * DAY)}, FAIL, "No integration"),
    (I.INTEGRATION_DONE, {"integration": f.Integration(last_contact=NOW - 30 * DAY)}, PASS, ""),
    (I.INTEGRATION_DONE, {"integration": f.Integration(last_contact=NOW - 31 * DAY)}, FAIL, "30 days"),
    (
        I.INTEGRATION_DONE,
        {"integration": f.Integration(last_contact=NOW - 31 * DAY, scales_at=NOW - 1 * DAY)},
        PASS,
        "",
    ),
    # 12 order-valid
    (I.ORDER_VALID, {"ordered": None}, OPEN, "No dose order"),
    (
        I.ORDER_VALID,
        {"ordered": f.Ordered("50 mg", "im", TODAY, ("It ended.",))},
        FAIL,
        "It ended.",
    ),
    # 13 interval-ok
    (I.INTERVAL_OK, {"spacing": None}, OPEN, "not known"),
    (I.INTERVAL_OK, {"spacing": f.Spacing(NOW - DAY, ("The last dose was 24 h ago.",))}, FAIL, "24 h ago"),
    (I.INTERVAL_OK, {"spacing": f.Spacing(NOW - 3 * DAY, (), ("3 is the most.",))}, FAIL, "3 is the most"),
    # 18 no-open-serious-event
    (I.NO_OPEN_SERIOUS_EVENT, {"still_open": None}, OPEN, "not known"),
    (I.NO_OPEN_SERIOUS_EVENT, {"still_open": f.StillOpen(("seizure of 3 Nov 2026",))}, FAIL, "Not signed: seizure"),
    (I.NO_OPEN_SERIOUS_EVENT, {"still_open": f.StillOpen((), ("SpO2 89",))}, FAIL, "Alert still open"),
    # 19 labs-ok: four liver tests, 3 months, 10 doses
    (I.LABS_OK, {"labs": None}, OPEN, "not known"),
    (I.LABS_OK, {"labs": f.Labs({}, repeated=False)}, PASS, "single dose"),
    (I.LABS_OK, {"labs": f.Labs({"alt": TODAY}, repeated=True)}, OPEN, "ALP, GGT, bilirubin"),
    (I.LABS_OK, {"labs": f.Labs(dict.fromkeys(LIVER, TODAY - 92 * DAY), True)}, PASS, ""),
    (I.LABS_OK, {"labs": f.Labs(dict.fromkeys(LIVER, TODAY - 93 * DAY), True)}, FAIL, "3 months"),
    (I.LABS_OK, {"labs": f.Labs(LIVER, True, 9)}, PASS, ""),
    (I.LABS_OK, {"labs": f.Labs(LIVER, True, 10)}, FAIL, "10 doses"),
    # 20 telehealth-law-ok and 21 rems-ok: switched off, and what they ask when switched on
    (I.TELEHEALTH_LAW_OK, {"remote": True}, FAIL, "switched off"),
    (I.TELEHEALTH_LAW_OK, {"remote": True, "numbers": f.Numbers(remote=True)}, PASS, "31 Dec 2026"),
    (
        I.TELEHEALTH_LAW_OK,
        {"remote": True, "numbers": f.Numbers(remote=True, telehealth_until="2026-11-23")},
        FAIL,
        "ended on 23 Nov 2026",
    ),
    (
        I.TELEHEALTH_LAW_OK,
        {
            "remote": True,
            "numbers": f.Numbers(remote=True, telehealth_until="2026-11-23"),
            "in_person_on": date(2026, 9, 2),
        },
        PASS,
        "in person",
    ),
    (I.REMS_OK, {"route": "esk"}, FAIL, "switched off"),
    (I.REMS_OK, {"route": "esk", "numbers": f.Numbers(esk=True)}, OPEN, "not recorded"),
    (I.REMS_OK, {"route": ""}, OPEN, "not known"),
    (I.REMS_OK, {"route": "sl"}, PASS, "Not esketamine"),
    # 22 course-open
    (I.COURSE_OPEN, {"stage": ""}, OPEN, "not known"),
    (I.COURSE_OPEN, {"stage": "maintenance"}, PASS, "Maintenance"),
    *[
        (I.COURSE_OPEN, {"stage": stage}, FAIL, stage.replace("_", " "))
        for stage in ("on_hold", "preparation", "closing", "completed", "declined", "ended_early", "enrolled")
    ],
    # 23 no-open-critical-task
    (I.NO_OPEN_CRITICAL_TASK, {"critical": None}, OPEN, "not known"),
    (I.NO_OPEN_CRITICAL_TASK, {"critical": ("ASQ: acute",)}, FAIL, "ASQ: acute"),
    # 4 suicide-check: today, finished, positive ones assessed and decided, acute never
    (I.SUICIDE_CHECK, {"suicide": ()}, OPEN, "Not asked"),
    (I.SUICIDE_CHECK, {"suicide": (asq(minutes=60),)}, PASS, "negative"),
    (I.SUICIDE_CHECK, {"suicide": (asq(minutes=61),)}, OPEN, "again"),
    (I.SUICIDE_CHECK, {"suicide": (asq("", complete=False),)}, OPEN, "not finished"),
    (I.SUICIDE_CHECK, {"suicide": (asq("non_acute_positive"),)}, FAIL, "assessment is not recorded"),
    (I.SUICIDE_CHECK, {"suicide": (asq("non_acute_positive", assessed=True),)}, PASS, "assessed and decided"),
    (I.SUICIDE_CHECK, {"suicide": (asq("acute_positive", assessed=True),)}, FAIL, "No dose today"),
    (I.SUICIDE_CHECK, {"suicide": (asq("positive_acuity_unknown"),)}, FAIL, "acuity not established"),
    (I.SUICIDE_CHECK, {"suicide": (asq(), asq("acute_positive", minutes=90))}, FAIL, "No dose today"),
    (I.SUICIDE_CHECK, {"suicide": (asq(), asq("non_acute_positive", minutes=90))}, FAIL, "not recorded"),
    (I.SUICIDE_CHECK, {"suicide": (asq("low"),)}, PASS, "negative"),
    (I.SUICIDE_CHECK, {"suicide": (asq("high", assessed=True),)}, FAIL, "No dose today"),
    # 5 vitals-today: age, rest, SpO2, bands at their edges
    (I.VITALS_TODAY, {"baseline": None}, OPEN, "No baseline"),
    (I.VITALS_TODAY, {"baseline": baseline(minutes=15)}, PASS, "122/78"),
    (I.VITALS_TODAY, {"baseline": baseline(minutes=16)}, OPEN, "older than 15 min"),
    (I.VITALS_TODAY, {"baseline": baseline(rested=4)}, OPEN, "rest"),
    (I.VITALS_TODAY, {"baseline": baseline(rested=None)}, OPEN, "rest"),
    (I.VITALS_TODAY, {"baseline": baseline(spo2=None)}, OPEN, "oxygen saturation"),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=None)}, OPEN, "systolic"),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=70, diastolic=80)}, OPEN, "Cannot be used"),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=139, diastolic=89)}, PASS, ""),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=140)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(diastolic=90)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=160)}, FAIL, "No dose today"),
    (I.VITALS_TODAY, {"baseline": baseline(diastolic=100)}, FAIL, "No dose today"),
    (I.VITALS_TODAY, {"baseline": baseline(systolic=89)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(heart_rate=100)}, PASS, ""),
    (I.VITALS_TODAY, {"baseline": baseline(heart_rate=101)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(heart_rate=120)}, FAIL, "No dose today"),
    (I.VITALS_TODAY, {"baseline": baseline(heart_rate=39)}, FAIL, "No dose today"),
    (I.VITALS_TODAY, {"baseline": baseline(spo2=95)}, PASS, ""),
    (I.VITALS_TODAY, {"baseline": baseline(spo2=94)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(spo2=91)}, FAIL, "No dose today"),
    (I.VITALS_TODAY, {"baseline": baseline(temperature_c=38.0)}, FAIL, "not acknowledged"),
    (I.VITALS_TODAY, {"baseline": baseline(temperature_c=None)}, PASS, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "state", "words"), TABLE)
def test_each_item_on_file_and_measured_says_what_it_is(code, changes, state, words):
    found = item(with_(**changes), code)

    assert found.state == state
    assert words in found.fact
    assert rules.is_open(rules.items(with_(**changes))) == (state == PASS)


SUBSTANCES = {"alcohol": "Alcohol", "cannabis": "Cannabis", "other": "Another", "intoxicated": "Looks"}
ASKED = [
    # 2 changes-since-last
    (I.CHANGES_SINCE_LAST, Check.CHANGES, {"topics": {**NOTHING_NEW["topics"], "sleep": "yes"}}, PASS, "New: sleep"),
    (I.CHANGES_SINCE_LAST, Check.CHANGES, {"risen": True}, PASS, "Nothing new"),
    (I.CHANGES_SINCE_LAST, Check.CHANGES, {"full_again": True}, FAIL, "full screening again"),
    (I.CHANGES_SINCE_LAST, Check.CHANGES, {"topics": {"illness": "no"}}, OPEN, "Not every change"),
    # 3 medications-reconciled
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"list_is_right": "no"}, FAIL, "not right"),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {}}, FAIL, "not known"),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {"m1": "none"}}, PASS, "1 on the list"),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {"m1": ago(24 * HOUR)}}, PASS, ""),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {"m1": ago(24 * HOUR - MINUTE)}}, FAIL, "ordered to be held"),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {"m1": "2026-11-23"}}, FAIL, "ordered to be held"),
    (I.MEDICATIONS_RECONCILED, Check.MEDICINES, {"taken": {"m1": "2026-11-22"}}, PASS, ""),
    # 9 consent-today
    *[
        (I.CONSENT_TODAY, Check.CONSENT_TODAY, {key: value}, FAIL, words)
        for key, words in (("sober", "Not sober"), ("oriented", "Not oriented"), ("says_yes", "not say yes"))
        for value in ("no", None)
    ],
    (I.CONSENT_TODAY, Check.CONSENT_TODAY, {"touch_level": 2}, PASS, "touch level 2"),
    (I.CONSENT_TODAY, Check.CONSENT_TODAY, {"touch_level": 3}, FAIL, "above the signed level"),
    (I.CONSENT_TODAY, Check.CONSENT_TODAY, {"touch_level": None}, OPEN, "not confirmed"),
    # 14 fasting-ok, by injection
    (I.FASTING_OK, Check.FASTING, {"solids_at": ago(6 * HOUR)}, PASS, "Fasted"),
    (I.FASTING_OK, Check.FASTING, {"solids_at": ago(6 * HOUR - MINUTE)}, FAIL, "at least 6 h"),
    (I.FASTING_OK, Check.FASTING, {"liquids_at": ago(2 * HOUR)}, PASS, ""),
    (I.FASTING_OK, Check.FASTING, {"liquids_at": ago(2 * HOUR - MINUTE)}, FAIL, "at least 2 h"),
    (I.FASTING_OK, Check.FASTING, {"liquids_at": None}, FAIL, "not known"),
    (I.FASTING_OK, Check.FASTING, {"solids_at": "none"}, PASS, ""),
    # 15 substances-ok
    *[
        (I.SUBSTANCES_OK, Check.SUBSTANCES, {key: value}, FAIL, words)
        for key, words in SUBSTANCES.items()
        for value in ("yes", "unsure", None)
    ],
    # 16 escort-confirmed
    (I.ESCORT_CONFIRMED, Check.ESCORT, {"how": "not_in_person"}, FAIL, "does not come in person"),
    (I.ESCORT_CONFIRMED, Check.ESCORT, {"phone": ""}, OPEN, "phone is not known"),
    (I.ESCORT_CONFIRMED, Check.ESCORT, {"name": ""}, OPEN, "name is not known"),
    (I.ESCORT_CONFIRMED, Check.ESCORT, {"adult": "no"}, OPEN, "adult"),
    # 17 staff-ready
    (I.STAFF_READY, Check.STAFF, {"therapist": None}, FAIL, "No trained therapist"),
    (I.STAFF_READY, Check.STAFF, {"clinician": None}, FAIL, "clinician on site"),
    (I.STAFF_READY, Check.STAFF, {"clinician": 1}, FAIL, "drug and therapy alone"),
    (I.STAFF_READY, Check.EQUIPMENT, {"items": ["cuff"]}, FAIL, "Not in order"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "check", "changes", "state", "words"), ASKED)
def test_each_answer_of_the_day_says_what_it_is(code, check, changes, state, words):
    facts = saying(check, **changes)

    found = item(facts, code)

    assert found.state == state
    assert words in found.fact


DAY_OF = {
    I.CHANGES_SINCE_LAST: Check.CHANGES,
    I.MEDICATIONS_RECONCILED: Check.MEDICINES,
    I.CONSENT_TODAY: Check.CONSENT_TODAY,
    I.FASTING_OK: Check.FASTING,
    I.SUBSTANCES_OK: Check.SUBSTANCES,
    I.ESCORT_CONFIRMED: Check.ESCORT,
    I.STAFF_READY: Check.STAFF,
}


@pytest.mark.parametrize(("code", "check"), DAY_OF.items())
def test_what_is_asked_on_the_day_holds_for_an_hour_to_the_minute(code, check):
    data = ANSWERS[check].data

    assert item(saying(check, data, minutes=60), code).state == PASS
    assert item(saying(check, data, minutes=61), code).state == OPEN
    assert item(saying(check, data, minutes=-1), code).state == OPEN
    assert item(saying(check), code).state == OPEN


def test_a_day_of_item_knows_when_it_stops_being_fresh():
    assert item(OPEN_GATE, I.FASTING_OK).until == NOW + 50 * MINUTE
    assert item(OPEN_GATE, I.VITALS_TODAY).until == NOW + 10 * MINUTE
    assert {one.code for one in rules.items(OPEN_GATE) if one.day_of} == {*DAY_OF, I.SUICIDE_CHECK, I.VITALS_TODAY}


def test_the_clinic_may_make_the_hour_shorter():
    strict = replace(OPEN_GATE, numbers=f.Numbers(fresh_minutes=30))

    assert item(replace(strict, answers={**ANSWERS, Check.FASTING: said({}, minutes=31)}), I.FASTING_OK).state == OPEN


@pytest.mark.parametrize(
    ("route", "data", "state"),
    [
        ("iv", {"solids_at": ago(6 * HOUR), "liquids_at": ago(2 * HOUR)}, PASS),
        ("sl", {"solids_at": ago(4 * HOUR)}, PASS),
        ("sl", {"solids_at": ago(4 * HOUR - MINUTE)}, FAIL),
        ("in", {"solids_at": ago(4 * HOUR), "nasal_at": ago(HOUR)}, PASS),
        ("in", {"solids_at": ago(4 * HOUR), "nasal_at": ago(HOUR - MINUTE)}, FAIL),
        ("in", {"solids_at": ago(4 * HOUR)}, FAIL),
        ("esk", {"solids_at": ago(2 * HOUR), "liquids_at": ago(30 * MINUTE), "nasal_at": "none"}, PASS),
        ("esk", {"solids_at": ago(2 * HOUR), "liquids_at": ago(29 * MINUTE), "nasal_at": "none"}, FAIL),
        ("", {"solids_at": ago(9 * HOUR)}, OPEN),
    ],
)
def test_fasting_is_asked_by_route(route, data, state):
    facts = replace(saying(Check.FASTING, data), route=route)

    assert item(facts, I.FASTING_OK).state == state


def test_a_lozenge_needs_no_clinician_on_site_and_one_person_may_do_both():
    assert item(replace(saying(Check.STAFF, clinician=None), route="sl"), I.STAFF_READY).state == PASS
    assert item(replace(saying(Check.STAFF, clinician=1), route="sl"), I.STAFF_READY).state == PASS
    assert item(replace(saying(Check.STAFF, clinician=None), route="in"), I.STAFF_READY).state == FAIL


def test_equipment_is_signed_today_and_not_only_within_the_hour():
    morning = {**ANSWERS, Check.EQUIPMENT: said({"items": EquipmentPart.values}, minutes=240)}
    yesterday = {**ANSWERS, Check.EQUIPMENT: said({"items": EquipmentPart.values}, minutes=24 * 60)}

    assert item(with_(answers=morning), I.STAFF_READY).state == PASS
    assert item(with_(answers=yesterday), I.STAFF_READY).state == FAIL


def test_a_change_that_makes_the_screening_worse_holds_until_the_prescriber_has_decided():
    worse = {"topics": {**NOTHING_NEW["topics"], "bladder": "yes"}, "risen": True, "words": "Burning"}
    asked = {**ANSWERS, Check.CHANGES: said(worse)}
    waiting = replace(SCREENED, reasons=("The screening waits for the prescriber.",))

    assert item(with_(answers=asked, screened=waiting), I.CHANGES_SINCE_LAST).state == FAIL
    assert item(with_(answers=asked), I.CHANGES_SINCE_LAST).state == PASS
    assert item(with_(answers=asked), I.CHANGES_SINCE_LAST).caution == "Burning"


def test_a_full_screening_of_today_settles_what_asked_for_one():
    asked = saying(Check.CHANGES, full_again=True)

    assert item(replace(asked, screened=replace(SCREENED, full_on=TODAY)), I.CHANGES_SINCE_LAST).state == PASS


def test_a_list_that_changed_after_it_was_confirmed_is_confirmed_again():
    later = replace(OPEN_GATE.medicines, changed_at=NOW - MINUTE)

    assert item(with_(medicines=later), I.MEDICATIONS_RECONCILED).state == FAIL


def test_a_taper_is_confirmed_as_ordered_and_what_goes_on_is_not_asked():
    taper = f.Held("h2", "Klonopin", "taper", words="Half a tablet until Friday")
    goes_on = f.Held("h3", "Lisinopril", "continue")
    held = replace(OPEN_GATE.medicines, holds=(taper, goes_on))
    kept = {"list_is_right": "yes", "taken": {"m1": "none"}, "kept": {"h2": "yes"}}

    assert item(with_(medicines=held), I.MEDICATIONS_RECONCILED).state == FAIL
    assert item(replace(saying(Check.MEDICINES, kept), medicines=held), I.MEDICATIONS_RECONCILED).state == PASS


def test_a_held_medicine_that_is_not_on_the_list_is_asked_by_its_hold():
    held = f.Medicines((), (f.Held("c1", "Viagra", "hold", "", 48),), None)
    facts = with_(medicines=held)

    assert item(facts, I.MEDICATIONS_RECONCILED).state == FAIL
    taken = {"list_is_right": "yes", "taken": {"c1": ago(48 * HOUR)}}
    assert item(replace(saying(Check.MEDICINES, taken), medicines=held), I.MEDICATIONS_RECONCILED).state == PASS


def test_the_prescriber_acknowledges_a_caution_by_name_of_that_very_reading():
    high = baseline(systolic=150)
    seen = said({"vitals": "v1"}, by="Dr N. Okafor", role="prescriber")
    other = said({"vitals": "v0"}, by="Dr N. Okafor", role="prescriber")

    found = item(with_(baseline=high, answers={**ANSWERS, Check.VITALS_SEEN: seen}), I.VITALS_TODAY)
    assert found.state == PASS
    assert "Dr N. Okafor" in found.fact
    assert "Systolic pressure is 150" in found.caution
    assert item(with_(baseline=high, answers={**ANSWERS, Check.VITALS_SEEN: other}), I.VITALS_TODAY).state == FAIL


def test_what_a_prescriber_decides_of_a_low_pressure_has_a_reason():
    low = baseline(systolic=88)
    seen = said({"vitals": "v1", "words": "Fine"})
    decided = said({"vitals": "v1", "words": "Usual for this patient, well and steady on standing"})

    assert item(with_(baseline=low, answers={**ANSWERS, Check.VITALS_SEEN: seen}), I.VITALS_TODAY).state == FAIL
    assert item(with_(baseline=low, answers={**ANSWERS, Check.VITALS_SEEN: decided}), I.VITALS_TODAY).state == PASS


def test_an_acknowledgement_never_lets_a_stop_pass():
    seen = said({"vitals": "v1", "words": REASON})
    found = item(with_(baseline=baseline(systolic=162), answers={**ANSWERS, Check.VITALS_SEEN: seen}), I.VITALS_TODAY)

    assert (found.state, found.may_override) == (FAIL, False)


def test_pregnancy_that_became_possible_today_needs_a_test():
    new = saying(Check.CHANGES, {"topics": {**NOTHING_NEW["topics"], "pregnancy": "unsure"}})

    assert item(new, I.PREGNANCY_CURRENT).state == FAIL
    tested = replace(new, pregnancy=f.Pregnancy("not_possible", "negative", TODAY))
    assert item(tested, I.PREGNANCY_CURRENT).state == PASS


def test_an_integration_is_waived_by_the_therapist_once_a_course():
    waived = {**ANSWERS, Check.WAIVER: said({"words": "Talked for an hour by phone on Friday"})}
    missed = f.Integration(NOW - 5 * DAY)

    assert item(with_(answers=waived, integration=missed), I.INTEGRATION_DONE).state == PASS
    again = replace(missed, waived_before=True)
    assert item(with_(answers=waived, integration=again), I.INTEGRATION_DONE).state == FAIL


def test_conditions_of_the_approval_are_confirmed_on_the_day():
    conditions = replace(SCREENED, conditions=("Call the GP", "Second reading of the pressure"))
    half = {**ANSWERS, Check.CONDITIONS: said({"confirmed": ["Call the GP"]})}
    whole = {**ANSWERS, Check.CONDITIONS: said({"confirmed": list(conditions.conditions)})}

    assert "Second reading" in item(with_(screened=conditions, answers=half), I.SCREENING_CURRENT).fact
    assert item(with_(screened=conditions, answers=whole), I.SCREENING_CURRENT).state == PASS


def test_a_high_flag_is_a_caution_of_the_day_sheet_and_no_more():
    found = item(with_(high=("PHQ-9: item 9 is above 0",)), I.NO_OPEN_CRITICAL_TASK)

    assert (found.state, found.caution) == (PASS, "Still open: PHQ-9: item 9 is above 0")


# Who may override


def override(code):
    given = f.Override("Dr N. Okafor", "prescriber", NOW, REASON, "It stood open")
    return {code: given}


UNMET = {
    I.SCREENING_CURRENT: {"screened": replace(SCREENED, full_on=TODAY - 40 * DAY)},
    I.MEDICATIONS_RECONCILED: {"answers": saying(Check.MEDICINES, list_is_right="no").answers},
    I.WEIGHT_CURRENT: {"weighed": f.Weighed(Decimal("70"), NOW - 40 * DAY)},
    I.PREGNANCY_CURRENT: {"pregnancy": f.Pregnancy("")},
    I.PREPARATION_DONE: {"preparation": f.Preparation((NOW - DAY,), 2)},
    I.INTEGRATION_DONE: {"integration": f.Integration(NOW - 5 * DAY)},
    I.INTERVAL_OK: {"spacing": f.Spacing(NOW - DAY, ("The last dose was 24 h ago.",))},
    I.FASTING_OK: {"answers": saying(Check.FASTING, solids_at=ago(HOUR)).answers},
    I.ESCORT_CONFIRMED: {
        "answers": saying(
            Check.ESCORT, how="not_in_person", second_name="Per Holm", second_phone="+16175550102"
        ).answers
    },
    I.STAFF_READY: {"answers": saying(Check.STAFF).answers},
    I.LABS_OK: {"labs": f.Labs({}, repeated=True)},
}  # fmt: skip
NEVER = {
    I.CHANGES_SINCE_LAST: {"answers": saying(Check.CHANGES).answers},
    I.SUICIDE_CHECK: {"suicide": ()},
    I.VITALS_TODAY: {"baseline": baseline(systolic=162)},
    I.CONSENTS_VALID: {"consents": f.Consents(("Not signed.",))},
    I.CONSENT_TODAY: {"answers": saying(Check.CONSENT_TODAY).answers},
    I.ORDER_VALID: {"ordered": None},
    I.SUBSTANCES_OK: {"answers": saying(Check.SUBSTANCES, alcohol="yes").answers},
    I.NO_OPEN_SERIOUS_EVENT: {"still_open": f.StillOpen(("seizure",))},
    I.TELEHEALTH_LAW_OK: {"remote": True},
    I.REMS_OK: {"route": "esk"},
    I.COURSE_OPEN: {"stage": "on_hold"},
    I.NO_OPEN_CRITICAL_TASK: {"critical": ("ASQ: acute",)},
}


def test_the_two_lists_of_protocol_4_name_every_item():
    assert {*UNMET, *NEVER} == set(GateItem)


@pytest.mark.parametrize("code", UNMET)
def test_one_prescriber_with_a_reason_sets_these_aside_for_this_dose(code):
    unmet = with_(**UNMET[code])
    before, after = item(unmet, code), item(replace(unmet, overrides=override(code)), code)

    assert (before.is_met, before.may_override) == (False, True)
    assert rules.reasons_against_override(before, reason=REASON, role="prescriber") == []
    assert (after.state, after.is_met) == (SET_ASIDE, True)
    assert after.override.by == "Dr N. Okafor"
    assert rules.is_open(rules.items(replace(unmet, overrides=override(code))))


@pytest.mark.parametrize("code", NEVER)
def test_nobody_overrides_these(code):
    unmet = with_(**NEVER[code])
    before, after = item(unmet, code), item(replace(unmet, overrides=override(code)), code)

    assert not before.is_met
    assert rules.reasons_against_override(before, reason=REASON, role="prescriber")
    assert after.state == before.state
    assert not rules.is_open(rules.items(replace(unmet, overrides=override(code))))


CONDITIONAL = [
    (I.SCREENING_CURRENT, {"screened": replace(SCREENED, reasons=("x",), stops=("MAO inhibitor",))}, "MAO inhibitor"),
    (I.SCREENING_CURRENT, {"screened": None}, "screened"),
    (
        I.MEDICATIONS_RECONCILED,
        {**UNMET[I.MEDICATIONS_RECONCILED], "medicines": replace(OPEN_GATE.medicines, seeds=("Xanax",))},
        "Xanax",
    ),
    (I.MEDICATIONS_RECONCILED, {"medicines": None}, "not known"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("possible")}, "Do a test"),
    (I.PREGNANCY_CURRENT, {"pregnancy": f.Pregnancy("", "positive", TODAY)}, "No dose"),
    (I.INTERVAL_OK, {"spacing": f.Spacing(NOW - DAY, ("Soon.",), ("3 is the most.",))}, "number of doses"),
    (I.ESCORT_CONFIRMED, {"answers": saying(Check.ESCORT, how="not_in_person").answers}, "second named adult"),
    (I.ESCORT_CONFIRMED, {"answers": saying(Check.ESCORT).answers}, "second named adult"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "why"), CONDITIONAL)
def test_the_conditions_of_an_override_are_kept(code, changes, why):
    unmet = with_(**changes)
    found = item(unmet, code)

    assert not found.may_override
    assert why in found.fixed
    assert item(replace(unmet, overrides=override(code)), code).state == found.state


@pytest.mark.parametrize("role", ["therapist", "nurse", "admin", "front_desk", "system", ""])
def test_only_a_prescriber_overrides(role):
    found = item(with_(**UNMET[I.FASTING_OK]), I.FASTING_OK)

    assert rules.reasons_against_override(found, reason=REASON, role=role)


def test_a_reason_has_30_characters_that_are_not_blanks():
    found = item(with_(**UNMET[I.FASTING_OK]), I.FASTING_OK)

    assert rules.reasons_against_override(found, reason="x" * 29 + "   ", role="prescriber")
    assert not rules.reasons_against_override(found, reason="x" * 30, role="prescriber")


def test_what_is_met_or_overridden_already_is_not_overridden():
    met, done = item(OPEN_GATE, I.FASTING_OK), item(
        with_(**UNMET[I.FASTING_OK], overrides=override(I.FASTING_OK)), I.FASTING_OK
    )  # fmt: skip

    assert rules.reasons_against_override(met, reason=REASON, role="prescriber") == [
        "This item is met: there is nothing to override."
    ]
    assert "already" in rules.reasons_against_override(done, reason=REASON, role="prescriber")[0]


# What fails to run never passes (SEC-39)


@pytest.mark.parametrize("code", GateItem)
def test_an_item_that_fails_to_run_is_not_checked_and_not_overridden(code, monkeypatch):
    def broken(facts):
        raise RuntimeError("broken")

    monkeypatch.setitem(rules.ITEMS, code, replace(rules.ITEMS[code], find=broken))
    found = item(with_(overrides=override(code)), code)

    assert (found.state, found.may_override) == (OPEN, False)
    assert "could not run" in found.fact
    assert not rules.is_open(rules.items(OPEN_GATE))


@pytest.mark.parametrize("code", GateItem)
def test_an_item_whose_facts_could_not_be_read_is_not_checked_and_not_overridden(code):
    for name in (*rules.ITEMS[code].reads, "numbers"):
        found = item(with_(unreadable=frozenset({name}), overrides=override(code)), code)

        assert (found.state, found.may_override) == (OPEN, False), name


@pytest.mark.parametrize("check", list(DAY_OF.values()))
@pytest.mark.parametrize("junk", [[], "no", None, {"taken": []}, {"topics": 3}, {"items": None}])
def test_an_answer_that_is_nonsense_never_passes(check, junk):
    answers = {**ANSWERS, check: f.Answer(NOW - MINUTE, "Jo Winter", "nurse", junk)}
    code = next(code for code, asked in DAY_OF.items() if asked == check)

    assert not item(with_(answers=answers), code).is_met


# What an answer must hold


@pytest.mark.parametrize(
    ("code", "data", "words"),
    [
        (Check.IDENTITY, {"identifiers": ["name"]}, "two things"),
        (Check.IDENTITY, {"identifiers": ["name", "name"]}, "two things"),
        (Check.CHANGES, {"topics": {"illness": "no"}}, "choose yes, no or not sure"),
        (Check.CHANGES, {"topics": {**NOTHING_NEW["topics"], "sleep": "yes"}}, "Write what is new"),
        (Check.CHANGES, {"topics": {**NOTHING_NEW["topics"], "medicine": "yes"}, "words": "New"}, "which medicine"),
        (Check.CHANGES, {"topics": {**NOTHING_NEW["topics"], "bladder": "yes"}, "words": "Burns"}, "Bladder symptoms"),
        (Check.MEDICINES, {}, "list is right"),
        (Check.MEDICINES, {"list_is_right": "yes", "taken": {"m1": "last week"}}, "when it was last taken"),
        (Check.ASQ, {}, "Ask the ASQ"),
        (Check.FASTING, {}, "last ate"),
        (Check.FASTING, {"solids_at": "this morning"}, "last had solid food"),
        (Check.SUBSTANCES, {"alcohol": "no"}, "Cannabis"),
        (Check.ESCORT, {"name": "Ada"}, "phone"),
        (Check.CONSENT_TODAY, {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": True}, "touch"),
        (Check.CONSENT_TODAY, {"sober": "yes", "oriented": "yes", "says_yes": "yes", "touch_level": 4}, "touch"),
        (Check.WAIVER, {"words": "Short"}, "15 characters"),
        (Check.VITALS_SEEN, {}, "no reading"),
        (Check.INTENTION, {}, "patient's words"),
        (Check.STAFF, {}, "therapist"),
    ],
)
def test_an_answer_says_what_it_lacks(code, data, words):
    with pytest.raises(rules.AnswerNotUsable) as wrong:
        rules.cleaned(code, data)

    assert any(words in reason for reason in wrong.value.reasons)


def test_an_answer_keeps_its_own_keys_and_nothing_else():
    kept = rules.cleaned(Check.EQUIPMENT, {"items": ["cuff"], "risen": True, "state": "pass"})

    assert kept == {"items": ["cuff"]}


def test_changes_are_put_in_the_words_of_the_screening():
    topics = {**NOTHING_NEW["topics"], "bladder": "yes", "mind": "yes", "hospital": "unsure"}
    data = {"topics": topics, "words": "x", "answers": {"bladder": "symptoms_now", "pregnancy_status": "pregnant"}}

    assert rules.screening_answers(data) == {
        "bladder": "symptoms_now",
        "psychosis_or_mania_now": "yes",
        "other_serious_condition": "unsure",
    }
    assert rules.asks_for_full_screening(data)
    assert rules.screening_answers(NOTHING_NEW) == {}
