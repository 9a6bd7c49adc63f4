"""The pages a patient sees."""
