"""The ledger of everything sent, and the task that sends it."""
