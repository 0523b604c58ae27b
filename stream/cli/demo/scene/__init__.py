"""The scene of the demo: series, faults, and what was found of them."""
