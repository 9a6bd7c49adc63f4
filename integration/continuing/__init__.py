"""Whether to go on: the review before the next block, and how a course closes."""
