"""The commands `streamgauge train` and `streamgauge evaluate`."""
