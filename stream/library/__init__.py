"""Library: series and points in memory, without Kafka."""
