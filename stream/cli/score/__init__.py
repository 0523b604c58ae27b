"""`streamgauge score`: score a CSV file."""
