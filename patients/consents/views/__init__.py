"""Staff pages of consents. The patient's own pages are the portal's."""
