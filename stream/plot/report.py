"""Scored series as a picture or a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from stream.events.text import format_number
from stream.library.episodes import display_name, lasts
from stream.library.results import Backtest, Episode
from stream.plot.chart import Chart, chart_of
from stream.plot.figure import draw_png
from stream.plot.labels import Spans
from stream.plot.page import TEMPLATES, render

TEMPLATE = TEMPLATES / "scores.html"

MAX_IN_PICTURE = 6
"""Series of one picture; a page takes more."""

MAX_IN_PAGE = 200


def write_picture(path: Path, charts: Sequence[Chart]) -> None:
    """Draw series below each other into a PNG file."""
    path.write_bytes(draw_png(charts))


def write_page(path: Path, title: str, results: Sequence[Backtest], charts: Sequence[Chart], summary: str) -> None:
    """Write a self-contained page: episode table and charts."""
    several = len(results) > 1 or any(episode.feature for result in results for episode in result.episodes)
    rows = [_cells(episode, several) for result in results for episode in result.episodes]
    header = ["opened (UTC)", *(["series"] if several else []), "lasts", "score", "severity", "why"]
    pictures = [(chart.title, draw_png([chart])) for chart in charts]
    html = render(TEMPLATE, title=title, summary=summary, header=header, rows=sorted(rows), pictures=pictures)
    path.write_text(html, encoding="utf-8")


def _cells(episode: Episode, several: bool) -> list[str]:
    return [
        f"{episode.start:%Y-%m-%d %H:%M}",
        *([display_name(episode)] if several else []),
        lasts(episode),
        format_number(episode.peak_score, 3),
        episode.severity,
        episode.why,
    ]


def charts_of(
    results: Sequence[Backtest],
    labels: Mapping[str, Spans],
    since: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
) -> Iterator[Chart]:
    """Chart each feature of each series in the range."""
    for result in results:
        n_features = result.scores.shape[1] if result.scores.ndim > 1 else 1
        for feature in range(n_features):
            chart = chart_of(result, feature, labels=labels.get(result.series, ()), since=since, until=until)
            if len(chart.moments):
                yield chart
