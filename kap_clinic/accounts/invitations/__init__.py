"""How somebody becomes a member of the clinic: by invitation only (SEC-20)."""
