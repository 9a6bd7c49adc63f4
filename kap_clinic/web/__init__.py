"""Components, template tags, form and chart helpers: no clinical word, no table."""
