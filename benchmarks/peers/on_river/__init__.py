"""Peers with river: the same half-space trees in a dataflow, in Quix Streams and in a plain consumer loop."""
