"""Commands on stored data: topics, series, state."""
