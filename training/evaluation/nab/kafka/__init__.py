"""NAB through a real worker on Kafka."""
