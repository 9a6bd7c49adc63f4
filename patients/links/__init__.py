"""Links a patient opens without an account: one patient, a few things to do, for some days."""
