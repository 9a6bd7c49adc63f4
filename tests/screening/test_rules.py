"""Truth tables of the 45 rules: each tier of each rule fires at its severity, and not one step below its limit."""

from dataclasses import replace
from datetime import date

import pytest

from screening.rules import (
    DEFAULTS,
    QUESTIONS,
    RULES,
    SECTIONS,
    VERSION,
    VITALS,
    Overall,
    OverrideKind,
    Settings,
    Severity,
    UnusableIntake,
    blocks,
    evaluate,
    evaluate_line,
    limits,
    name_in_words,
    override_kind,
    questions_in,
    rule_in_words,
    weakened,
)
from tests.screening.intakes import BLANK, days_ago, entry, intake

STOP, DECIDE = Severity.CONTRAINDICATED, Severity.NEEDS_PRESCRIBER_DECISION
CAUTION, INFORM = Severity.CAUTION, Severity.INFORMATION

RULE_IDS = [
    "seed-psychosis-history",
    "seed-schizophrenia",
    "seed-mania-history",
    "seed-benzodiazepine",
    "seed-stimulant",
    "seed-maoi",
    "seed-medical-condition",
    "active-psychosis-or-mania",
    "bipolar-or-hypomania",
    "family-history-psychosis",
    "suicide-risk",
    "dissociative-or-personality-disorder",
    "capacity-or-cognition",
    "med-lamotrigine",
    "med-opioid",
    "med-sedative",
    "med-antipsychotic-or-mood-stabilizer",
    "med-cyp-interaction",
    "med-theophylline",
    "med-naltrexone",
    "med-sympathomimetic",
    "med-ketamine-or-nmda",
    "med-information",
    "med-unrecognised",
    "blood-pressure",
    "vital-signs-other",
    "hypertension-history",
    "aneurysm-avm-or-brain-bleed",
    "cardiovascular-disease",
    "raised-intracranial-pressure",
    "seizure-disorder",
    "liver-disease",
    "bladder-symptoms",
    "pregnancy",
    "breastfeeding",
    "ketamine-misuse",
    "substance-use",
    "hyperthyroidism",
    "phaeochromocytoma-or-porphyria",
    "eye-pressure",
    "ketamine-reaction",
    "respiratory-disease",
    "age-limits",
    "no-escort",
    "weight-check",
]


def fired(**changes):
    """What the rules find in the unremarkable intake changed like this: rule -> severity."""
    return {finding.rule: finding.severity for finding in evaluate(intake(**changes)).findings}


def test_there_are_45_rules_in_the_order_of_the_table():
    assert list(RULES) == RULE_IDS
    assert [rule for rule in RULE_IDS if RULES[rule].seed] == RULE_IDS[:7]


def test_the_unremarkable_intake_is_clear():
    assert evaluate(intake()) == evaluate(intake(vitals={"temperature_c": 36.6}))
    assert fired() == {}
    assert evaluate(intake()).overall == Overall.CLEAR


# Answers.

YES_STOPS = [
    ("psychosis_ever", "seed-psychosis-history"),
    ("schizophrenia_dx", "seed-schizophrenia"),
    ("mania_ever", "seed-mania-history"),
    ("benzodiazepine_now", "seed-benzodiazepine"),
    ("stimulant_now", "seed-stimulant"),
    ("maoi_14_days", "seed-maoi"),
    ("psychosis_or_mania_now", "active-psychosis-or-mania"),
    ("aneurysm_avm_or_brain_bleed", "aneurysm-avm-or-brain-bleed"),
    ("raised_icp", "raised-intracranial-pressure"),
]
YES_IS_DECIDED = [
    ("other_serious_condition", "seed-medical-condition"),
    ("bipolar_or_hypomania", "bipolar-or-hypomania"),
    ("family_psychosis", "family-history-psychosis"),
    ("dissociative_or_personality_dx", "dissociative-or-personality-disorder"),
    ("capacity_concern", "capacity-or-cognition"),
    ("heart_disease", "cardiovascular-disease"),
    ("breastfeeding", "breastfeeding"),
    ("eye_pressure", "eye-pressure"),
]
CHOICES = [
    ("suicide-risk", "asq_result", {"negative": None, "non_acute": DECIDE, "acute": STOP, "unknown_acuity": STOP}),
    (
        "suicide-risk",
        "suicide_attempt",
        {"never": None, "over_3_months_ago": DECIDE, "within_3_months": STOP, "declined": DECIDE},
    ),
    ("suicide-risk", "cssrs_risk", {"none": None, "low": CAUTION, "moderate": DECIDE, "high": STOP}),
    ("suicide-risk", "phq9_item9", {0: None, 1: CAUTION, 3: CAUTION}),
    (
        "hypertension-history",
        "hypertension_dx",
        {"none": None, "controlled": INFORM, "uncontrolled": STOP, "unsure": DECIDE},
    ),
    (
        "cardiovascular-disease",
        "cardiovascular_event",
        {
            "never": None,
            "within_6_weeks": STOP,
            "6_weeks_to_6_months": DECIDE,
            "over_6_months": CAUTION,
            "unsure": DECIDE,
        },
    ),
    (
        "seizure-disorder",
        "seizures",
        {"never": None, "over_12_months_ago": CAUTION, "within_12_months": DECIDE, "unsure": DECIDE},
    ),
    (
        "liver-disease",
        "liver_disease",
        {"none": None, "mild": CAUTION, "moderate": DECIDE, "severe": STOP, "unsure": DECIDE},
    ),
    ("liver-disease", "alt_times_uln", {0: None, 1: None, 1.01: CAUTION, 3: CAUTION, 3.01: DECIDE, 40: DECIDE}),
    (
        "bladder-symptoms",
        "bladder",
        {"none": None, "symptoms_now": DECIDE, "past_ketamine_cystitis": STOP, "unsure": DECIDE},
    ),
    ("ketamine-misuse", "ketamine_misuse", {"never": None, "past": DECIDE, "current": STOP, "unsure": DECIDE}),
    (
        "substance-use",
        "substance_use_disorder",
        {"none": None, "remission_over_12_months": CAUTION, "active_or_under_12_months": DECIDE, "unsure": DECIDE},
    ),
    ("substance-use", "audit_c", {0: None, 2: None, 3: CAUTION, 7: CAUTION, 8: DECIDE, 12: DECIDE}),
    ("hyperthyroidism", "hyperthyroidism", {"none": None, "treated": CAUTION, "untreated": STOP, "unsure": DECIDE}),
    (
        "phaeochromocytoma-or-porphyria",
        "phaeo_or_porphyria",
        {"none": None, "phaeochromocytoma": STOP, "porphyria": DECIDE, "unsure": DECIDE},
    ),
    (
        "ketamine-reaction",
        "ketamine_reaction",
        {"none": None, "bad_experience": DECIDE, "allergy": STOP, "unsure": DECIDE},
    ),
    ("respiratory-disease", "respiratory", {"none": None, "mild": CAUTION, "significant": DECIDE, "unsure": DECIDE}),
    ("age-limits", "age_years", {0: STOP, 17: STOP, 18: None, 64: None, 65: CAUTION, 120: CAUTION}),
    ("no-escort", "escort", {"yes": None, "no": DECIDE, "unsure": DECIDE}),
    *((rule, key, {"no": None, "unsure": DECIDE, "yes": STOP}) for key, rule in YES_STOPS),
    *((rule, key, {"no": None, "unsure": DECIDE, "yes": DECIDE}) for key, rule in YES_IS_DECIDED),
]
ANSWERS = [(rule, key, answer, severity) for rule, key, table in CHOICES for answer, severity in table.items()]


@pytest.mark.parametrize(("rule", "key", "answer", "severity"), ANSWERS)
def test_an_answer_fires_its_rule_and_no_other(rule, key, answer, severity):
    result = evaluate(intake(answers={key: answer}))

    assert {found.rule: found.severity for found in result.findings} == ({rule: severity} if severity else {})
    assert result.missing == ()


def test_every_answer_a_rule_asks_for_is_in_a_truth_table():
    tabled = {key: set(table) for _, key, table in CHOICES}
    pregnancy = {"pregnancy_status", "pregnancy_test"}  # tabled below

    for rule in RULES.values():
        for tier in rule.tiers:
            if tier.input == "answer" and tier.key not in pregnancy:
                assert set(tier.codes) <= tabled[tier.key]
    assert all(set(table) == set(QUESTIONS[key].options) for _, key, table in CHOICES if QUESTIONS[key].options)


def test_phq9_item_9_counts_only_beside_a_negative_asq():
    assert fired(answers={"phq9_item9": 3, "asq_result": "non_acute"}) == {"suicide-risk": DECIDE}
    assert fired(answers={"phq9_item9": 3, "asq_result": BLANK}) == {}


PREGNANCY = [
    ("not_possible", None, None, None),
    ("not_possible", "negative", 100, None),
    ("not_possible", "positive", None, STOP),
    ("pregnant", None, None, STOP),
    ("pregnant", "negative", 0, STOP),
    ("possible", "positive", None, STOP),
    ("possible", "not_done", None, DECIDE),
    ("unsure", "not_done", None, DECIDE),
    ("possible", "negative", 0, None),
    ("possible", "negative", 7, None),
    ("possible", "negative", 8, DECIDE),
    ("unsure", "negative", 7, None),
    ("unsure", "negative", 8, DECIDE),
]


@pytest.mark.parametrize(("status", "test", "days", "severity"), PREGNANCY)
def test_pregnancy_is_judged_by_status_test_and_the_age_of_a_negative_test(status, test, days, severity):
    tested = {"pregnancy_test": test} if test else {}
    dated = {"pregnancy_test_date": days_ago(days)} if days is not None else {}
    result = evaluate(intake(answers={"pregnancy_status": status} | tested | dated))

    assert [(found.rule, found.severity) for found in result.findings] == (
        [("pregnancy", severity)] if severity else []
    )
    assert result.missing == ()


# Vitals.

VITAL_TABLE = [
    ("systolic", {260: STOP, 160: STOP, 159: CAUTION, 140: CAUTION, 139: None, 90: None, 89: DECIDE, 77: DECIDE}),
    ("diastolic", {121: STOP, 100: STOP, 99: CAUTION, 90: CAUTION, 89: None, 50: None, 49: DECIDE, 30: DECIDE}),
    (
        "heart_rate",
        {
            25: STOP,
            39: STOP,
            40: CAUTION,
            49: CAUTION,
            50: None,
            100: None,
            101: CAUTION,
            119: CAUTION,
            120: STOP,
            220: STOP,
        },
    ),
    ("spo2", {50: STOP, 91: STOP, 91.9: STOP, 92: CAUTION, 94: CAUTION, 94.9: CAUTION, 95: None, 100: None}),
    ("temperature_c", {30: None, 37.9: None, 38: DECIDE, 43: DECIDE}),
]
VITAL_ROWS = [(key, value, severity) for key, table in VITAL_TABLE for value, severity in table.items()]


@pytest.mark.parametrize(("key", "value", "severity"), VITAL_ROWS)
def test_a_measurement_fires_at_its_limit(key, value, severity):
    rule = "blood-pressure" if key in ("systolic", "diastolic") else "vital-signs-other"

    assert fired(vitals={key: value}) == ({rule: severity} if severity else {})


@pytest.mark.parametrize(
    ("systolic", "diastolic", "severity"),
    [(150, 45, DECIDE), (160, 49, STOP), (148, 92, CAUTION), (85, 84, DECIDE), (159, 100, STOP)],
)
def test_the_worse_half_of_a_blood_pressure_decides(systolic, diastolic, severity):
    assert fired(vitals={"systolic": systolic, "diastolic": diastolic}) == {"blood-pressure": severity}


@pytest.mark.parametrize(
    ("weight", "height", "severity"),
    [
        ({"value": 45.0, "unit": "kg"}, 173, None),  # 15.04
        ({"value": 44.8, "unit": "kg"}, 173, DECIDE),  # 14.97
        ({"value": 128.0, "unit": "kg"}, 160, None),  # 50.0 exactly
        ({"value": 128.1, "unit": "kg"}, 160, DECIDE),
        ({"value": 172, "unit": "kg"}, 168, DECIDE),
        ({"value": 172, "unit": "lb"}, 168, None),
        ({"value": 74, "unit": "lb"}, 171, DECIDE),
        ({"value": 250, "unit": "kg"}, BLANK, None),
    ],
)
def test_an_impossible_build_asks_for_the_unit_to_be_confirmed(weight, height, severity):
    assert fired(vitals={"weight": weight, "height_cm": height}) == ({"weight-check": severity} if severity else {})


# Medicines.


def of(text, days):
    return [entry(text, "current" if days is None else days_ago(days))]


MEDICINES = [
    ("seed-benzodiazepine", "Xanax 1 mg", {None: STOP, 0: STOP, 7: STOP, 8: CAUTION, 28: CAUTION, 29: None, 90: None}),
    ("seed-benzodiazepine", "Xanax prn", {None: STOP, 7: STOP, 8: DECIDE, 28: DECIDE, 90: DECIDE, 91: None}),
    ("seed-benzodiazepine", "Xanax prn, stopped", {None: DECIDE, 7: STOP, 8: CAUTION, 28: CAUTION, 29: None}),
    ("seed-benzodiazepine", "Xanax, stopped", {None: DECIDE, 0: STOP, 7: STOP, 8: CAUTION}),
    ("seed-stimulant", "Adderall 10 mg", {None: STOP, 3: STOP, 4: None}),
    ("seed-stimulant", "Adderall as needed", {None: STOP, 3: STOP, 4: DECIDE, 90: DECIDE, 91: None}),
    ("seed-stimulant", "Adderall as needed, quit", {None: DECIDE, 3: STOP, 4: None}),
    ("seed-maoi", "Nardil", {None: STOP, 14: STOP, 15: None}),
    ("seed-maoi", "used to take Nardil", {None: DECIDE, 14: STOP, 15: None}),
    ("seed-maoi", "moclobemide", {None: STOP, 1: STOP, 2: CAUTION, 14: CAUTION, 15: None}),
    ("med-lamotrigine", "Lamictal", {None: CAUTION, 7: CAUTION, 8: None}),
    ("med-opioid", "tramadol", {None: DECIDE, 3: DECIDE, 4: None}),
    ("med-opioid", "fentanyl patch", {10: DECIDE, 11: None}),
    ("med-opioid", "Sublocade", {90: DECIDE, 91: None}),
    ("med-sedative", "Ambien", {None: CAUTION, 3: CAUTION, 4: None}),
    ("med-sedative", "Benadryl", {None: CAUTION, 3: CAUTION, 4: None}),
    ("med-sedative", "gabapentin", {None: CAUTION, 3: CAUTION, 4: None}),
    ("med-sedative", "Soma", {None: DECIDE, 3: DECIDE, 4: None}),
    ("med-antipsychotic-or-mood-stabilizer", "Seroquel", {None: DECIDE, 14: DECIDE, 15: None}),
    ("med-antipsychotic-or-mood-stabilizer", "Invega injection", {180: DECIDE, 181: None}),
    ("med-antipsychotic-or-mood-stabilizer", "lithium", {None: CAUTION, 14: CAUTION, 15: None}),
    ("med-cyp-interaction", "Biaxin", {None: CAUTION, 7: CAUTION, 8: None}),
    ("med-cyp-interaction", "Dilantin", {None: CAUTION, 14: CAUTION, 15: None}),
    ("med-cyp-interaction", "Plavix", {None: CAUTION, 14: CAUTION, 15: None}),
    ("med-theophylline", "theophylline", {None: DECIDE, 3: DECIDE, 4: None}),
    ("med-naltrexone", "naltrexone", {None: CAUTION, 3: CAUTION, 4: None}),
    ("med-naltrexone", "Vivitrol", {30: CAUTION, 31: None}),
    ("med-sympathomimetic", "Sudafed", {None: CAUTION, 1: CAUTION, 2: None}),
    ("med-sympathomimetic", "Strattera", {None: CAUTION, 1: CAUTION, 2: None}),
    ("med-ketamine-or-nmda", "Spravato", {None: DECIDE, 30: DECIDE, 31: None}),
    ("med-ketamine-or-nmda", "memantine", {None: CAUTION, 7: CAUTION, 8: None}),
    ("med-information", "Zoloft", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "Effexor", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "amitriptyline", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "Wellbutrin", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "lisinopril", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "Synthroid", {None: INFORM, 7: INFORM, 8: None}),
    ("med-information", "Ozempic", {None: INFORM, 7: INFORM, 8: None}),
    ("med-unrecognised", "blue thing", {None: DECIDE, 30: DECIDE, 31: None}),
    ("med-unrecognised", "atorvastatinn", {None: CAUTION, 30: CAUTION, 31: None}),
]
TAKEN = [(rule, text, days, severity) for rule, text, table in MEDICINES for days, severity in table.items()]


@pytest.mark.parametrize(("rule", "text", "days", "severity"), TAKEN)
def test_a_medicine_fires_up_to_the_last_day_of_its_window(rule, text, days, severity):
    assert fired(medicines=of(text, days)) == ({rule: severity} if severity else {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Limbitrol", {"seed-benzodiazepine": STOP, "med-information": INFORM}),
        ("Redotex", {"seed-benzodiazepine": STOP, "seed-stimulant": STOP}),
        ("phenobarbital", {"med-sedative": DECIDE, "med-cyp-interaction": CAUTION}),
        ("methadone", {"med-opioid": DECIDE, "med-ketamine-or-nmda": CAUTION}),
        ("NyQuil", {"med-sedative": CAUTION, "med-ketamine-or-nmda": CAUTION}),
        ("modafinil", {"seed-stimulant": STOP, "med-cyp-interaction": CAUTION}),
        ("Parstelin", {"seed-maoi": STOP, "med-antipsychotic-or-mood-stabilizer": DECIDE}),
        ("tianeptine", {"med-opioid": DECIDE, "med-information": INFORM}),
        ("Contrave", {"med-naltrexone": CAUTION, "med-information": INFORM}),
        ("Tylenol", {}),
    ],
)
def test_a_medicine_fires_for_each_of_its_classes_and_tags(text, expected):
    assert fired(medicines=of(text, None)) == expected


def test_a_window_of_the_row_holds_for_its_other_classes_and_tags():
    assert fired(medicines=of("phenobarbital", 21)) == {"med-sedative": DECIDE, "med-cyp-interaction": CAUTION}
    assert fired(medicines=of("phenobarbital", 22)) == {}


def test_each_class_of_a_mixture_has_its_own_window():
    assert fired(medicines=of("Redotex", 5)) == {"seed-benzodiazepine": STOP}
    assert fired(medicines=of("Limbitrol", 10)) == {"seed-benzodiazepine": CAUTION}


def test_a_look_alike_fires_its_class_and_asks_for_the_spelling():
    assert fired(medicines=of("ativann", 3)) == {"seed-benzodiazepine": STOP, "med-unrecognised": CAUTION}


def test_what_was_never_taken_fires_nothing():
    assert fired(medicines=[entry("Xanax", "never"), entry("blue thing", "never"), entry("ativann", "never")]) == {}


def test_a_contradiction_caps_only_the_medicine_it_stands_beside():
    assert fired(medicines=of("Xanax, stopped", None))["seed-benzodiazepine"] == DECIDE
    assert fired(medicines=[*of("Xanax, stopped", None), *of("Valium", None)])["seed-benzodiazepine"] == STOP
    assert fired(medicines=of("Xanax, stopped; Valium", None))["seed-benzodiazepine"] == STOP
    assert fired(medicines=of("Xanax, stopped", None), answers={"benzodiazepine_now": "yes"}) == {
        "seed-benzodiazepine": STOP
    }


@pytest.mark.parametrize("last_taken", [None, "", "last week", "2026-11-21", "20261101", "2026-11-31", 5, True])
def test_without_a_usable_date_a_medicine_counts_as_current_and_the_date_is_missing(last_taken):
    result = evaluate(intake(medicines=[entry("Zoloft", days_ago(100)), entry("Nardil", last_taken)]))

    assert [(found.rule, found.severity) for found in result.findings] == [("seed-maoi", STOP)]
    assert result.missing == ("medications[1].last_taken",)


def test_without_a_usable_date_ending_words_contradict_too():
    result = evaluate(intake(medicines=[entry("Nardil, stopped", None)]))

    assert [(found.rule, found.severity) for found in result.findings] == [("seed-maoi", DECIDE)]
    assert result.overall == Overall.INCOMPLETE


@pytest.mark.parametrize("on", [BLANK, None, "", "today", "20-11-2026", 20261120, "2026-11-20T10:00"])
def test_without_an_assessment_date_every_dated_medicine_counts_as_current(on):
    result = evaluate(intake(medicines=[entry("Nardil", days_ago(400)), entry("Xanax", "never")], on=on))

    assert [(found.rule, found.severity) for found in result.findings] == [("seed-maoi", STOP)]
    assert result.missing == ("assessment_date",)


# What is missing.


@pytest.mark.parametrize("key", [key for key, question in QUESTIONS.items() if question.required])
@pytest.mark.parametrize("blank", [BLANK, None, "", "  ", "perhaps", True, [], {}])
def test_a_required_answer_that_cannot_be_used_is_missing(key, blank):
    result = evaluate(intake(answers={key: blank}))

    assert result.missing == (key,)
    assert result.overall == Overall.INCOMPLETE


@pytest.mark.parametrize("key", ["cssrs_risk", "phq9_item9", "alt_times_uln"])
def test_an_optional_answer_may_be_left_blank_but_not_be_unusable(key):
    for blank in (BLANK, None, ""):
        assert evaluate(intake(answers={key: blank})).missing == ()
    for nonsense in ("perhaps", True, -1, float("nan"), [1]):
        assert evaluate(intake(answers={key: nonsense})).missing == (key,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("audit_c", 13),
        ("audit_c", -1),
        ("audit_c", 3.0),
        ("audit_c", "3"),
        ("age_years", 121),
        ("age_years", 41.5),
        ("phq9_item9", 4),
        ("phq9_item9", 1.0),
        ("phq9_item9", "1"),
        ("alt_times_uln", float("inf")),
        ("alt_times_uln", "2"),
        ("psychosis_ever", "Yes"),
        ("psychosis_ever", "never"),
    ],
)
def test_an_answer_of_the_wrong_kind_or_range_is_missing(key, value):
    assert evaluate(intake(answers={key: value})).missing == (key,)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"pregnancy_status": "possible"}, ("pregnancy_test",)),
        ({"pregnancy_status": "unsure"}, ("pregnancy_test",)),
        ({"pregnancy_status": "possible", "pregnancy_test": "negative"}, ("pregnancy_test_date",)),
        ({"pregnancy_test": "negative"}, ("pregnancy_test_date",)),
        ({"pregnancy_test": "negative", "pregnancy_test_date": days_ago(-1)}, ("pregnancy_test_date",)),
        ({"pregnancy_test": "negative", "pregnancy_test_date": "yesterday"}, ("pregnancy_test_date",)),
        ({"pregnancy_test": "maybe"}, ("pregnancy_test",)),
        ({"pregnancy_test_date": "yesterday"}, ("pregnancy_test_date",)),
        ({"pregnancy_status": "pregnant"}, ()),
        ({"pregnancy_status": BLANK}, ("pregnancy_status",)),
    ],
)
def test_pregnancy_answers_are_required_where_the_ones_before_ask_for_them(answers, missing):
    assert evaluate(intake(answers=answers)).missing == missing


@pytest.mark.parametrize(
    ("tick", "texts", "missing"),
    [
        ("yes", [], ()),
        ("no", [], ("medications",)),
        (BLANK, [], ("no_medications", "medications")),
        ("unsure", [], ("no_medications", "medications")),
        ("yes", ["none"], ()),
        ("no", ["N/A", "nothing"], ("medications",)),
        (BLANK, ["None currently"], ("no_medications", "medications")),
        ("yes", ["Tylenol"], ("no_medications",)),
        ("yes", ["none", "Tylenol"], ("no_medications",)),
        ("no", ["Tylenol"], ()),
        (BLANK, ["Tylenol"], ()),
        ("perhaps", ["Tylenol"], ("no_medications",)),
    ],
)
def test_an_empty_list_and_the_tick_box_must_agree(tick, texts, missing):
    entries = [entry(text, None if text != "Tylenol" else "current") for text in texts]

    assert evaluate(intake(answers={"no_medications": tick}, medicines=entries)).missing == missing


@pytest.mark.parametrize("text", [None, "", "  ", "\u200b", 5, ["Xanax"], BLANK])
def test_an_entry_without_a_text_is_missing_its_text(text):
    listed = {"last_taken": "current"} if text is BLANK else entry(text)

    assert evaluate(intake(medicines=[entry("Tylenol"), listed])).missing == ("medications[1].text",)
    assert evaluate(intake(medicines=[{**listed, "last_taken": None}])).missing == (
        "medications[0].text",
        "medications[0].last_taken",
    )


@pytest.mark.parametrize(
    ("vitals", "missing", "findings"),
    [
        ({"systolic": BLANK}, "vitals.blood_pressure", {}),
        ({"diastolic": BLANK}, "vitals.blood_pressure", {}),
        ({"systolic": "120"}, "vitals.blood_pressure", {}),
        ({"systolic": True}, "vitals.blood_pressure", {}),
        ({"systolic": 59}, "vitals.blood_pressure", {}),
        ({"systolic": 261}, "vitals.blood_pressure", {}),
        ({"diastolic": 29}, "vitals.blood_pressure", {}),
        ({"systolic": 170, "diastolic": 161}, "vitals.blood_pressure", {"blood-pressure": STOP}),
        ({"systolic": 165, "diastolic": BLANK}, "vitals.blood_pressure", {"blood-pressure": STOP}),
        ({"systolic": 145, "diastolic": 12}, "vitals.blood_pressure", {"blood-pressure": CAUTION}),
        ({"systolic": 85, "diastolic": None}, "vitals.blood_pressure", {"blood-pressure": DECIDE}),
        ({"systolic": 400, "diastolic": 110}, "vitals.blood_pressure", {"blood-pressure": STOP}),
        ({"systolic": 80, "diastolic": 120}, "vitals.blood_pressure", {"blood-pressure": STOP}),
        ({"systolic": 90, "diastolic": 90}, "vitals.blood_pressure", {"blood-pressure": CAUTION}),
        ({"systolic": 400, "diastolic": 400}, "vitals.blood_pressure", {}),
        ({"heart_rate": BLANK}, "vitals.heart_rate", {}),
        ({"heart_rate": 24}, "vitals.heart_rate", {}),
        ({"heart_rate": 221}, "vitals.heart_rate", {}),
        ({"spo2": 49}, "vitals.spo2", {}),
        ({"spo2": 101}, "vitals.spo2", {}),
        ({"spo2": "98"}, "vitals.spo2", {}),
        ({"temperature_c": 98.6}, "vitals.temperature_c", {}),
        ({"height_cm": 1.71}, "vitals.height_cm", {}),
        ({"height_cm": 231}, "vitals.height_cm", {}),
        ({"weight": BLANK}, "vitals.weight", {}),
        ({"weight": 74}, "vitals.weight", {}),
        ({"weight": {}}, "vitals.weight", {}),
        ({"weight": {"unit": "kg"}}, "vitals.weight", {}),
        ({"weight": {"value": "74", "unit": "kg"}}, "vitals.weight", {}),
        ({"weight": {"value": float("nan"), "unit": "kg"}}, "vitals.weight", {}),
        ({"weight": {"value": 74}}, "vitals.weight.unit", {}),
        ({"weight": {"value": 74, "unit": "KG"}}, "vitals.weight.unit", {}),
        ({"weight": {"value": 74, "unit": "lbs"}}, "vitals.weight.unit", {}),
        ({"weight": {"value": 29.9, "unit": "kg"}}, "vitals.weight", {}),
        ({"weight": {"value": 300.1, "unit": "kg"}}, "vitals.weight", {}),
        ({"weight": {"value": 66, "unit": "lb"}}, "vitals.weight", {}),
    ],
)
def test_a_measurement_that_cannot_be_used_is_missing(vitals, missing, findings):
    assert evaluate(intake(vitals=vitals)).missing == (missing,)
    assert fired(vitals=vitals) == findings


def test_optional_measurements_may_be_left_out():
    for key in ("spo2", "temperature_c", "height_cm"):
        assert evaluate(intake(vitals={key: BLANK})).missing == evaluate(intake(vitals={key: None})).missing == ()


def test_an_empty_intake_misses_everything_that_is_required():
    result = evaluate({})

    required = {key for key, question in QUESTIONS.items() if question.required}
    listed = {"assessment_date", "no_medications", "medications"}
    measured = {"vitals.blood_pressure", "vitals.heart_rate", "vitals.weight"}
    assert set(result.missing) == required | listed | measured
    assert result.findings == ()


@pytest.mark.parametrize(
    ("part", "value", "error"),
    [
        ("answers", [], "answers is not an object"),
        ("answers", "yes", "answers is not an object"),
        ("vitals", [1], "vitals is not an object"),
        ("medications", {"text": "Xanax"}, "medications is not a list"),
        ("medications", "Xanax", "medications is not a list"),
        ("medications", ["Xanax"], "medications[0] is not an object"),
        ("medications", [None], "medications[0] is not an object"),
    ],
)
def test_what_is_no_intake_is_refused_with_the_part_that_is_wrong(part, value, error):
    with pytest.raises(UnusableIntake, match=error.replace("[", r"\[").replace("]", r"\]")):
        evaluate(intake() | {part: value})
    assert evaluate_line(intake() | {part: value}) == {"id": "test", "error": error}


# The result.


def test_contraindicated_comes_before_incomplete_and_the_gaps_are_still_listed():
    result = evaluate(intake(answers={"raised_icp": "yes", "seizures": BLANK}))

    assert result.overall == Overall.CONTRAINDICATED
    assert result.missing == ("seizures",)


def test_incomplete_comes_before_what_a_prescriber_decides():
    assert evaluate(intake(answers={"escort": "no", "seizures": BLANK})).overall == Overall.INCOMPLETE


def test_findings_come_most_severe_first_then_in_the_order_of_the_table():
    answers = {"escort": "no", "age_years": 70, "hypertension_dx": "controlled", "family_psychosis": "yes"}
    found = evaluate(intake(answers=answers | {"raised_icp": "yes"}, medicines=of("Zoloft, Lamictal", None))).findings

    assert [finding.rule for finding in found] == [
        "raised-intracranial-pressure",
        "family-history-psychosis",
        "no-escort",
        "med-lamotrigine",
        "age-limits",
        "med-information",
        "hypertension-history",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"medicines": of("Xanax 1 mg", 3)},
            '"Xanax 1 mg" (read as alprazolam, a benzodiazepine) was taken 3 days ago; the window is 7 days',
        ),
        ({"medicines": of("Xanax", None)}, '"Xanax" (read as alprazolam, a benzodiazepine) is taken now'),
        (
            {"medicines": of("Xanax", 1)},
            '"Xanax" (read as alprazolam, a benzodiazepine) was taken yesterday; the window is 7 days',
        ),
        (
            {"medicines": of("Xanax prn", 40)},
            '"Xanax prn" (read as alprazolam, a benzodiazepine) was taken 40 days ago; '
            "taken as needed, it counts for 90 days",
        ),
        (
            {"medicines": of("Xanax", 20)},
            '"Xanax" (read as alprazolam, a benzodiazepine) was taken 20 days ago; caution up to 28 days',
        ),
        (
            {"medicines": of("Xanax, stopped", None)},
            '"Xanax, stopped" (read as alprazolam, a benzodiazepine) is taken now, yet the entry says it was ended',
        ),
        (
            {"medicines": [entry("Xanax", None)]},
            '"Xanax" (read as alprazolam, a benzodiazepine) has no usable date, so it counts as taken now',
        ),
        ({"medicines": of("blue thing", None)}, '"blue thing" was not recognised'),
        ({"medicines": of("Tylenol, blue thing", None)}, '"blue thing" in "Tylenol, blue thing" was not recognised'),
        ({"medicines": of("lipitorr", None)}, '"lipitorr" was read as atorvastatin; confirm the spelling'),
        ({"vitals": {"systolic": 165}}, "Systolic pressure is 165 mmHg; stop at 160 or more"),
        (
            {"vitals": {"systolic": 148, "diastolic": 92}},
            "Systolic pressure is 148 mmHg; caution at 140 or more. "
            "Diastolic pressure is 92 mmHg; caution at 90 or more",
        ),
        ({"vitals": {"spo2": 91.5}}, "Oxygen saturation is 91.5 %; stop below 92"),
        ({"answers": {"audit_c": 8}}, "AUDIT-C total is 8; a prescriber decides at 8 or more"),
        ({"answers": {"alt_times_uln": 1.4}}, "ALT is 1.4 x upper limit of normal; caution above 1"),
        ({"answers": {"psychosis_ever": "yes"}}, 'Psychosis at any time in life: answered "Yes"'),
        (
            {
                "answers": {
                    "pregnancy_status": "possible",
                    "pregnancy_test": "negative",
                    "pregnancy_test_date": days_ago(9),
                }
            },
            "Age of the negative pregnancy test is 9 days; a prescriber decides above 7",
        ),
    ],
)
def test_the_reason_is_a_sentence_people_read(changes, reason):
    (finding,) = evaluate(intake(**changes)).findings

    assert finding.reason == reason


def test_the_evidence_names_the_inputs_that_fired():
    line = evaluate_line(intake(medicines=of("xanx 1mg", 3), vitals={"systolic": 165}, answers={"escort": "no"}))

    evidence = {finding["rule"]: finding["evidence"] for finding in line["findings"]}
    assert evidence == {
        "seed-benzodiazepine": [{"medicine": "xanx 1mg", "as": "alprazolam", "class": "benzodiazepine", "days": 3}],
        "blood-pressure": [{"vital": "systolic", "value": 165}],
        "no-escort": [{"question": "escort", "answer": "no"}],
    }


def test_a_long_text_is_quoted_by_the_piece_that_matters():
    text = "Tylenol, " + "a very long story about how it was prescribed, " * 3 + "xanx 1mg"
    found = {finding.rule: finding.reason for finding in evaluate(intake(medicines=of(text, None))).findings}

    assert found["seed-benzodiazepine"].startswith('"xanx 1mg" (read as alprazolam')


# Overrides, settings, and what forms are made from.

KINDS = {
    "seed-psychosis-history": "dual",
    "seed-schizophrenia": "dual",
    "seed-mania-history": "dual",
    "seed-benzodiazepine": "single",
    "seed-stimulant": "single",
    "seed-maoi": "dual",
    "active-psychosis-or-mania": "none",
    "suicide-risk": "dual",
    "blood-pressure": "retest",
    "vital-signs-other": "retest",
    "hypertension-history": "retest",
    "aneurysm-avm-or-brain-bleed": "none",
    "cardiovascular-disease": "none",
    "raised-intracranial-pressure": "dual",
    "liver-disease": "dual",
    "bladder-symptoms": "dual",
    "pregnancy": "none",
    "ketamine-misuse": "dual",
    "hyperthyroidism": "retest",
    "phaeochromocytoma-or-porphyria": "dual",
    "ketamine-reaction": "none",
    "age-limits": "none",
}


def test_each_stop_has_the_override_kind_of_the_table():
    stops = {rule for rule, row in RULES.items() if row.most_severe is STOP}

    assert {rule: override_kind(rule, STOP) for rule in stops} == KINDS


def test_the_second_tier_always_takes_one_prescriber():
    decided = {rule for rule, row in RULES.items() if any(tier.severity is DECIDE for tier in row.tiers)}

    kinds = {rule: override_kind(rule, DECIDE) for rule in decided}
    assert kinds.pop("weight-check") is OverrideKind.RETEST  # its only tier
    assert set(kinds.values()) == {OverrideKind.SINGLE}


def test_cautions_and_information_need_no_override_and_do_not_block():
    assert override_kind("blood-pressure", CAUTION) is override_kind("med-information", INFORM) is None
    assert [severity for severity in Severity if blocks(severity)] == [STOP, DECIDE]
    assert all(row.override is None for row in RULES.values() if not blocks(row.most_severe))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_shown(rule):
    row = RULES[rule]

    assert row.in_words == rule_in_words(rule)
    assert not set("{}") & set(row.in_words)
    assert row.title
    assert row.why
    assert row.do
    assert row.sources
    assert row.domain
    assert row.asks


def test_rules_in_words_follow_the_settings():
    assert rule_in_words("blood-pressure").startswith("Stop at 160/100 or more")
    assert rule_in_words("blood-pressure", replace(DEFAULTS, bp_stop_systolic=155)).startswith(
        "Stop at 155/100 or more"
    )


def test_rules_follow_the_settings():
    strict = replace(DEFAULTS, bp_caution_systolic=130, benzodiazepine_days=14, maoi_days=21)

    findings = evaluate(
        intake(vitals={"systolic": 131}, medicines=[*of("Xanax", 14), *of("Nardil", 21)]), strict
    ).findings
    assert {found.rule: found.severity for found in findings} == {
        "seed-benzodiazepine": STOP,
        "seed-maoi": STOP,
        "blood-pressure": CAUTION,
    }


def test_every_setting_of_the_reference_has_its_default():
    expected = {
        "bp_caution_systolic": 140,
        "bp_caution_diastolic": 90,
        "bp_stop_systolic": 160,
        "bp_stop_diastolic": 100,
        "bp_low_systolic": 90,
        "bp_low_diastolic": 50,
        "hr_caution_low": 50,
        "hr_caution_high": 100,
        "hr_stop_low": 40,
        "hr_stop_high": 120,
        "spo2_caution": 95,
        "spo2_stop": 92,
        "temperature_stop": 38.0,
        "alt_caution": 1,
        "alt_decision": 3,
        "audit_c_caution": 3,
        "audit_c_decision": 8,
        "maoi_days": 14,
        "reversible_maoi_days": 1,
        "benzodiazepine_days": 7,
        "benzodiazepine_recent_days": 28,
        "benzodiazepine_prn_days": 90,
        "stimulant_days": 3,
        "stimulant_prn_days": 90,
        "ketamine_elsewhere_days": 30,
        "pregnancy_test_days": 7,
        "screening_valid_days": 30,
        "override_max_days": 90,
        "age_min": 18,
        "age_caution": 65,
    }
    beyond = {"unrecognised_days": 30, "bmi_low": 15, "bmi_high": 50}  # PD numbers of rules 24 and 45

    assert {limit.name: limit.default for limit in limits()} == expected | beyond
    assert all(limit.metadata["words"] and limit.metadata["source"] for limit in limits())


def test_settings_of_a_clinic_are_checked():
    assert Settings.from_values({"bp_stop_systolic": 150}).bp_stop_systolic == 150
    for wrong in ({"bp_stop": 150}, {"maoi_days": "14"}, {"maoi_days": True}, {"maoi_days": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Settings.from_values(wrong)


def test_only_weaker_limits_of_seed_rules_need_the_medical_director():
    assert weakened(replace(DEFAULTS, maoi_days=21, bp_stop_systolic=170)) == []
    assert weakened(replace(DEFAULTS, maoi_days=10, stimulant_days=1)) == ["maoi_days", "stimulant_days"]
    assert weakened(replace(DEFAULTS, maoi_days=15), than=replace(DEFAULTS, maoi_days=16)) == ["maoi_days"]


def test_every_limit_a_rule_compares_with_is_a_setting():
    names = {limit.name for limit in limits()}

    for rule in RULES.values():
        for tier in rule.tiers:
            assert not isinstance(tier.limit, str) or tier.limit in names | {""}
            assert tier.within in names | {""}


def test_a_form_can_be_made_from_the_questions():
    asked = [question for section in SECTIONS for question in questions_in(section)]

    assert len(QUESTIONS) == 40
    assert {question.key for question in asked} == set(QUESTIONS) - {"no_medications"}
    assert all(question.wording and question.short for question in QUESTIONS.values())
    assert {question.answered_by for question in asked} == {"patient", "clinician", "measure"}
    assert QUESTIONS["psychosis_ever"].choices == [("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")]
    assert list(VITALS) == ["systolic", "diastolic", "heart_rate", "spo2", "temperature_c", "weight", "height_cm"]


def test_dates_may_be_given_as_dates():
    as_dates = intake(medicines=[entry("Nardil", date(2026, 11, 10))], on=date(2026, 11, 20))

    assert evaluate(as_dates).findings == evaluate(intake(medicines=[entry("Nardil", "2026-11-10")])).findings


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mania_ever", "Manic episode or bipolar I at any time in life"),
        ("vitals.blood_pressure", "Blood pressure"),
        ("vitals.heart_rate", "Pulse"),
        ("vitals.weight.unit", "Unit of the weight"),
        ("assessment_date", "Date of the assessment"),
        ("medications", "Medicine list"),
        ("medications[0].last_taken", "Medicine 1: when it was last taken"),
        ("medications[2].text", "Medicine 3: what it is"),
    ],
)
def test_what_is_missing_is_named_in_words(name, words):
    assert name_in_words(name) == words


def test_the_version_changes_with_the_table():
    assert VERSION.startswith("2026-11-22-")
    assert len(VERSION) <= 20
