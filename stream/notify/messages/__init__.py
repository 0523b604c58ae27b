"""What is sent: one notification, as text, JSON and picture."""
