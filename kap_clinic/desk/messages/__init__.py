"""Every message in one row: what failed, what comes, what was sent."""
