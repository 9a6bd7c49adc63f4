"""The board: who is in the building now, and what waits for whom."""
