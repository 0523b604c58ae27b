"""The library: series and points in memory, scored as the worker scores them, without Kafka."""
