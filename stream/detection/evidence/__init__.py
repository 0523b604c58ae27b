"""The components of a score, the thresholds of each, and their fusion."""
