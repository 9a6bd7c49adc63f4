"""What the matcher makes of a text, step by step as screening-rules 4 describes it."""

import io
import json
import os
import string

import pytest
from django.core.management import call_command
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patients.medicines.lexicon import letters, lexicon, words
from patients.medicines.matcher import Match, look_alike, read, recognise
from patients.medicines.text import normalise, split

TYPOS_READ = 42_000  # of about 330,000; TYPOS=all reads every one


def named(text):
    """Generic names found in a text, in reading order."""
    return [medicine.row.generic for medicine in read(text).medicines]


def pieces(text):
    return [(piece["text"], piece["as"], piece["match"]) for piece in recognise(text)]


def segments(text):
    found = {}
    for word in split(text, words().separating):
        if word.segment is not None:
            found.setdefault(word.segment, []).append(word.text)
    return [" ".join(spelled) for spelled in found.values()]


# 1. Normalise.


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("  XANAX  1mg ", "xanax 1mg"),
        ("Xanax™ 0.5mg", "xanax 0 5mg"),
        ("Xanax® and Ⓡ", "xanax and"),
        ("Ｘａｎａｘ", "xanax"),
        ("Xa\u200bn\u00ada\ufeffx", "xanax"),
        ("Xan\x00ax", "xanax"),
        ("Xänâx", "xanax"),
        ("Xa\u0301nax", "xanax"),
        ("St. John’s wort", "st johns wort"),
        ("don't, don´t, don`t", "dont dont dont"),
        ("1½ tablets", "11 2 tablets"),
        ("100µg = 100μg", "100μg 100μg"),
        ("10㎎", "10mg"),
        ("co-codamol_8/500", "co codamol 8 500"),
        ("İmovane", "imovane"),
        ("💊 Ambien 💊", "ambien"),
        ("???", ""),
    ],
)
def test_texts_are_normalised(typed, spelled):
    assert normalise(typed) == spelled


# 2. Split into segments.


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a1,b1;c1+d1&e1|f1•g1(h1)[i1]{j1}", ["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1", "j1"]),
        ("a1\nb1\r\nc1\u2028d1", ["a1", "b1", "c1", "d1"]),
        ("Meds: aa. bb", ["meds", "aa", "bb"]),
        ("0.5 aa.bb 10:30", ["0 5 aa bb 10 30"]),
        ("aa - bb – cc — dd", ["aa", "bb", "cc", "dd"]),
        ("aa-bb cc -dd ee- ff", ["aa bb cc dd ee ff"]),
        ("1. aa 2. bb", ["1", "aa 2", "bb"]),
        ("1.aa 2.bb", ["1", "aa 2", "bb"]),
        ("1) aa 2) bb", ["1", "aa 2", "bb"]),
        ("aa and bb with cc plus dd or ee then ff also gg", ["aa", "bb", "cc", "dd", "ee", "ff", "gg"]),
        ("aa AND bb andy orson", ["aa", "bb andy orson"]),
        ("aa/bb", ["aa", "bb"]),
        ("aa / bb", ["aa", "bb"]),
        ("8/2 mg", ["8 2 mg"]),
        ("mg/24 h", ["mg 24 h"]),
        ("10mg/day", ["10mg", "day"]),
        ("aa, , and ; bb", ["aa", "bb"]),
    ],
)
def test_texts_are_split_where_a_breath_ends(typed, expected):
    assert segments(typed) == expected


# 3. Exact pass.


@pytest.mark.parametrize(
    ("text", "generics"),
    [
        ("Xanax 1 mg", ["alprazolam"]),
        ("claritin d", ["pseudoephedrine"]),
        ("Claritin-D 24 hour", ["pseudoephedrine"]),
        ("claritin", ["loratadine"]),
        ("diet coke", ["cola drink"]),
        ("Coke Zero", ["cola drink"]),
        ("coke", ["cocaine"]),
        ("Advil Cold & Sinus", ["pseudoephedrine"]),
        ("Advil Cold and Sinus", ["pseudoephedrine"]),
        ("Advil PM", ["diphenhydramine"]),
        ("Fioricet with Codeine", ["butalbital caffeine and codeine combinations"]),
        ("Fioricet", ["butalbital with acetaminophen and caffeine"]),
        ("St. John's Wort 300mg daily", ["St John's wort"]),
        ("chlordiazepoxide and amitriptyline", ["chlordiazepoxide and amitriptyline"]),
        ("lorazepam/zolpidem", ["lorazepam", "zolpidem"]),
        ("Tylenol w/codeine", ["acetaminophen", "codeine"]),
        ("3,4-methylenedioxymethamphetamine", ["MDMA"]),
        ("Evekeo ODT", ["amphetamine"]),
        ("adhd tablets", ["stimulant (unspecified)"]),
        ("benzos", ["benzodiazepine (unspecified)"]),
        ("xanx", ["alprazolam"]),
        ("Tylenol 3", ["codeine and acetaminophen"]),
        ("Tylenol #3 for pain", ["codeine and acetaminophen"]),
        ("Tylenol 3 times a day", ["acetaminophen"]),
        ("Tylenol 3 x day", ["acetaminophen"]),
        ("Tylenol 3 a day", ["acetaminophen"]),
        ("Tylenol 3 per day", ["acetaminophen"]),
        ("Tylenol 3 day", ["acetaminophen"]),
        ("Tylenol 3 daily", ["acetaminophen"]),
        ("Vitamin D3 daily", ["cholecalciferol (vitamin D)"]),
        ("Theo-24 300 mg", ["theophylline"]),
        ("Prozac Prozac", ["fluoxetine", "fluoxetine"]),
    ],
)
def test_names_spelled_right_are_found_longest_first(text, generics):
    assert named(text) == generics
    assert all(medicine.match is Match.EXACT for medicine in read(text).medicines)


# 4. Fuzzy pass.


@pytest.mark.parametrize(
    ("text", "generic"),
    [
        ("xanac", "alprazolam"),  # 5 letters, one wrong
        ("ativann 1mg", "lorazepam"),
        ("rivotrl", "clonazepam"),
        ("lorazpeam", "lorazepam"),  # two letters that changed places are one error
        ("clonazepamm xr", "clonazepam"),
        ("klo nopin", "clonazepam"),  # adjacent words
        ("tranylcyprommine", "tranylcypromine"),
        ("methylene 1% bluee", "methylene blue"),  # the number between is dropped first
        ("kolonopinn", "clonazepam"),  # misspellings are names too
        ("methylphenidatte hcl er", "methylphenidate"),
    ],
)
def test_look_alikes_are_read_as_the_name_they_are_near(text, generic):
    (medicine,) = read(text).medicines

    assert (medicine.row.generic, medicine.match) == (generic, Match.FUZZY)


@pytest.mark.parametrize(
    "text",
    [
        "xanpp",  # two wrong in five letters
        "xan",  # too short
        "anax xr",  # four letters once the form is dropped
        "klonpp 1",
        "clonadan",  # as near to one class as to another
        "klonidin",  # near clonidine, but a benzodiazepine is within two letters
        "metadane er",  # near methadone, but Metadate is within two letters
        "allergy pressure vitamin",
        "insomnia",
        "heart rhythm",
        "vit b13",
    ],
)
def test_what_is_too_far_or_in_doubt_stays_unrecognised(text):
    assert read(text).medicines == ()
    assert read(text).unrecognised == (text,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Prozac Parnat 10", ["fluoxetine", "tranylcypromine"]),
        ("Ambien rivotrl", ["zolpidem", "clonazepam"]),
        ("Ambien gabapentn", ["zolpidem"]),  # beside a name only the seed classes count
        ("gabapentn rivotrl", ["gabapentin", "clonazepam"]),  # beside an earlier match too
        ("Ambien, gabapentn", ["zolpidem", "gabapentin"]),
        ("Celexa - ativann", ["citalopram", "lorazepam"]),
        ("trazodone for insomnia", ["trazodone"]),
        ("Strattera for attention", ["atomoxetine"]),
        ("melatonin sleep supplement", ["melatonin"]),
    ],
)
def test_beside_a_name_a_look_alike_counts_only_when_it_is_a_seed_class(text, expected):
    assert named(text) == expected


def test_beside_a_name_a_word_that_may_be_a_benzodiazepine_is_not_passed_over():
    assert read("Prozac, lorab").unrecognised == ("lorab",)
    assert read("Prozac lorab").unrecognised == ("lorab",)  # as near lorazepam's "loram" as hydrocodone's "lortab"


def test_of_two_names_equally_near_the_one_that_asks_for_more_care_is_read():
    assert look_alike("amodafinil").row is lexicon().by_name["modafinil"]  # a CYP3A4 inducer too; armodafinil is not


# 5. What is left over.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xanx 1mg, Vyvance", [("xanx 1mg", "alprazolam", "exact"), ("Vyvance", "lisdexamfetamine", "exact")]),
        (
            "Celexa - ativann",
            [("Celexa", "citalopram", "exact"), ("ativann", "lorazepam", "fuzzy")],
        ),
        (
            "my old Xanax and stuff",
            [("my old Xanax", "alprazolam", "exact"), ("and", None, "ignored"), ("stuff", None, "unrecognised")],
        ),
        ("Xanax blue bars 2 mg", [("Xanax", "alprazolam", "exact"), ("blue bars 2 mg", None, "ignored")]),
        ("small blue sleep pill", [("small blue sleep pill", None, "unrecognised")]),
        ("sleep pill", [("sleep pill", None, "unrecognised")]),
        ("20 mg", [("20 mg", None, "unrecognised")]),
        ("???", [("???", None, "unrecognised")]),
        ("Xanax, 1 mg", [("Xanax", "alprazolam", "exact"), ("1 mg", None, "ignored")]),
        ("Xanax, Xanax", [("Xanax", "alprazolam", "exact"), ("Xanax", "alprazolam", "exact")]),
        ("None currently", [("None currently", None, "ignored")]),
        ("", []),
        (" \u200b ", []),
    ],
)
def test_every_piece_of_a_text_is_accounted_for(text, expected):
    assert pieces(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "None",
        "no",
        "NIL.",
        "N/A",
        "n.a.",
        "Nothing",
        "no meds",
        "No medication",
        "no medications!",
        "no current medications",
        "none currently",
        "not taking anything",
        "NKDA",
    ],
)
def test_entries_that_say_there_is_nothing_are_ignored(text):
    assert read(text).says_none


@pytest.mark.parametrize("text", ["none of your business", "no Xanax", "nothing but Advil", "no", "na"])
def test_only_whole_entries_say_that_there_is_nothing(text):
    assert read(text).says_none == (text == "no")


TEXT_PARTS = st.one_of(
    st.sampled_from(sorted(lexicon().by_name)),
    st.sampled_from(sorted(words().filler | words().separating | words().everyday)),
    st.sampled_from([*words().ending, *words().as_needed, "10mg", "0.5", "3", "8/2"]),
    st.sampled_from([", ", "\n", " - ", "; ", "/", ". ", "(", ")", " ", "  ", "'", "®", "\u200b"]),
    st.text(max_size=8),
)


@given(st.lists(TEXT_PARTS, max_size=12).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts)])))
@settings(max_examples=300, derandomize=True)
@example("val Xanax ium")
@example("A¼abilfy")  # one character that is the end of one word and the start of the next
@example("½mg ﬁlm ½")
def test_no_word_of_a_text_vanishes(text):
    """Every word has a fate, and the pieces hold every word in its order. 300 texts of up to 12 parts."""
    reading = read(text)
    in_pieces = iter(" ".join(normalise(piece.text) for piece in reading.pieces).split())

    assert [word for word, _ in reading.account] == normalise(text).split()
    assert all(word in in_pieces for word in normalise(text).split())  # each is found after the one before
    assert all(piece.text in text for piece in reading.pieces)
    assert bool(normalise(text)) <= bool(reading.pieces)


@given(st.text(max_size=60))
@settings(max_examples=300, derandomize=True)
def test_any_text_at_all_can_be_read(text):
    """300 texts of any characters, lone surrogates included."""
    assert isinstance(json.dumps(recognise(text)), str)
    assert read(text + "\ud800").medicines == read(text + "\ud800").medicines


# One wrong letter never makes another drug of a benzodiazepine, stimulant or MAO inhibitor.


def typos(name):
    """Every text that is one letter away: left out, added, changed, or two that changed places."""
    alphabet = string.ascii_lowercase
    cuts = [(name[:place], name[place:]) for place in range(len(name) + 1)]
    left_out = {head + tail[1:] for head, tail in cuts if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    changed = {head + letter + tail[1:] for head, tail in cuts if tail for letter in alphabet}
    added = {head + letter + tail for head, tail in cuts for letter in alphabet}
    return sorted((left_out | swapped | changed | added) - {name})


def seed_names(is_wanted):
    rows = lexicon().by_name.items()
    return [(name, row) for name, row in rows if row.cls in words().seed_classes and is_wanted(name)]


def test_one_wrong_letter_in_a_seed_name_never_makes_it_another_class():
    """42,000 of the about 330,000 single-letter errors in the one-word names of 5 letters or more, spread evenly.

    An error that spells another name of the table is that name to everybody; it is counted out. `TYPOS=all` in the
    environment reads every one (about two minutes).
    """
    names = seed_names(lambda name: " " not in name and letters(name) >= 5)
    every = [(row, typo) for name, row in names for typo in typos(name) if typo not in lexicon().by_name]
    chosen = every if os.environ.get("TYPOS") == "all" else every[:: len(every) // TYPOS_READ]

    wrong = [
        (row.generic, typo, medicine.row.generic)
        for row, typo in chosen
        for medicine in read.__wrapped__(typo).medicines
        if medicine.row.cls not in row.classes
    ]

    assert len(chosen) >= TYPOS_READ
    assert wrong == []


def test_one_wrong_letter_in_a_seed_name_with_its_form_never_makes_it_a_harmless_drug():
    """Every single-letter error in the first word of names like "Metadate ER", whose form is dropped."""
    names = seed_names(lambda name: len(name.split()) == 2 and name.split()[1] in words().filler)

    wrong = [
        (name, typo, medicine.row.generic)
        for name, row in names
        for typo in typos(name.split()[0])
        for medicine in read.__wrapped__(f"{typo} {name.split()[1]}").medicines
        if medicine.match is Match.FUZZY and medicine.row.cls not in words().seed_classes
    ]

    assert wrong == []


# 4.2 Ended, as needed, long-acting.


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Xanax stopped last year", [True]),
        ("Xanax, stopped last year", [True]),
        ("Xanax (stopped)", [True]),
        ("Xanax - stopped 2019", [True]),
        ("Xanax, stopped in May", [False]),
        ("Xanax, 2 mg, stopped", [False]),
        ("Nardil; stopped Zoloft", [False, True]),
        ("Nardil, Zoloft, stopped", [False, True]),
        ("stopped: Xanax", [False]),
        ("Xanax, never more than 2 a day", [False]),
        ("Adderall (weekends off)", [False]),
        ("Emsam, off and on", [False]),
        ("Ritalin (not Adderall)", [False, False]),
        ("Xanax not any more", [True]),
        ("I don't take Xanax", [True]),
        ("Xanax, don’t take it", [True]),
        ("no longer on Xanax", [True]),
        ("used to take Xanax", [True]),
        ("Ativan (never took it)", [True]),
        ("Valium off since 2020", [True]),
        ("allergic to Valium", [True]),
        ("quitting Xanax", [False]),
        ("Fioricet with Codeine, quit", [True]),
    ],
)
def test_ending_words_count_in_the_own_segment_or_a_next_one_that_says_nothing_else(text, ended):
    assert [medicine.ended for medicine in read(text).medicines] == ended


@pytest.mark.parametrize(
    "text",
    [
        "Xanax PRN",
        "Xanax p.r.n.",
        "Xanax P. R. N.",
        "prn: Xanax",
        "Xanax as-needed",
        "Xanax\nif required",
        "Lorazepam, only if I panic",
        "Ativan once in a while",
        "Ativan now and then",
        "Ativan off and on",
        "Xanax XR 1mg/day/prn",
        "Ritalin, not daily",
        "Zoloft daily, Xanax sometimes",
    ],
)
def test_as_needed_words_count_anywhere_in_the_entry(text):
    assert read(text).as_needed


@pytest.mark.parametrize("text", ["Xanax daily", "Xanax needed", "Xanax prnx", "Xanax if anxious", "Xanax now"])
def test_other_words_do_not_say_as_needed(text):
    assert not read(text).as_needed


@pytest.mark.parametrize(
    ("text", "cls", "days"),
    [
        ("Invega injection", "antipsychotic", 180),
        ("Abilify long-acting", "antipsychotic", 180),
        ("Abilify LAI", "antipsychotic", 180),
        ("haloperidol depot", "antipsychotic", 180),
        ("Abilify, monthly", "antipsychotic", 14),
        ("Abilify", "antipsychotic", 14),
        ("Invega Sustenna", "antipsychotic", 180),
        ("Suboxone film", "opioid", 3),
        ("buprenorphine implant", "opioid", 90),
        ("Sublocade", "opioid", 90),
        ("buprenorphine patch", "opioid", 10),
        ("buprenorphine monthly shot and patch", "opioid", 90),
        ("fentanyl patches", "opioid", 10),
        ("fentanyl injection", "opioid", 3),
        ("naltrexone shot", "naltrexone", 30),
        ("Vivitrol", "naltrexone", 30),
        ("naltrexone 50 mg", "naltrexone", 3),
        ("nalmefene injection", "naltrexone", 3),
        ("Emsam patch", "maoi", 14),
        ("Parstelin", "antipsychotic", 14),
        ("Parstelin injection", "antipsychotic", 180),
        ("phenobarbital", "cns_depressant", 21),
        ("phenobarbital", "cyp3a4_inducer", 21),
        ("phenobarbital", "high_risk_sedative", 21),
        ("methadone", "nmda_antagonist", 3),
        ("methadone patch", "nmda_antagonist", 10),
        ("memantine", "nmda_antagonist", 7),
        ("carbamazepine", "cyp3a4_inducer", 14),
        ("Luvox", "cyp3a4_inhibitor", 7),
        ("Redotex", "stimulant", 3),
        ("Redotex", "benzodiazepine", 7),
    ],
)
def test_a_medicine_counts_as_in_use_for_the_days_of_its_class_row_or_form(text, cls, days):
    (medicine,) = read(text).medicines

    assert medicine.days(cls, words().windows) == days


def test_the_recognise_command_prints_what_the_matcher_makes_of_a_text():
    out = io.StringIO()

    call_command("recognise", "xanx 1mg, Vyvance", stdout=out)

    assert json.loads(out.getvalue()) == [
        {"text": "xanx 1mg", "as": "alprazolam", "class": "benzodiazepine", "match": "exact"},
        {"text": "Vyvance", "as": "lisdexamfetamine", "class": "stimulant", "match": "exact"},
    ]
