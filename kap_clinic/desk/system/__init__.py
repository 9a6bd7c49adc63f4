"""Is it healthy? The answer for supervisors, and the page for who looks after the system."""
