"""Pages that register a patient and change what the record says."""
