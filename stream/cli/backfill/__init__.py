"""`streamgauge backfill`: warm up on history."""
