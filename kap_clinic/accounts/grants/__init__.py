"""Rights beside those of a role, written down with an end: reading grants, and who supervises whom."""
