"""A demo clinic of many patients: a few invented people walk the whole way through the real actions, and wherever one
of them stands the database makes copies of all their rows, past the same constraints, triggers and walls."""
