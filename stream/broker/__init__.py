"""Settings, connections and topics: how the other parts reach Kafka."""
