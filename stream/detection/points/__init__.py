"""Points in time: order, gaps, intervals, transforms, counters and staleness."""
