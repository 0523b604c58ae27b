"""`streamgauge show`: one series as a picture."""
