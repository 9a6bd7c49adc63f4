"""Who: the record, medicines, consents, notes, tasks and the course everything hangs on."""
