"""What is sent: outbox, producer, writer."""
