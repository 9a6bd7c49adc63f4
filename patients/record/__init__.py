"""The patient record: who somebody is, who looks after them, and the facts that do not change by the hour."""
