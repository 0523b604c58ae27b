"""Near and far forecasts, and their intervals."""
