"""`streamgauge notify`: notifications to people and other systems."""
