"""The record of a dosing session: everything of the day on one page and one paper, signed and sealed."""
