"""Calls of what needs the training extra: imported when called, since a worker's installation is without it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from stream.detection.episodes.verdict import Policy
    from stream.formats.csv.columns import CsvFormat
    from stream.kafka.topics.offset_range import Moment
    from stream.library.options import Options
    from stream.settings.settings import Settings
    from training.autoencoder.plan import AutoencoderPlan
    from training.book.chapter import Chapter
    from training.book.plan import BookPlan
    from training.evaluation.nab.benchmark import Results
    from training.fit.data.data import Data
    from training.fit.gathering import Request
    from training.fit.output_paths import OutputPaths
    from training.fit.plan import DataPlan, FitPlan
    from training.fit.report.screen import Screen
    from training.loop.plan import Plan

Record = dict[str, object]
"""What a run was given and what it found, as JSON."""


def train_default(plan: Plan, out: Path, logdir: Path, fresh: bool, console: Console) -> Record:
    """Train the default model: `training.default.train_default`."""
    record: Record = import_module("training.default").train_default(plan, out, logdir, fresh, console)
    return record


def run_book(
    directory: Path, names: tuple[str, ...], plan: BookPlan, out: Path, console: Console
) -> tuple[Record, list[Chapter]]:
    """Run the chapter: `training.book.run.run_book`."""
    found: tuple[Record, list[Chapter]] = import_module("training.book.run").run_book(
        directory, names, plan, out, console
    )
    return found


def print_chapters(chapters: list[Chapter], console: Console) -> None:
    """Print what the chapter found: `training.book.report.summary.print_summary`."""
    import_module("training.book.report.summary").print_summary(chapters, console)


def make_request(
    files: tuple[Path, ...],
    csv_format: CsvFormat,
    topic: str | None,
    start: tuple[str, Moment],
    end: tuple[str, Moment],
    settings: Settings,
) -> Request:
    """Make the request of a fit: `training.fit.gathering.Request`."""
    request: Request = import_module("training.fit.gathering").Request(files, csv_format, topic, start, end, settings)
    return request


def gather(request: Request, plan: DataPlan, paths: OutputPaths, fresh: bool, screen: Screen) -> Data:
    """Read and audit the points of a fit: `training.fit.gathering.gather`."""
    data: Data = import_module("training.fit.gathering").gather(request, plan, paths, fresh, screen)
    return data


def fit(data: Data, plan: FitPlan, paths: OutputPaths, policy: Policy, screen: Screen) -> Record:
    """Fit a model and compare it with the shipped one: `training.fit.workflow.fit`."""
    record: Record = import_module("training.fit.workflow").fit(data, plan, paths, policy, screen)
    return record


def fit_autoencoder(
    data: Data, features: tuple[str, ...], plan: AutoencoderPlan, paths: OutputPaths, options: Options, screen: Screen
) -> Record:
    """Fit an autoencoder: `training.autoencoder.workflow.fit_autoencoder`."""
    module = import_module("training.autoencoder.workflow")
    record: Record = module.fit_autoencoder(data, features, plan, paths, options, screen)
    return record


def check_place(path: Path) -> None:
    """Refuse a place for NAB's report: `training.evaluation.nab.report.report.check_place`."""
    import_module("training.evaluation.nab.report.report").check_place(path)


def write_nab_report(path: Path, results: Results, console: Console) -> None:
    """Write NAB's report: `training.evaluation.nab.report.report.write_report`."""
    import_module("training.evaluation.nab.report.report").write_report(path, results, console)
