"""State of what is notified: incidents, groups and deliveries."""
