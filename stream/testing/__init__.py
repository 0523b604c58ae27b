"""What a test of one's own needs: a worker process, a broker in this process, and the events that come."""
