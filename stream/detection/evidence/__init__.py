"""Score components, their thresholds, their fusion."""
