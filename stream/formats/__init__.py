"""Formats of what comes in: messages, CSV files, features, and why something is refused."""
