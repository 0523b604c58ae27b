"""Training on one's own data: from files or a topic to a bundle, and to the proof whether it is better."""
