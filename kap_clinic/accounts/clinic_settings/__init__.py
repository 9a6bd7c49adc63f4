"""What a clinic has set: versions with who and when, never overwritten."""
