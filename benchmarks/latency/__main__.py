"""The latency of a worker by itself: see `benchmarks.latency.worker`."""

from __future__ import annotations

from benchmarks.latency.worker import main

if __name__ == "__main__":
    main()
