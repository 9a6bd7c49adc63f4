"""The course page: where it stands, what the next move needs, and how it got here."""
