"""Messages whose schema is in a Schema Registry: Avro, Protobuf and JSON Schema."""
