"""What went wrong: adverse events, in one vocabulary."""
