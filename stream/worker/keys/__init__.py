"""The keys of a worker: their slots, their policies, newcomers and stale ones."""
