"""What people fill in: intakes and measures."""
