"""Peers on stock Faust: an agent that does nothing, and two that keep windows in a table and ask a network."""
