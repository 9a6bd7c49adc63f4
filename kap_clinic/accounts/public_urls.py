"""Addresses open to who is not signed in, or that ask for their own proof, each with its reason."""

PUBLIC: dict[str, str] = {}
