"""The report of NAB: screen, page, figures."""
