"""Pictures of scored series; needs the extra `plot`, which the training extra includes."""
