"""Pages of integration: one visit, the list of what is due, the call after a dose."""
