"""Pages of the portal: the door, the forms, the consents, and the rest of a visit."""
