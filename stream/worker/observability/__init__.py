"""What operators see of a worker: log, metrics, health, memory."""
