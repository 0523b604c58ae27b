"""Pictures of scored series; needs the extra `plot`."""
