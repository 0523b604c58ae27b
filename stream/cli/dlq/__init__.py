"""`streamgauge dlq`: the messages that were dead-lettered."""
