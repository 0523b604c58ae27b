"""`streamgauge doctor`: check broker, topics, model, clock and versions."""
