"""What the workers have open: for Prometheus."""
