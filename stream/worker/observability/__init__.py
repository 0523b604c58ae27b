"""Observability: log, metrics, health, memory."""
