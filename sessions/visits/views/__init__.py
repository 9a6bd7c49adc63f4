"""The pages of the schedule and of a visit."""
