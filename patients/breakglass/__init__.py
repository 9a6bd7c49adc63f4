"""Emergency access: a clinician off the care team reads one record for an hour, and somebody else looks at why."""
