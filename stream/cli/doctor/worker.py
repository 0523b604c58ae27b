"""Ask a local worker whether it has room for series."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

from stream.cli.doctor.finding import Finding
from stream.settings.settings import Settings
from stream.settings.sources import variable

TIMEOUT_S = 3.0
NEARLY_FULL = 0.9


def examine_worker(settings: Settings) -> Iterator[Finding]:
    """Report how many series a local worker holds."""
    host = f"[{settings.health_host}]" if ":" in settings.health_host else settings.health_host
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.health_port}/metrics", timeout=TIMEOUT_S) as answer:
            text = answer.read().decode()
    except (OSError, ValueError):
        return
    samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    found = {name: float(number) for name, _, number in samples}
    if "streamgauge_series_limit" in found:
        yield _room(*(int(found[f"streamgauge_{name}"]) for name in ("series", "series_limit", "series_waiting")))


def _room(n_series: int, limit: int, n_waiting: int) -> Finding:
    held = f"{n_series:,} of {limit:,} series"
    advice = f"raise {variable('max_keys')}, start another worker, or publish fewer series"
    if n_waiting:
        return Finding("worker", "warn", f"{held}, {n_waiting:,} more wait for room and are not scored: {advice}")
    if n_series >= NEARLY_FULL * limit:
        return Finding("worker", "warn", f"{held}: beyond, new ones are not scored; {advice}")
    return Finding("worker", "ok", held)
