"""Where the schedule meets the list of patients."""
