"""What people build instead of a worker: each peer is a process that reads the same topic."""
