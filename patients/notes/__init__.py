"""Notes of preparation, dosing, integration, consults and calls: drafts, signing, addenda."""
