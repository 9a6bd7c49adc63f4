"""Tasks: what is owed, by whom, until when, and how it ended."""
