"""State of a key: packed record, typed views, policy."""
