"""Settings: what a user may set, where it is read from, and what contradicts what."""
