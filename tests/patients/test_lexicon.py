"""The medicine table and the word lists: complete, unambiguous, and exactly what screening-rules 4 says."""

import random
import re

import pytest
from rapidfuzz import process
from rapidfuzz.distance import OSA

from kap_clinic.dev.samples import misspelled
from patients.medicines.lexicon import FOLDER, in_words, letters, lexicon, words
from patients.medicines.matcher import look_alike
from patients.medicines.text import normalise

# As screening-rules 4.1 writes it: "tablet(s)" stands for both.
FILLER = """
    mg mcg ug ml g units
    tablet(s) tab(s) capsule(s) cap(s) pill(s) film(s) patch(es) spray drop(s) injection shot dose(s) extended release
    xr er sr la cr ir xl odt
    hcl hydrochloride sodium
    daily once twice time(s) day(s) night(ly) morning evening bedtime week(ly) month(ly) every other each per hs qhs qam
    qpm qd bid tid qid prn as needed when if sometimes occasionally rarely before after meals food with
    for sleep anxiety panic attacks pain mood focus flying adhd depression
    the a an my of to in on at from i take taking took one two three half hour(s) year(s) ago since last then only maybe
    about and plus some any friend husband wife partner brand generic old new leftover is it was
"""
FILLER_ADDED = {"μg"}  # how "µg" is spelled once normalised
ENDING = (
    "stopped, quit, discontinued, ended, finished, no longer, used to, not taking, not any more, anymore, never took, "
    "never taken, off it, off since, off for, dont take, allergic to"
)
AS_NEEDED = (
    "prn, p r n, as needed, as required, when needed, when required, if needed, if required, only when, only if, "
    "occasional, occasionally, sometimes, once in a while, rarely, now and then, off and on, on and off, not daily"
)
NOTHING = (
    "none, no, nil, n/a, nothing, no meds, no medication, no medications, no current medications, none currently, "
    "not taking anything, nkda"
)
EVERYDAY = """
    medicine medicines medication medications meds supplement supplements vitamin vitamins prostate pressure cholesterol
    allergy allergies stomach
"""
WINDOWS = {
    1: "reversible_maoi sympathomimetic",
    3: "stimulant opioid z_drug cns_depressant gabapentinoid theophylline naltrexone",
    7: "benzodiazepine lamotrigine cyp3a4_inhibitor ssri snri tca other_antidepressant antihypertensive thyroid other",
    14: "maoi antipsychotic mood_stabilizer cyp3a4_inducer cyp2b6_inhibitor_or_inducer",
    30: "ketamine",
}


def row(name):
    return lexicon().by_name[name]


def expanded(listed):
    for word in listed.split():
        stem, ending = re.fullmatch(r"(\w+)(?:\((\w+)\))?", word).groups()
        yield from {stem, stem + (ending or "")}


def test_the_table_has_every_row():
    assert len(lexicon().rows) == 529
    assert len((FOLDER / "medications.csv").read_text().splitlines()) == 530


def test_no_name_stands_in_two_rows():
    names = [name for row in lexicon().rows for name in row.names]

    assert len(names) == len(set(names)) == len(lexicon().by_name)


def test_every_name_is_normalised_and_none_is_empty():
    assert all(name and normalise(name) == name for name in lexicon().by_name)


def test_no_name_is_a_word_that_would_be_dropped_or_split_at():
    lists = words().filler | words().everyday | words().separating | words().ignored_entries

    assert not lists.intersection(lexicon().by_name)


def test_every_class_has_a_window_and_every_class_and_tag_a_name_in_words():
    classes = {cls for row in lexicon().rows for cls in row.classes}
    tags = {tag for row in lexicon().rows for tag in row.tags}

    assert classes == set(words().windows)
    assert tags == {"high_risk_sedative", "nmda_antagonist", "glp1", "nonstimulant_adhd"}
    assert {in_words(key) for key in classes | tags} == set(words().class_words.values())


def test_windows_are_those_of_the_reference():
    assert words().windows == {cls: days for days, classes in WINDOWS.items() for cls in classes.split()}


@pytest.mark.parametrize(
    ("name", "cls", "also", "tags", "window"),
    [
        ("xanax", "benzodiazepine", (), (), None),
        ("limbitrol", "benzodiazepine", ("tca",), (), None),
        ("modafinil", "stimulant", ("cyp3a4_inducer",), (), None),
        ("redotex", "stimulant", ("benzodiazepine",), (), None),
        ("parstelin", "maoi", ("antipsychotic",), (), None),
        ("phenobarbital", "cns_depressant", ("cyp3a4_inducer",), ("high_risk_sedative",), 21),
        ("carbamazepine", "mood_stabilizer", ("cyp3a4_inducer", "cyp2b6_inhibitor_or_inducer"), (), None),
        ("sublocade", "opioid", (), (), 90),
        ("invega sustenna", "antipsychotic", (), (), 180),
        ("vivitrol", "naltrexone", (), (), 30),
        ("methadone", "opioid", (), ("nmda_antagonist",), None),
        ("ozempic", "other", (), ("glp1",), None),
    ],
)
def test_tokens_of_the_notes_are_read(name, cls, also, tags, window):
    found = row(name)

    assert (found.cls, found.also, found.tags, found.window) == (cls, also, tags, window)
    assert "[" not in found.note


def test_a_generic_is_known_with_and_without_its_bracket():
    assert row("cannabis") is row("cannabis thc") is row("weed")
    assert row("benzodiazepine") is row("benzos")


def test_the_filler_words_are_those_of_the_reference_the_ending_words_and_the_named_additions():
    ending = set(ENDING.replace(",", "").split())

    assert words().filler == set(expanded(FILLER)) | FILLER_ADDED | ending


def test_phrases_are_those_of_the_reference():
    assert list(words().ending) == ENDING.split(", ")
    assert list(words().as_needed) == AS_NEEDED.split(", ")
    assert words().ignored_entries == {normalise(text) for text in NOTHING.split(", ")}


def test_separating_words_and_words_a_number_belongs_to_are_those_of_the_reference():
    assert words().separating == {"and", "with", "plus", "or", "then", "also"}
    assert words().number_goes_with_next == {"times", "x", "a", "per", "day", "daily"}


def test_everyday_words_are_those_of_the_reference_and_some_that_would_be_read_as_medicines():
    added = words().everyday - set(EVERYDAY.split())

    assert words().everyday >= set(EVERYDAY.split())
    assert all(look_alike(word) or look_alike(word.removesuffix("s")) for word in added)


@pytest.mark.parametrize("cls", ["benzodiazepine", "stimulant", "maoi", "reversible_maoi"])
def test_seed_classes_are_marked_and_have_names_the_fuzzy_pass_can_find(cls):
    names = [name for name, row in lexicon().by_name.items() if row.cls == cls and letters(name) >= 5]

    assert cls in words().seed_classes
    assert len(names) > 25


def test_short_names_are_never_offered_for_likeness():
    offered = {
        name for by_length in lexicon().near_length.values() for near in by_length.values() for name in near.names
    }

    assert offered == {name for name in lexicon().by_name if letters(name) >= 5}


@pytest.mark.parametrize("reach", [1, 2])
def test_every_name_within_reach_is_among_the_candidates(reach):
    """2,000 misspelled names (seed 3), against the distance to every name of the table that is long enough."""
    chance = random.Random(3)
    names = [name for name in lexicon().by_name if letters(name) >= 5]

    for _ in range(2_000):
        text = misspelled(chance, misspelled(chance, chance.choice(names)))
        near = {name for name, *_ in process.extract(text, names, scorer=OSA.distance, score_cutoff=reach, limit=None)}
        neighbours = lexicon().near_length[reach].get(len(text))

        assert near <= set(neighbours.candidates(text) if neighbours else ())
