"""Loads: the messages that a benchmark publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

START_MS = 1_700_000_000_000
STEP_MS = 60_000


class Message(NamedTuple):
    """Key and value of a Kafka message."""

    key: bytes
    value: bytes


class Load(NamedTuple):
    """What the messages of a topic are like.

    Attributes
    ----------
    points_per_message, n_series : int
    """

    points_per_message: int
    n_series: int

    def __str__(self) -> str:
        """Describe it in a cell of a table."""
        points = "1 point" if self.points_per_message == 1 else f"{self.points_per_message:,} points"
        return f"{points} a message, {self.n_series:,} series"

    def messages(self, n_points: int, first_round: int = 0) -> Iterator[Message]:
        """Yield messages of so many points in all, the series in turn.

        Parameters
        ----------
        n_points : int
        first_round : int
            Messages that each series has had before.
        """
        for n in range(n_points // self.points_per_message):
            at, which = divmod(n, self.n_series)
            first = (first_round + at) * self.points_per_message
            points = [point(which, first + offset, self.n_series) for offset in range(self.points_per_message)]
            name = series_name(which)
            yield Message(name.encode(), message(name, points))


def series_name(which: int) -> str:
    """Name a series by its number."""
    return f"host-{which:07d}/requests"


def point(which: int, at: int, n_series: int) -> tuple[int, float]:
    """Return a timestamp in ms and the value of a series then: a slow wave with noise."""
    noise = ((at * n_series + which) * 2654435761 % 1000) / 500
    return START_MS + at * STEP_MS, 100 + which % 17 + 5 * ((at + which) % 24) + noise


def message(series: str, points: list[tuple[int, float]]) -> bytes:
    """Write one point as an object, several as columns."""
    if len(points) == 1:
        [(timestamp_ms, value)] = points
        return f'{{"series":"{series}","timestamp":{timestamp_ms},"value":{value}}}'.encode()
    return json.dumps({"series": series, "points": points}, separators=(",", ":")).encode()
