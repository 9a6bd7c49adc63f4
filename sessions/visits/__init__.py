"""When: every booking, who is in it and where, and what a preparation visit writes down."""
