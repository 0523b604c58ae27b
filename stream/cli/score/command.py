"""`streamgauge score`: episodes of a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stream.cli.csv_options import csv_format_options
from stream.cli.options import config_option, setting_option
from stream.cli.prepare import prepare_detector
from stream.cli.score.report import ScoreReport
from stream.errors import SettingsError, StreamgaugeError
from stream.formats.csv.columns import CsvFormat
from stream.library.backtest import backtest
from stream.library.csv_file import CsvSeries, read_series
from stream.library.results import Backtest
from stream.settings.settings import Settings
from stream.settings.values import SENSITIVITIES

SETTINGS = ("model", "false_alarms", "sensitivity", "warmup", "slow_warmup", "max_fill", "rewarm", "level")

EXAMPLES = """\b
Examples:
  streamgauge score nyc_taxi.csv
  streamgauge score nyc_taxi.csv --plot nyc_taxi.png
  streamgauge score hosts.csv --columns timestamp=when,value=cpu,series=host --plot hosts.html
  streamgauge score load.csv.gz --json
  streamgauge score load.csv --warmup 100 --config streamgauge.toml
"""


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(SETTINGS):
        command = setting_option(name)(command)
    return config_option(command)


MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"])


@click.command("score", epilog=EXAMPLES)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@csv_format_options
@click.option("--plot", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="OUT",
              help="Draw the series into OUT.png, or into a page OUT.html with a table of the episodes.")  # fmt: skip
@click.option("--plot-from", type=MOMENT, metavar="TIME", help="Draw from here on, such as 2014-10-20 (UTC).")
@click.option("--plot-to", type=MOMENT, metavar="TIME", help="Draw until here.")
@click.option("--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="LABELS",
              help="JSON file of the times known to be anomalous, to be shaded: an object with a list of "
                   "[start, end] for each series.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each episode, then one that sums up.")
@_settings
def command(
    file: Path,
    csv_format: CsvFormat,
    plot: Path | None,
    plot_from: datetime | None,
    plot_to: datetime | None,
    labels: Path | None,
    as_json: bool,
    config: Path | None,
    **flags: object,
) -> None:
    """Score a CSV FILE as a worker would have scored it, and print the episodes. No broker is needed.

    Each point is scored with what was known before it. The detector, its model and its settings are those of
    `streamgauge worker`, the rules of --config included, so this shows what would have alarmed. - reads standard input;
    a name that ends with .gz is decompressed.

    Exit codes: 0 scored, whatever was found; 2 wrong usage; 7 model refused; 8 file unreadable.
    """
    settings = Settings.load(config, **flags)
    drawing = None if plot is None else _Drawing(plot, labels, plot_from, plot_to)
    if drawing is None and (labels or plot_from or plot_to):
        raise click.UsageError("--labels, --plot-from and --plot-to are for --plot")
    console = Console(stderr=True, quiet=as_json, highlight=False)
    with _progress(console) as progress:
        read = _read(file, csv_format, progress)
        prepare_detector()
        results = _score(read, settings, progress)
    name = "standard input" if str(file) == "-" else str(file)
    report = ScoreReport(name, read, results, settings.warmup)
    if as_json:
        for line in report.json_lines():
            click.echo(line)
    else:
        report.show(Console(highlight=False))
    if read.n_bad:
        console.print(f"rows left out: {read.n_bad:,}; the first: {read.first_bad}", soft_wrap=True)
    if drawing is not None:
        console.print(drawing.draw(results, f"Scores of {name}", report.summary()), soft_wrap=True)


def _read(file: Path, csv_format: CsvFormat, progress: Progress) -> CsvSeries:
    task = progress.add_task("reading", total=None)
    path = None if str(file) == "-" else file
    with click.open_file(str(file), "rb") as binary:
        read = read_series(binary, path, csv_format, lambda n_points: progress.update(task, completed=n_points))
    progress.update(task, total=1, completed=1)
    return read


def _score(read: CsvSeries, settings: Settings, progress: Progress) -> list[Backtest]:
    """Score the series, with the settings of a worker."""
    task = progress.add_task("scoring", total=None)
    try:
        found = backtest(
            read.series,
            model=settings.model,
            warmup=settings.warmup,
            slow_warmup=settings.slow_warmup,
            max_fill=settings.max_fill,
            rewarm=settings.rewarm,
            level=settings.level,
            false_alarms=settings.false_alarms or SENSITIVITIES[settings.sensitivity or "normal"],
            rules=settings.rules,
            progress=lambda n_done, n_all: progress.update(task, completed=n_done, total=n_all),
        )
    except (TypeError, ValueError) as error:
        raise SettingsError(f"the model and the file do not fit: {error}") from error
    return list(found.values())


class _Drawing:
    """The picture or page asked for; checked before scoring."""

    def __init__(self, path: Path, labels: Path | None, since: datetime | None, until: datetime | None) -> None:
        if path.suffix not in (".png", ".html"):
            raise click.UsageError(f"--plot: expected a name that ends with .png or .html, found {path}")
        missing = [name for name in ("matplotlib", "PIL", "jinja2") if find_spec(name) is None]
        if missing:
            install = "pip install '.[plot]' in the clone of streamgauge"
            raise SettingsError(f"--plot needs {missing[0]}, which scoring does without: {install}")
        if not path.parent.is_dir():
            raise SettingsError(f"--plot: expected a file in a folder that exists, found {path}")
        self._path, self._since, self._until = (
            path,
            *(None if moment is None else np.datetime64(moment, "ms") for moment in (since, until)),
        )
        self._labels = {} if labels is None else import_module("stream.plot.chart").read_labels(labels)

    def draw(self, results: list[Backtest], title: str, summary: str) -> str:
        """Draw the series with the highest scores.

        Returns a sentence on what was written.
        """
        report = import_module("stream.plot.report")
        most = report.MAX_IN_PICTURE if self._path.suffix == ".png" else report.MAX_IN_PAGE
        worst_first = sorted(results, key=lambda result: -max((each.peak_score for each in result.episodes), default=0))
        charts = list(report.charts_of(worst_first, self._labels, self._since, self._until))
        if not charts:
            raise StreamgaugeError("--plot: expected points between --plot-from and --plot-to, found none")
        if self._path.suffix == ".png":
            report.write_picture(self._path, charts[:most])
        else:
            report.write_page(self._path, title, results, charts[:most], summary)
        left_out = f"; the {most} of {len(charts)} series with the highest scores" if len(charts) > most else ""
        return f"drawn: {self._path}{left_out}"


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    """Show how far it is, on a terminal only."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.completed:,} points"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True,
                  disable=not console.is_terminal) as progress:  # fmt: skip
        yield progress
