"""Pages of notes: reading, writing, signing."""
