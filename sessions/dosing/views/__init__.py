"""Pages of the dose day."""
