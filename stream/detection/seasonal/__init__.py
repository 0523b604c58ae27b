"""Seasonal baseline by hour of day and of week."""
