"""The report of a fit: screen, page, figures."""
