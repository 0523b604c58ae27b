"""Prometheus: the JSON of prometheus-kafka-adapter, and remote write 1 and 2."""
