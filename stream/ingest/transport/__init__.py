"""From source topics and to the metrics topic."""
