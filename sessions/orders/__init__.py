"""How much: what the prescriber ordered, within which limits, and what a medicine does before a dose."""
