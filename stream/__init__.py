"""Streaming anomaly detection for metrics: a worker on Kafka, and a library without it.

The names below are the library. They are imported when they are first used, so that `import stream` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream.library.backtest import backtest
    from stream.library.csv_file import read_csv
    from stream.library.detector import Detector
    from stream.library.results import Backtest, Episode, EpisodeChange, Score
    from stream.model.bundle import Bundle

__version__ = "0.2.0"

__all__ = ["Backtest", "Bundle", "Detector", "Episode", "EpisodeChange", "Score", "__version__", "backtest", "read_csv"]

_HOMES = {
    "Backtest": "stream.library.results",
    "Bundle": "stream.model.bundle",
    "Detector": "stream.library.detector",
    "Episode": "stream.library.results",
    "EpisodeChange": "stream.library.results",
    "Score": "stream.library.results",
    "backtest": "stream.library.backtest",
    "read_csv": "stream.library.csv_file",
}


def __getattr__(name: str) -> object:
    """Import a public name on its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'stream' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
