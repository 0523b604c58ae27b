"""Published messages: episodes, silences, scores, dead letters, texts."""
