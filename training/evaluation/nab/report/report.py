"""The report: one HTML page with the tables and every file drawn."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from stream.errors import DataError
from stream.formats.limits import to_iso
from stream.plot.page import Cell, Link, bar, heading, page, paragraph, picture, section, table
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.benchmark import Results
from training.evaluation.nab.corpus import File
from training.evaluation.nab.report.figures import draw
from training.evaluation.nab.report.tables import (
    NOTHING,
    family_header,
    family_rows,
    profile_header,
    profile_rows,
    warmup_name,
)
from training.evaluation.nab.scoring.counting import counting
from training.evaluation.nab.verdict import Verdict

TITLE = "streamgauge on the Numenta Anomaly Benchmark"
LEGEND = (
    "Above: value (blue), what was expected (orange) and its band; green, the windows that NAB labels; amber, orange "
    "and red, episodes from opening to close by their severity. Below: the score, linear up to the threshold 1.0, "
    "logarithmic above; a green mark is the alarm that finds a window, a grey one a further alarm in it, a red cross a "
    "false alarm. Of long files the smallest and the largest value of every few records are drawn, so that no spike is "
    "lost."
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
    path : Path
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
    families = list(dict.fromkeys(file.family for file in files))
    places = [("scores", "Scores"), ("files", "Files"), *((family, family) for family in families)]
    parts = [bar(places), _scores(results), _index(shown)]
    parts += [_family(family, [each for each in shown if each.file.family == family]) for family in families]
    try:
        path.write_text(page(TITLE, parts), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: expected a file that can be written, found: {error.strerror}") from error


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


def _scores(results: Results) -> str:
    corpus, bundle = results.corpus, results.bundle
    parts = [
        heading(2, "Scores", "scores"),
        paragraph(
            f"{len(corpus.files)} files, {corpus.n_rows:,} records; model {bundle.name} {bundle.version}. 0 is a "
            "detector that says nothing, 100 one that is right at the first record of each window and nowhere else. "
            "The boundary 1.0 is the product's own and the same for every series; the best threshold was looked for on "
            "these files, as NAB's own optimiser does for the published detectors."
        ),
        table(profile_header(), profile_rows(results.outcomes, corpus.null, corpus.published)),
    ]
    for outcome in results.outcomes:
        parts += [
            paragraph(
                f"By family, warm-up {warmup_name(outcome)}. Labelled windows found, false alarms and alarms per "
                "10,000 records on whole files at the boundary; scores as the mean of all runs at the boundary and, "
                "behind the stroke, at the family's own best threshold."
            ),
            table(family_header(), family_rows(outcome)),
        ]
    return "".join(parts)


def _index(shown: list[Shown]) -> str:
    """List all files, each with the way to its figure, and say how to read the figures."""
    rows: list[list[Cell]] = [
        [
            Link(each.file.name, each.file.name),
            f"{each.file.n_rows:,}",
            f"{len(each.verdict.finding)} of {each.verdict.n_windows}" if each.verdict.n_windows else NOTHING,
            f"{len(each.verdict.false)}",
            f"{len(each.evaluated.opened)}",
        ]
        for each in shown
    ]
    header = ["file", "records", "windows found", "false alarms", "episodes"]
    return section(heading(2, "Files", "files") + paragraph(LEGEND) + table(header, rows))


def _family(family: str, shown: list[Shown]) -> str:
    drawn = "".join(
        heading(3, each.file.name, each.file.name)
        + picture(each.png, _caption(each.file, each.evaluated, each.verdict))
        for each in shown
    )
    return section(heading(2, family, family) + drawn)


def _moment(timestamp_ms: int) -> str:
    """Write a time for people: 2014-07-01 00:30."""
    return to_iso(timestamp_ms)[:16].replace("T", " ")


def _caption(file: File, evaluated: ScoredFile, verdict: Verdict) -> str:
    """Return what became of each window, and how far in it was found."""
    text = []
    for first, last in file.windows.tolist():
        inside = verdict.finding[(verdict.finding >= first) & (verdict.finding <= last)]
        when = f"found {(int(inside[0]) - first) / (last - first + 1):.0%} in" if len(inside) else "missed"
        text.append(f"{_moment(int(file.timestamps_ms[first]))} {when}")
    windows = f" Windows from {'; '.join(text)}." if text else ""
    n_episodes = len(evaluated.opened)
    return (
        f"{file.n_rows:,} records; {verdict.summary()}, {n_episodes} episode{'' if n_episodes == 1 else 's'}.{windows}"
    )
