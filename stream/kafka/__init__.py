"""Kafka from outside a worker: clients, connections, groups, and what is read from a topic."""
