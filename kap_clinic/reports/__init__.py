"""Outcomes and exports. Owns no clinical tables."""
