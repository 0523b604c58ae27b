"""The oracle's series, run once for all tests that look at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.detection.replay import Replay, replays


@pytest.fixture(scope="session")
def replayed(oracle: Path) -> dict[str, Replay]:
    """What the detector said of each series of the oracle."""
    return replays(oracle)
