"""From a point at its sender to its episode at a reader."""
