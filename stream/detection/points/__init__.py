"""Points in time: order, gaps, transforms, counters, staleness."""
