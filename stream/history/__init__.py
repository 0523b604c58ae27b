"""Where history comes from: files, a topic, Prometheus; each is read into memory before any of it is published."""
