"""Login and encryption of every client."""
