"""Private therapy notes: their author's alone. The database shows them to nobody else, and their text is sealed."""
