"""Commands on what a worker has stored: topics, series, state."""
