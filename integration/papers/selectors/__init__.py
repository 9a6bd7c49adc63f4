"""What the papers of a course print."""
