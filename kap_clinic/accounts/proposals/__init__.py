"""What needs a second person before it happens (SEC-12). It counts persons, not roles."""
