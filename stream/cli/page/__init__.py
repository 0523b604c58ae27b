"""`streamgauge page`: the live page."""
