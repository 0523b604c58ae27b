"""What the rules of a series ask for: transform, suppression, maintenance, false-alarm budget."""
