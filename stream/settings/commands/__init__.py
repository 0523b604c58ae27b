"""Settings of the commands beside the worker."""
