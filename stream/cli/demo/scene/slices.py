"""Slices of series, to publish them side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stream.cli.demo.scene.series import DemoSeries
from stream.formats.csv.points import Row


def in_slices(series: Sequence[DemoSeries], n_slices: int) -> Iterator[list[Row]]:
    """Cut all series into as many slices each.

    Series of different years then run side by side.

    Yields
    ------
    list of Row
        The next slice of every series, in the order of time.
    """
    for i in range(n_slices):
        rows: list[Row] = []
        for name, timestamps_ms, values in series:
            part = slice(i * len(values) // n_slices, (i + 1) * len(values) // n_slices)
            rows += map(Row, [name] * len(values), timestamps_ms[part], values[part])
        yield sorted(rows, key=lambda row: row.timestamp_ms)
