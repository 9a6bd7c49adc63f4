"""Work that somebody owes: with an owner, a clock and the outcome it must end in."""
