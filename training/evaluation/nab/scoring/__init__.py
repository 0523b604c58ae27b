"""NAB's scoring: weights, counting, sweep."""
