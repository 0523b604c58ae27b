"""Sources of history: files, a topic, Prometheus."""
