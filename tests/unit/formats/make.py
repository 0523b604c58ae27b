"""Events to test with."""

from __future__ import annotations

from typing import Any

import msgspec

from stream.events.episodes import EpisodeEvent, Input, Model, ScoredPoint, Shares

OPEN = EpisodeEvent(
    series="host-7/cpu",
    episode="0123456789abcdef0123456789abcdef",
    state="open",
    why="10,844, above the 7,000 to 9,200 seen in 6 weeks",
    start=1_404_172_800_000,
    timestamp=1_404_172_800_000,
    actual=10844.0,
    evidence="value",
    observed=10844.0,
    expected=8127.5,
    lower=7000.25,
    upper=9200.75,
    level=0.99,
    score=1.25,
    peak_score=1.25,
    severity="minor",
    peak_severity="minor",
    direction="above",
    shares=Shares(value=0.5, residual_3=0.25, level=0.0, residual_12=0.25, pair=0.0, moment=0.0, quiet=0.0),
    flags=["imputed"],
    model=Model(name="default", version="1.0.0", sha256="ab" * 32),
    input=Input(topic="metrics", partition=3, offset=1412),
)

SCORE = ScoredPoint(
    series="host-7/cpu",
    timestamp=1_404_172_800_000,
    value=10844.0,
    expected=8127.5,
    lower=7000.25,
    upper=9200.75,
    score=0.125,
    state="normal",
)


RECONSTRUCTED = msgspec.structs.replace(
    OPEN,
    feature="cpu",
    window_start=1_404_170_000_000,
    evidence=msgspec.UNSET,
    observed=msgspec.UNSET,
    expected=None,
    lower=None,
    upper=None,
    shares=msgspec.UNSET,
    flags=[],
)
"""As from a reconstruction model of several features."""


def episode(**changes: Any) -> EpisodeEvent:
    """Make an open episode, but for the changes."""
    return msgspec.structs.replace(OPEN, **changes)


def score(**changes: Any) -> ScoredPoint:
    """Make a normal score, but for the changes."""
    return msgspec.structs.replace(SCORE, **changes)
