"""The dose day: the session, its doses, its log, its monitoring and its alerts."""
