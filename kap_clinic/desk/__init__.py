"""Staff pages that span the pathway: Today, board, chart, banner, reviews, search, history. Owns no tables."""
