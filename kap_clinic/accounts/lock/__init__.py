"""The idle lock: the screen is covered, the person stays signed in, and nothing typed is lost."""
