"""Configuration of the notifier: receivers, routes and secrets."""
