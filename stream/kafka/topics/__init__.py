"""Topics: those that are needed, whether they fit, and which they are."""
