"""Clinics, people, roles and rights, and the wall between clinics."""
