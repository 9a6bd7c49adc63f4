"""The list of patients, the search, and a patient's chart."""
