"""Fit to leave? The thirteen items, and the end of the day."""
