"""What a refused message looks like, and what to do about it."""
