"""The summary: a row for each series, for the report and, short enough for 80 columns, for the terminal."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

from training.book.chapter import Chapter
from training.book.episodes import Episodes

WHOLE = ("series", "windows / stride", "RMSE", "threshold", "flagged", "the chapter's model", "the default detector")
"""Of the whole series, as the chapter evaluates it."""

EVALUATED = (
    "series",
    "RMSE, the chapter's way",
    "RMSE, the honest way",
    "the chapter's model",
    "the honest way",
    "the default detector",
)
"""Of the part that the honest way is evaluated on, all three alike. Both RMSE are in the chapter's scaled units."""

TERMINAL = ("series", "RMSE\nchapter", "\nhonest", "found\nchapter", "\nhonest", "\ndefault")
"""As `EVALUATED`."""

LEGEND = """\
All on the part of each series that the honest way has not seen. RMSE: 1 is the
range of the whole series. found: 1/2 +3 is one of two labelled windows found,
and three false episodes."""


def whole_rows(chapters: list[Chapter]) -> list[list[str]]:
    """Return the rows of `WHOLE`."""
    return [
        [
            chapter.series.name,
            f"{len(chapter.window_results.errors)} / {chapter.stride}",
            f"{chapter.window_results.rmse:.4f}",
            f"{chapter.sealed.threshold:.3f}",
            f"{int(np.count_nonzero(chapter.window_results.flagged))}",
            chapter.episodes.summary(),
            chapter.default.summary(),
        ]
        for chapter in chapters
    ]


def evaluated_rows(chapters: list[Chapter]) -> list[list[str]]:
    """Return the rows of `EVALUATED`."""
    return [[*_rmse(chapter), *(episodes.summary() for episodes in _three(chapter))] for chapter in chapters]


def print_summary(chapters: list[Chapter], console: Console) -> None:
    """Print `TERMINAL` and what it means; a terminal that is too narrow wraps rows, but no name is cut."""
    table = Table(box=None, pad_edge=False)
    for name in TERMINAL:
        table.add_column(name, no_wrap=True)
    for chapter in chapters:
        table.add_row(*_rmse(chapter), *(_short(episodes) for episodes in _three(chapter)))
    console.print(table, width=max(console.width, console.measure(table).maximum), crop=False)
    console.print(LEGEND)


def _rmse(chapter: Chapter) -> tuple[str, str, str]:
    return chapter.series.name, f"{chapter.later().window_results.rmse:.4f}", f"{chapter.honest_rmse:.4f}"


def _three(chapter: Chapter) -> tuple[Episodes, Episodes, Episodes]:
    later = chapter.later()
    return later.episodes, chapter.honest.episodes, later.default


def _short(episodes: Episodes) -> str:
    return f"{int(episodes.found.sum())}/{len(episodes.found)} +{episodes.n_false}"
