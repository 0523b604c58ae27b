"""`streamgauge model`: show or check a model bundle."""
