"""How a worker behaves as series, workers, partitions and messages grow."""
