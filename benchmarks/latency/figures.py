"""The figures of a pass."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from benchmarks.latency.clients import PointId, Sent

PERCENTILES = {"p50_ms": 0.50, "p90_ms": 0.90, "p99_ms": 0.99, "max_ms": 1.0}


def figures(sent: Sent, arrived_s: Mapping[PointId, float], wanted: Sequence[PointId]) -> dict[str, float]:
    """Return how long the wanted points of a pass took, how many arrived, and the rate of all."""
    milliseconds = sorted((arrived_s[name] - sent.at_s[name]) * 1000 for name in wanted if name in arrived_s)
    at_most = {name: milliseconds[math.ceil(share * len(milliseconds)) - 1] for name, share in PERCENTILES.items()}
    return at_most | {
        "timed": len(milliseconds),
        "missing": len(wanted) - len(milliseconds),
        "points_per_s": len(sent.at_s) / (sent.ended_s - sent.started_s),
    }


def medians(passes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(each[name] for each in passes) for name in passes[0]}
