"""A run of the chapter, from NAB's folder to the report."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from training.autoencoder.network import Fitted
from training.book.chapter import Chapter, Parts, study
from training.book.episodes import of_default
from training.book.plan import BookPlan
from training.book.record import run_record
from training.book.report.figures import FIGURES, draw
from training.book.report.report import write_report
from training.book.series import NINE, Benchmark, NabSeries
from training.book.sweep import SERIES, Setting, SweepResult, settings, sweep

TENSORBOARD = "tensorboard"


def run_book(
    directory: Path, names: tuple[str, ...], plan: BookPlan, out: Path, console: Console
) -> tuple[dict[str, object], list[Chapter]]:
    """Do the chapter for some series and write report, figures, bundles and record.

    Parameters
    ----------
    directory : Path
        NAB's folder.
    names : tuple of str
        Series; none for the chapter's nine.
    out : Path
        Made when missing. What an earlier run left for the same series is replaced.
    console : rich.console.Console
        Where the progress is shown.

    Returns
    -------
    record : dict
        As written to `report.json`.
    chapters : list of Chapter

    Raises
    ------
    DataError
        If NAB's folder is not one, or a series is missing, too short or constant, or constant in its first part.
    TrainingError
        If ONNX Runtime and Keras disagree.
    """
    start_s = time.monotonic()
    benchmark = Benchmark.open(directory)
    many = [_read(benchmark, name, plan) for name in names or NINE]
    out.mkdir(parents=True, exist_ok=True)
    fits = settings(plan, whole=not names) if any(series.name == SERIES for series in many) else []
    with _progress(console) as progress:
        bar = progress.add_task("the default detector on every series", total=_n_epochs(plan, many, fits))
        chapters = _study_all(plan, many, out, progress, bar)
        evaluations = _sweep(plan, many, fits, progress, bar)
        progress.update(bar, description="figures and report")
        figures = {chapter.series.name: draw(chapter, out / chapter.series.name) for chapter in chapters}
        record = run_record(plan, chapters, evaluations, time.monotonic() - start_s)
        write_report(out / "report.html", plan, chapters, evaluations, figures)
        (out / "report.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record, chapters


def _read(benchmark: Benchmark, name: str, plan: BookPlan) -> NabSeries:
    series = benchmark.series(name, plan.least_points)
    series.scaling(Parts.of(len(series.values), plan).calibration)  # What cannot be scaled is refused before any fit.
    return series


def _study_all(plan: BookPlan, many: list[NabSeries], out: Path, progress: Progress, bar: TaskID) -> list[Chapter]:
    chapters = []
    for series, default in zip(many, of_default(many), strict=True):
        folder = out / series.name
        folder.mkdir(exist_ok=True)
        clear(folder)
        progress.update(bar, description=series.name)

        def watch(epoch: int, fitted: Fitted) -> None:
            progress.advance(bar)

        chapter = study(plan, series, default, folder / TENSORBOARD, watch)
        for sealed in (chapter.sealed, chapter.honest.sealed):
            (folder / sealed.bundle.path.name).write_bytes(sealed.bundle.model)
        chapters.append(chapter)
    return chapters


def clear(folder: Path) -> None:
    """Remove from a series' folder what an earlier run left there, and nothing else.

    Parameters
    ----------
    folder : Path
        Named as the series.
    """
    for made in (f"{folder.name}.onnx", f"{folder.name}-honest.onnx", *(f"{name}.png" for name in FIGURES)):
        (folder / made).unlink(missing_ok=True)
    shutil.rmtree(folder / TENSORBOARD, ignore_errors=True)


def _sweep(
    plan: BookPlan, many: list[NabSeries], fits: list[Setting], progress: Progress, bar: TaskID
) -> list[SweepResult]:
    if not fits:
        return []

    def begun(setting: Setting) -> None:
        progress.update(bar, description=f"{SERIES}: stride {setting.stride}, batch {setting.n_batch}")

    series = next(series for series in many if series.name == SERIES)
    return sweep(plan, series, fits, begun, lambda: progress.advance(bar))


def _n_epochs(plan: BookPlan, many: list[NabSeries], fits: list[Setting]) -> int:
    return 2 * plan.n_epochs * len(many) + sum(setting.n_epochs for setting in fits)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:44}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield progress
