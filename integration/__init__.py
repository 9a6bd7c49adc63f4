"""What follows: integration sessions, practices, symptom tracking, continue or stop."""
