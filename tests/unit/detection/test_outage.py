"""After an outage: how wide the bands of the shipped model are, against those of the same series without one."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.backtest import ScoredSeries, Series, backtest
from stream.detection.episodes.verdict import Policy
from stream.detectors import build_detector
from stream.model import Bundle
from training.evaluation.calm.kinds import autoregressive

N_POINTS, OUTAGE, INTERVAL_MS = 2_000, 1_500, 300_000
LENGTHS = (12, 48)
SEEDS = (0, 1)
AFTER = 24
WATCHED = 24
WIDEST = 1.2

TIMES_MS = 1_767_571_200_000 + INTERVAL_MS * np.arange(N_POINTS, dtype=np.int64)


def noise(seed: int) -> Float64:
    return 100 + 5 * np.random.default_rng(seed).normal(size=N_POINTS)


def wandering(seed: int) -> Float64:
    return 100 + 10 * autoregressive(np.random.default_rng(seed), N_POINTS, 0.9)


def daily(seed: int) -> Float64:
    season: Float64 = 30 * np.sin(2 * np.pi * TIMES_MS / 86_400_000)
    return noise(seed) + season


KINDS = {"noise": noise, "wandering": wandering, "daily": daily}
Key = tuple[str, int, int]


@pytest.fixture(scope="module")
def scored() -> dict[Key, ScoredSeries]:
    """Score each kind with outages of each length, and with none; by kind, length and seed."""
    drawn: dict[Key, Float64] = {}
    for kind, draw in KINDS.items():
        for length in (0, *LENGTHS):
            for seed in SEEDS:
                drawn[kind, length, seed] = draw(seed)
                drawn[kind, length, seed][OUTAGE : OUTAGE + length] = 0
    found = backtest(
        build_detector(Bundle.default(), Policy(bands=True)), [Series(TIMES_MS, each) for each in drawn.values()]
    )
    return dict(zip(drawn, found, strict=True))


def widths(scored: dict[Key, ScoredSeries], kind: str, length: int, first: int) -> Float64:
    """Return the widths of the bands of the watched points from the first one on, of all seeds."""
    each = (scored[kind, length, seed] for seed in SEEDS)
    return np.concatenate([(one.upper - one.lower)[first : first + WATCHED] for one in each])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_bands_are_back_after_as_many_points_as_the_outage_lasted_and_24(
    scored: dict[Key, ScoredSeries], kind: str, length: int
) -> None:
    first = OUTAGE + 2 * length + AFTER
    wider = widths(scored, kind, length, first) / widths(scored, kind, 0, first)
    assert np.median(wider) <= WIDEST
