"""The seasonal baseline: means and spreads by hour of the day and of the week."""
