"""`streamgauge watch`: follow the anomalies live."""
