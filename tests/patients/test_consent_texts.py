"""The consent texts hold every element, under its id, in plain words; nothing is filled in that nobody knows."""

import re

import pytest

from patients.consents import filling, texts
from patients.consents.terms import ConsentKind
from tests.patients.consents import CLINIC_FACTS

# Written by hand from consent-elements 2 to 6: id -> words that only a text with this element says.
ELEMENTS = {
    "treatment-1": ["{prescriber}", "{therapist}", "{phone}", "{after_hours}"],
    "treatment-2": ["dissociative anesthetic", "Schedule III", "mood"],
    "treatment-3": ["off-label", "anesthesia", "FDA", "2022", "2023", "Lozenges"],
    "treatment-4": ["{reason}", "{tried}", "{hope}", "forms"],
    "treatment-5": ["for years", "Which dose is best", "How long", "not cure everything"],
    "treatment-6": ["3 hours", "{route}", "eye shades", "music", "move your body", "scent"],
    "treatment-7": ["truth", "eat or drink", "48 hours", "adult", "forms", "something changes"],
    "treatment-8": ["apart", "dizzy", "sick", "sleepy", "Blurred", "blood pressure", "scared", "sense of time"],
    "treatment-9": [
        *("blood pressure", "breathing", "Passing out", "fall", "psychosis", "mania", "bladder", "liver", "allergic"),
        "gets worse",
    ],
    "treatment-10": ["habit-forming", "refills", "locked", "Never share"],
    "treatment-11": ["memories", "fear", "open to what other people say", "believe", "let down", "ahead of time"],
    "treatment-12": ["less", "stronger", "{crisis}"],
    "treatment-13": ["Psychosis or schizophrenia", "Mania", "aneurysm", "heart attack", "liver", "allergy"],
    "treatment-14": ["benzodiazepines", "Stimulants", "MAOIs", "Never stop a medicine on your own"],
    "treatment-15": ["harm a baby", "we test", "birth control", "nursing", "feeding plan"],
    "treatment-16": ["next day", "slept", "24 hours", "adult", "contract"],
    "treatment-17": ["Other medicines", "Talk therapy alone", "Esketamine", "TMS", "ECT", "Doing nothing"],
    "treatment-18": ["studies", "small and short", "cannot promise"],
    "treatment-19": ["oxygen", "hospital", "We tell"],
    "treatment-20": ["do not have to", "other care", "cannot take it out", "stay with you"],
    "treatment-21": ["{stop_word}", "less", "More touch, more drug", "sober"],
    "treatment-22": ["{safety_officer}", "{board}", "punish"],
    "treatment-23": ["not safe", "misused", "does not help", "other care"],
    "treatment-24": ["{questions}", "{taught}"],
    "treatment-25": ["copy"],
    "touch-1": ["never have to", "full answer", "sober", "on the day"],
    "touch-2": ["0, no touch", "1, safety", "2, support", "3, body work", "{level}", "{cue}", "{techniques}"],
    "touch-3": ["airway", "on your side", "fall", "hurt right now", "write it down"],
    "touch-4": ["{areas}"],
    "touch-5": ["{named}"],
    "touch-6": ["{position}"],
    "touch-7": ["{trauma}"],
    "touch-8": ["{stop_word}", "{stop_gesture}", "freeze", "pull away", "silent"],
    "touch-9": ["only get less", "at any time", "at once"],
    "touch-10": ["Sexual touch is never", "not even if you ask"],
    "touch-11": ["{second_person}"],
    "touch-12": ["{safety_officer}", "{board}"],
    "privacy-1": ["chart", "psychotherapy notes", "separate yes"],
    "privacy-2": ["therapist", "prescriber", "office staff"],
    "privacy-3": ["danger", "child", "judge", "emergency", "public health", "state to state"],
    "privacy-4": ["list of who gets which controlled drug", "look you up", "put on it"],
    "privacy-5": ["42 CFR Part 2", "{part_2}"],
    "privacy-6": ["copy", "correct", "list of those", "reach you", "Complain", "notice"],
    "privacy-7": ["prescriber and your therapist"],
    "privacy-8": ["{reply_time}", "emergency"],
    "privacy-9": ["tell you"],
    "financial-1": ["{prices}", "insurance", "good-faith estimate", "{estimate}"],
    "financial-2": ["{cancel_hours}", "{cancel_fee}", "{gate_fee}", "safety check"],
}
ELECTRONIC = ["Paper is fine", "take back your yes", "this one document", "phone, tablet", "copy"]
HIGHEST_GRADE = 9.0  # Flesch-Kincaid; the aim is the 8th grade (PD)


def section(key):
    kind = key.partition("-")[0]
    return next(one for one in texts.shipped(kind)["sections"] if one["id"] == key)


def test_every_element_has_a_section_and_every_section_an_element():
    shipped = {one["id"] for kind in ConsentKind for one in texts.shipped(kind)["sections"]}

    assert shipped == set(ELEMENTS) | {"electronic-1"}


@pytest.mark.parametrize("key", ELEMENTS)
def test_the_section_says_what_its_element_asks_for(key):
    said = "\n".join([section(key)["heading"], *texts.lines(section(key))])

    missing = [words for words in ELEMENTS[key] if words.lower() not in said.lower()]

    assert not missing


@pytest.mark.parametrize("kind", ConsentKind)
def test_signing_on_a_screen_is_explained_first(kind):
    first = texts.shipped(kind)["sections"][0]
    said = "\n".join(texts.lines(first))

    assert first["id"] == "electronic-1"
    assert [words for words in ELECTRONIC if words not in said] == []


@pytest.mark.parametrize("kind", ConsentKind)
def test_each_text_has_two_questions_that_lead_back_to_one_of_its_sections(kind):
    shipped = texts.shipped(kind)
    headings = {one["id"] for one in shipped["sections"]}

    assert len(shipped["questions"]) == 2
    for question in shipped["questions"]:
        assert question["section"] in headings
        assert 0 <= question["right"] < len(question["answers"]) == len(set(question["answers"]))


def test_the_treatment_questions_ask_about_driving_and_off_label_use():
    assert {one["id"] for one in texts.shipped("treatment")["questions"]} == {"driving", "off-label"}


@pytest.mark.parametrize("kind", ConsentKind)
def test_every_slot_is_known_in_words(kind):
    assert set(texts.slots(texts.shipped(kind)["sections"])) <= set(texts.SLOTS)


@pytest.mark.parametrize("kind", ConsentKind)
def test_sections_are_short_enough_for_a_phone_and_name_their_source(kind):
    for one in texts.shipped(kind)["sections"]:
        assert sum(len(line.split()) for line in texts.lines(one)) <= 160, one["id"]
        assert one["source"]


# Reading grade


def syllables(word):
    """Groups of vowels, silent endings left out; every word has one."""
    word = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", re.sub(r"[^a-z]", "", word.lower()))
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def grade(lines):
    """Flesch-Kincaid grade; a line is at least one sentence."""
    sentences = [s for line in lines for s in re.split(r"[.!?]+(?:\s|$)", line) if s.strip()]
    words = [w for line in lines for w in re.findall(r"[A-Za-z][A-Za-z'’-]*", line)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_grade_tells_plain_words_from_learned_ones():
    plain = ["The cat sat on the mat.", "We saw it and we went home."]
    learned = ["Dissociative anaesthesia necessitates individualised haemodynamic monitoring notwithstanding history."]

    assert grade(plain) < 2
    assert grade(learned) > 20
    assert [syllables(word) for word in ("cat", "ketamine", "medicine", "asked", "table")] == [1, 3, 3, 1, 2]


@pytest.mark.parametrize("kind", ConsentKind)
def test_a_text_reads_like_the_eighth_grade(kind):
    sections = texts.filled(texts.shipped(kind)["sections"], VALUES)
    lines = [line for one in sections for line in texts.lines(one)]

    assert grade(lines) <= HIGHEST_GRADE
    for one in sections:
        assert grade(list(texts.lines(one))) <= HIGHEST_GRADE + 2, one["id"]


# Filling in

VALUES = {
    **dict.fromkeys(texts.SLOTS, "what was said"),
    "prices": CLINIC_FACTS["price_list"],
    "phone": CLINIC_FACTS["clinic_phone"],
}


def test_a_filled_text_has_no_braces_and_no_gap():
    for kind in ConsentKind:
        said = "\n".join(
            line for one in texts.filled(texts.shipped(kind)["sections"], VALUES) for line in texts.lines(one)
        )
        assert "{" not in said
        assert "not filled in" not in said


def test_a_gap_is_named_and_stays_visible():
    sections = texts.shipped("financial")["sections"]

    gaps = texts.gaps(sections, {**VALUES, "prices": [], "cancel_fee": ""})
    said = str(texts.filled(sections, {**VALUES, "prices": [], "cancel_fee": ""}))

    assert gaps == ["the price list", "what a late cancellation costs"]
    assert "[the price list: not filled in]" in said


def test_a_zero_is_a_value_and_no_gap():
    assert texts.gaps([{"text": ["{cancel_hours}"]}], {"cancel_hours": 0}) == []
    assert texts.filled([{"text": ["{cancel_hours} hours"]}], {"cancel_hours": 0})[0]["text"] == ["0 hours"]


def test_a_list_stands_as_a_list_where_it_is_a_paragraph_of_its_own():
    filled = texts.filled([{"text": ["{prices}", "So: {prices}"]}], {"prices": ["One", "Two"]})

    assert filled[0]["text"] == [["One", "Two"], "So: One; Two"]


@pytest.mark.parametrize("kind", ConsentKind)
def test_a_section_typed_and_read_again_is_the_same(kind):
    for one in texts.shipped(kind)["sections"]:
        assert texts.as_blocks(texts.as_typed(one)) == one["text"]


def test_typed_lines_become_paragraphs_and_lists():
    typed = "One line\r\nand the next.\r\n\r\nA list:\n- first\n- second\n\nThe end."

    assert texts.as_blocks(typed) == ["One line and the next.", "A list:", ["first", "second"], "The end."]


def test_what_changed_between_two_versions_is_named():
    before = texts.shipped("privacy")["sections"]
    after = [{**one, "text": ["New words"]} if one["id"] == "privacy-8" else one for one in before]

    assert texts.changed(before, after) == ["Messages"]
    assert texts.changed(before, before) == []


def test_crisis_contacts_are_told_in_one_breath():
    contacts = [
        {"name": "Lifeline", "phone": "988", "note": "any hour"},
        {"name": "Emergency", "phone": "911", "note": ""},
    ]

    assert filling.crisis_in_words(contacts) == "call 988 (Lifeline, any hour) or 911 (Emergency)"
    assert filling.crisis_in_words([]) == ""


def test_level_zero_names_nobody_and_no_techniques():
    said = filling.values("touch", {"level": 0, "named": [{"user": 1, "name": "Alex Moreno"}], "cue": ""}, {}, None)

    assert said["named"] == "No one"
    assert said["cue"] == said["techniques"] == "Not at this level"
