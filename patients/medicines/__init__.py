"""What a patient takes: the list, the lexicon and the matcher."""
