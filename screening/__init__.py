"""May they: the rules, screenings, findings, reviews, and measures with their responses."""
