"""`streamgauge backfill`: warm up workers on history, without alerts."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import click

from stream.cli.backfill.run import Backfill, Request
from stream.cli.csv_options import csv_format_options
from stream.cli.echo import echo
from stream.cli.groups import SuggestingGroup
from stream.cli.options import SECONDS, parse_moment, with_settings
from stream.errors import SettingsError
from stream.formats.csv.columns import CsvFormat
from stream.history.csv_file import CsvFile
from stream.history.points import HistorySource
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

R = TypeVar("R")

INSTALL = "install the extra backfill, from a clone of the repository: pip install -c constraints.txt '.[backfill]'"

SETTINGS = (
    *("app_id", "metrics_topic", "anomalies_topic", "backfill_topic", "model", "warmup", "slow_warmup"),
    *("future_tolerance_s", "max_message_bytes"),
)

EXAMPLES = """\b
Examples:
  streamgauge backfill csv cpu.csv --series host-7/cpu --dry-run
  streamgauge backfill parquet metrics-2024.parquet --page-from 2024-12-01
  streamgauge backfill topic metrics-archive --from 90d
  streamgauge backfill prometheus http://localhost:9090 'rate(http_requests_total[5m])' --from 30d --step 1m
"""


@click.group(cls=SuggestingGroup, epilog=EXAMPLES)
def command() -> None:
    """Warm up on history from files, a topic or Prometheus; nobody is paged.

    The points go through the running workers, which score and learn them as live ones. Episodes that open before
    --page-from are not published to the anomalies topic; at the end each series is listed with the pages that there
    would have been. An episode that is still open then is published with the first live point.

    Publish history before live points: a point older than the newest of its series is late, and left out here. Exit
    code 13 if no worker runs, 6 if a topic is missing; --wait waits for the broker, the topics and a worker.
    """


def parse_page_from(context: click.Context, option: click.Parameter, text: str) -> int:
    """Read a moment; `now` is that of the start."""
    moment = round(1000 * time.time()) if text == "now" else parse_moment(context, option, text)
    if isinstance(moment, str):
        raise click.BadParameter(f"expected now, a span before now such as 7d, or an ISO 8601 time, found '{text}'")
    return moment


def parse_step(_context: click.Context, _option: click.Parameter, text: str) -> int:
    """Parse seconds, or a duration such as 30s, 5m or 1h."""
    span = re.fullmatch(r"([0-9]{1,6})([smhdw]?)", text)
    seconds = int(span[1]) * ({"s": 1} | SECONDS).get(span[2], 1) if span else 0
    if not seconds:
        raise click.BadParameter(f"expected a span such as 15s, 1m or 1h, found '{text}'")
    return seconds


def backfill_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options that every source takes, as `request`."""

    @functools.wraps(command)
    def call(settings: Settings, page_from: int, batch: int, dry_run: bool, as_json: bool, **options: Any) -> R:
        return command(request=Request(settings, page_from, batch, dry_run, as_json), **options)

    decorated: Callable[..., R] = with_settings(*SETTINGS)(call)
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option(
        "--page-from",
        default="now",
        show_default=True,
        callback=parse_page_from,
        metavar="TIME",
        help="Event time from which on points may page: now, a span before now such as 7d, or an ISO 8601 time.",
    ),
    click.option(
        "--batch",
        type=click.IntRange(1, 10_000),
        default=200,
        show_default=True,
        help="Points per message.",
    ),
    click.option("--dry-run", is_flag=True, help="Read and check everything, publish nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object, and no progress."),
)

_files = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@command.command("csv", short_help="History from CSV files.")
@_files
@csv_format_options
@backfill_options
def backfill_csv(request: Request, files: tuple[Path, ...], csv_format: CsvFormat) -> None:
    """Backfill the rows of each CSV FILE, read as `streamgauge publish csv` reads them, in any order."""
    _run(request, [CsvFile(file, csv_format) for file in files])


@command.command("parquet", short_help="History from Parquet files.")
@_files
@csv_format_options
@backfill_options
def backfill_parquet(request: Request, files: tuple[Path, ...], csv_format: CsvFormat) -> None:
    """Backfill the rows of each Parquet FILE; its columns are named as those of a CSV file."""
    _require("pyarrow")
    reader = import_module("stream.history.parquet_file").ParquetFile
    _run(request, [reader(file, csv_format) for file in files])


@command.command("topic", short_help="History from a topic in the native format.")
@click.argument("topic")
@click.option("--from", "start", default="beginning", show_default=True, callback=parse_moment,
              help="Publication time of the first message: beginning, a span, or an ISO 8601 time.")  # fmt: skip
@click.option("--to", "end", default="latest", show_default=True, callback=parse_moment,
              help="Publication time before which the last message was published.")  # fmt: skip
@backfill_options
def backfill_topic(request: Request, topic: str, start: Moment, end: Moment) -> None:
    """Backfill the points of a range of TOPIC, on the same brokers, in the format of the metrics topic."""
    if topic == request.settings.metrics_topic:
        raise SettingsError(f"TOPIC: expected another topic than {topic}, whose points the workers read anyway")
    open_topic = import_module("stream.history.topic").open_topic
    with open_topic(request.settings, topic, start, end, partial(echo, err=True)) as source:
        _run(request, [source])


@command.command("prometheus", short_help="History from a range query of Prometheus.")
@click.argument("url")
@click.argument("query")
@click.option("--from", "start", default="30d", show_default=True, callback=parse_moment, metavar="TIME",
              help="Start of the range: a span before now such as 30d, or an ISO 8601 time.")  # fmt: skip
@click.option("--to", "end", default="0m", callback=parse_moment, metavar="TIME",
              help="End of the range.  [default: now]")  # fmt: skip
@click.option("--step", default="1m", show_default=True, callback=parse_step, help="From one point to the next.")
@click.option("--cafile", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="PEM file of trusted certificate authorities.  [default: those of the system]")  # fmt: skip
@click.option("--allow-login-without-tls", is_flag=True, help="Allow http with a login, which sends it unencrypted.")
@backfill_options
def backfill_prometheus(
    request: Request,
    url: str,
    query: str,
    start: Moment,
    end: Moment,
    step: int,
    cafile: Path | None,
    allow_login_without_tls: bool,
) -> None:
    """Backfill the result of a range QUERY in PromQL, asked of the Prometheus at URL.

    A series is named as Prometheus writes it, such as up{instance="a:9090",job="web"}, its labels in alphabetical
    order. Long ranges are asked in pages of 11,000 points. Samples that are NaN are left out.

    The login comes from the variables PROMETHEUS_TOKEN, or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD.
    """
    _require("urllib3")
    if isinstance(start, str) or isinstance(end, str) or start >= end:
        raise click.UsageError("expected --from before --to, each a span before now such as 30d or an ISO 8601 time")
    prometheus = import_module("stream.history.prometheus")
    token, username, password = (os.environ.get(f"PROMETHEUS_{name}") for name in ("TOKEN", "USERNAME", "PASSWORD"))
    login = prometheus.Login(token, username, password, allow_login_without_tls)
    _run(request, [prometheus.Prometheus(url, query, start // 1000, end // 1000, step, login, cafile)])


def _run(request: Request, sources: Sequence[HistorySource]) -> None:
    Backfill(request).run(sources)


def _require(package: str) -> None:
    if find_spec(package) is None:
        raise SettingsError(f"this source needs {package}, which a worker does without: {INSTALL}")
