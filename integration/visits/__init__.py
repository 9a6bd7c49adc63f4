"""What the dose meant: the visit after it, practices, and the call of the next day."""
