"""Forecasts of the next and of far records, and their intervals."""
