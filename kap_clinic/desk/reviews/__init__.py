"""Reviews: what waits for a prescriber, and the page where it is decided."""
