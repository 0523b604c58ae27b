"""Keys of a worker: slots, policies, admission, staleness."""
