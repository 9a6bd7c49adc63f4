"""Stored papers: the list of a patient's, opening one, asking again for one that could not be made."""
