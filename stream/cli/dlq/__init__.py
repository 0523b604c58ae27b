"""`streamgauge dlq`: the messages that were put aside."""
