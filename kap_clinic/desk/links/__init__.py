"""Links for a patient: choose what they are for, show one once, take one back."""
