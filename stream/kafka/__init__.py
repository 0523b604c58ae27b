"""Kafka clients outside the worker: connections, groups, topics."""
