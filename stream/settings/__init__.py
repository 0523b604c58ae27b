"""Settings: fields, sources, consistency."""
