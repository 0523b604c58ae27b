"""Scored series as a picture or as a page of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from stream.events.text import duration, figure
from stream.library.results import Backtest, Episode
from stream.plot import page
from stream.plot.chart import Chart, chart_of
from stream.plot.figure import draw_png
from stream.plot.labels import Spans

MAX_IN_PICTURE = 6
"""Series of one picture; a page takes more."""

MAX_IN_PAGE = 200


def write_picture(path: Path, charts: Sequence[Chart]) -> None:
    """Draw series below each other into a PNG file."""
    path.write_bytes(draw_png(charts))


def write_page(path: Path, title: str, results: Sequence[Backtest], charts: Sequence[Chart], summary: str) -> None:
    """Write an HTML page that needs nothing but itself: the episodes as a table, and each series drawn."""
    several = len(results) > 1
    rows = [_cells(result, episode, several) for result in results for episode in result.episodes]
    header = ["opened (UTC)", *(["series"] if several else []), "lasts", "score", "severity", "why"]
    parts = [page.paragraph(summary)]
    if rows:
        parts.append(page.table(header, sorted(rows)))
    parts += [page.picture(draw_png([chart]), chart.title) for chart in charts]
    path.write_text(page.page(title, parts), encoding="utf-8")


def _cells(result: Backtest, episode: Episode, several: bool) -> list[page.Cell]:
    end = result.timestamps[episode.last]
    lasts_ms = int((end - result.timestamps[episode.first]) / np.timedelta64(1, "ms"))
    name = episode.series if episode.feature is None else f"{episode.series} \N{MIDDLE DOT} {episode.feature}"
    return [
        f"{episode.start:%Y-%m-%d %H:%M}",
        *([name] if several else []),
        duration(lasts_ms),
        figure(episode.peak_score, 3),
        episode.severity,
        episode.why,
    ]


def charts_of(
    results: Sequence[Backtest],
    labels: Mapping[str, Spans],
    since: np.datetime64 | None = None,
    until: np.datetime64 | None = None,
) -> Iterator[Chart]:
    """Chart each feature of each series that has a point in the part that is drawn."""
    for result in results:
        n_features = result.scores.shape[1] if result.scores.ndim > 1 else 1
        for feature in range(n_features):
            chart = chart_of(result, feature, labels=labels.get(result.series, ()), since=since, until=until)
            if len(chart.moments):
                yield chart
