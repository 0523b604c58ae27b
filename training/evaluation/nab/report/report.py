"""The report: one HTML page with the tables and every file drawn."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from stream.errors import DataError
from stream.events.text import format_date_time
from stream.plot.canvas import GREEN, GREY, LABELLED, LABELLED_EDGE, RED, to_moments
from stream.plot.chart import Chart, Marks, Shade, Span
from stream.plot.figure import draw_png
from stream.plot.report import Cell, render
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.benchmark import Results
from training.evaluation.nab.corpus import File
from training.evaluation.nab.outcome import Verdict
from training.evaluation.nab.report.tables import (
    NOTHING,
    family_header,
    family_rows,
    profile_header,
    profile_rows,
    warmup_name,
)
from training.evaluation.shared import counting

PALE = "#dcdcdc"

TITLE = "streamgauge on the Numenta Anomaly Benchmark"
TEMPLATE = Path(__file__).with_name("nab.html")


def draw(file: File, evaluated: ScoredFile) -> bytes:
    """Draw a file as PNG."""
    return draw_png([chart(file, evaluated)])


def chart(file: File, evaluated: ScoredFile) -> Chart:
    """Chart a file: windows and probation shaded, alarms marked."""
    moments, verdict = to_moments(file.timestamps_ms), Verdict.of(file, evaluated)
    shades = [
        Shade(moments[first], moments[last], "labelled window", LABELLED, LABELLED_EDGE)
        for first, last in file.windows.tolist()
    ]
    if file.n_probation:
        shades.append(Shade(moments[0], moments[file.n_probation], "probation, nothing counts", PALE))
    return Chart(
        title="",
        moments=moments,
        values=file.values,
        expected=evaluated.expected,
        lower=evaluated.lower,
        upper=evaluated.upper,
        scores=evaluated.score,
        episodes=[
            Span(*episode)
            for episode in zip(evaluated.opened.tolist(), evaluated.closed.tolist(), evaluated.severities, strict=True)
        ],
        shades=shades,
        marks=[
            Marks(verdict.finding, "alarm that finds a window", GREEN, "v"),
            Marks(verdict.again, "further alarm in it", GREY, "v"),
            Marks(verdict.false, "false alarm", RED, "x"),
        ],
    )


class Shown(NamedTuple):
    """A file in the report."""

    file: File
    evaluated: ScoredFile
    verdict: Verdict
    png: bytes


def check_place(path: Path) -> None:
    """Refuse a place that cannot be written, before minutes of work go into what is to be written there.

    Raises
    ------
    DataError
    """
    folder = path.absolute().parent
    if not os.access(folder, os.W_OK):
        raise DataError(f"{path}: expected a folder that can be written, found none at {folder}")


def write_report(path: Path, results: Results, console: Console) -> None:
    """Write the HTML report; the files are drawn on all cores.

    Parameters
    ----------
    results : Results
        With bands.
    console : rich.console.Console
        Shows the progress, on a terminal.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    files = [results.outcomes[0].perturbations[0].apply(file) for file in results.corpus.files]
    shown = [
        Shown(file, evaluated, Verdict.of(file, evaluated), png)
        for file, evaluated, png in zip(
            files, results.evaluated, _draw_all(files, results.evaluated, console), strict=True
        )
    ]
    html = _page(results, shown)
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: expected a file that can be written, found: {error.strerror}") from error


def _page(results: Results, shown: list[Shown]) -> str:
    corpus, bundle = results.corpus, results.bundle
    families = list(dict.fromkeys(each.file.family for each in shown))
    return render(
        TEMPLATE,
        title=TITLE,
        places=[("scores", "Scores"), ("files", "Files"), *((family, family) for family in families)],
        n_files=len(corpus.files),
        n_records=f"{corpus.n_rows:,}",
        model=f"{bundle.name} {bundle.version}",
        scores=(profile_header(), profile_rows(results.outcomes, corpus.null, corpus.published)),
        by_family=[(warmup_name(outcome), family_header(), family_rows(outcome)) for outcome in results.outcomes],
        files=[_file(each) for each in shown],
        families=[(family, [_figure(each) for each in shown if each.file.family == family]) for family in families],
    )


def _draw_all(files: list[File], evaluated: list[ScoredFile], console: Console) -> list[bytes]:
    context = multiprocessing.get_context("spawn")
    pictures = []
    with (
        counting(console, "drawing", len(files), "files") as progress,
        ProcessPoolExecutor(len(os.sched_getaffinity(0)), context) as pool,
    ):
        for png in pool.map(draw, files, evaluated):
            pictures.append(png)
            progress(len(pictures))
    return pictures


def _file(shown: Shown) -> list[Cell]:
    """Return a file's row, with the link to its figure."""
    file, verdict = shown.file, shown.verdict
    return [
        (file.name, file.name),
        f"{file.n_rows:,}",
        f"{len(verdict.finding)} of {verdict.n_windows}" if verdict.n_windows else NOTHING,
        f"{len(verdict.false)}",
        f"{len(shown.evaluated.opened)}",
    ]


def _figure(shown: Shown) -> tuple[str, bytes, str]:
    return shown.file.name, shown.png, _caption(shown.file, shown.evaluated, shown.verdict)


def _caption(file: File, evaluated: ScoredFile, verdict: Verdict) -> str:
    """Return what became of each window, and how far in it was found."""
    text = []
    for first, last in file.windows.tolist():
        inside = verdict.finding[(verdict.finding >= first) & (verdict.finding <= last)]
        when = f"found {(int(inside[0]) - first) / (last - first + 1):.0%} in" if len(inside) else "missed"
        text.append(f"{format_date_time(int(file.timestamps_ms[first]))} {when}")
    windows = f" Windows from {'; '.join(text)}." if text else ""
    n_episodes = len(evaluated.opened)
    return (
        f"{file.n_rows:,} records; {verdict.summary()}, {n_episodes} episode{'' if n_episodes == 1 else 's'}.{windows}"
    )
