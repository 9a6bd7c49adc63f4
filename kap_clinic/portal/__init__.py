"""The pages a patient sees: a link, a second check, one question at a time. No account."""
