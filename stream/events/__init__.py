"""What is published: episodes, silences, scores and dead letters, and their text."""
