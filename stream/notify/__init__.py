"""Notifications of episodes: configuration, grouping, messages and channels."""
