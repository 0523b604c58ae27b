"""What is read: the records of a fetch, the consumer that fetches them, the pace at which they are applied."""
