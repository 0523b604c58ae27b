"""Times and numbers as senders write them, and native points that hold such: one reading for worker and ingest."""
