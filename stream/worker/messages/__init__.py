"""Messages that a worker sends: episodes, scored points, silences."""
