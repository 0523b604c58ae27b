"""Scenario of the demo: series, planted faults, results."""
