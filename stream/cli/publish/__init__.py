"""`streamgauge publish`: publish points from files."""
