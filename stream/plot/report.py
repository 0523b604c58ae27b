"""Scored series as a picture or a page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stream.events.text import display_name, format_number
from stream.library.episodes import lasts
from stream.library.results import Backtest, Episode
from stream.plot.chart import Chart, Spans, chart_of
from stream.plot.figure import draw_png

TEMPLATES = Path(__file__).parent / "templates"

Cell: TypeAlias = str | tuple[str, str]
"""Of a table: a text, or a text with the anchor that it links to."""

TEMPLATE = TEMPLATES / "scores.html"

MAX_IN_PICTURE = 6
"""Series of one picture; a page takes more."""

MAX_IN_PAGE = 200


def render(template: Path, **values: object) -> str:
    """Fill a template in.

    Parameters
    ----------
    template : Path
        It may use those beside it and `parts.html`: tables, pictures, lists of contents.
    **values : object
        By the names that the template uses.

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a name that has no value.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_url"] = _data_url
    environment.tests["numeric"] = is_numeric
    environment.tests["numeric_column"] = _is_numeric_column
    return environment.get_template(template.name).render(values)


def is_numeric(cell: Cell) -> bool:
    """Check whether a cell is a number, to align it."""
    if not isinstance(cell, str):
        return False
    return cell == "-" or (cell.lstrip("-")[:1].isdigit() and all(letter in "0123456789.,eE-+ %/" for letter in cell))


def _is_numeric_column(column: int, rows: Sequence[Sequence[Cell]]) -> bool:
    return bool(rows) and all(is_numeric(row[column]) for row in rows)


def _data_url(png: bytes | Path) -> str:
    content = png.read_bytes() if isinstance(png, Path) else png
    return f"data:image/png;base64,{b64encode(content).decode('ascii')}"


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
        *([display_name(episode.series, episode.feature)] if several else []),
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
