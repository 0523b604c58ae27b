from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float64
from stream.plot.braille import draw_braille, legend
from stream.plot.chart import Chart, Span

N = 300


def chart(values: Float64 | None = None, n: int = N) -> Chart:
    """Return a chart of a flat line with a spike in its middle, in an episode."""
    flat = np.full(n, 50.0)
    if values is None:
        values = flat.copy()
        values[n // 2] = 90.0
    scores = np.where(values > 80, 5.0, 0.2)
    start = np.datetime64("2026-11-30T00:00", "ms")
    return Chart(
        title="web-1/cpu",
        moments=start + np.arange(n) * np.timedelta64(60_000, "ms"),
        values=values,
        expected=flat,
        lower=flat - 5,
        upper=flat + 5,
        scores=scores,
        episodes=[Span(n // 2, min(n // 2 + 40, n - 1), "critical")],
    )


def test_the_picture_fills_its_columns_and_lines_and_not_more() -> None:
    lines = draw_braille(chart(), 80, 22).plain.split("\n")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert lines[0] == "web-1/cpu"
    assert lines[-1].strip() == "2026-11-30 00:00 to 2026-11-30 04:59 UTC"


def test_the_spike_the_threshold_and_the_severity_are_in_it() -> None:
    lines = draw_braille(chart(), 80, 22).plain.split("\n")
    middle = [line[44:47].strip() for line in lines[1:4]]
    assert any(middle)
    assert any(line.lstrip().startswith("1 ┤") for line in lines)
    assert any("critical" in line for line in lines)


def test_a_picture_of_one_point_or_of_none_that_is_known_is_drawn() -> None:
    assert draw_braille(chart(np.array([1.0]), 1), 60, 14).plain
    assert draw_braille(chart(np.full(20, np.nan), 20), 60, 14).plain


def test_the_legend_names_every_line() -> None:
    assert all(name in legend().plain for name in ("value", "expected", "band", "score", "threshold 1.0"))
