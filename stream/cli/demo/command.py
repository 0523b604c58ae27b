"""`streamgauge demo`: broker, worker, publisher and watcher at once."""

from __future__ import annotations

import signal
import sys
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console

from stream.cli.demo.reporter import JsonLines, Reporter, Screen
from stream.cli.demo.runner import DemoRun
from stream.cli.demo.scene.labels import NAMES, read
from stream.cli.demo.scene.scene import SHIPPED_SEED, Scene, build
from stream.cli.demo.scene.series import DemoSeries
from stream.errors import INTERRUPTED_EXIT_CODE
from stream.testing.environment import embedded_setup, kafka_setup

EXAMPLES = """\b
Examples:
  streamgauge demo
  streamgauge demo --for 60
  streamgauge demo --nab nyc_taxi
  streamgauge demo --csv requests.csv
  streamgauge demo --no-scene --csv mine.csv --json | jq .severity
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--csv",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Play this file too: columns timestamp and value, one series, named like the file. May be given again.",
)
@click.option(
    "--nab",
    "recorded",
    metavar="NAME",
    type=click.Choice(NAMES),
    help="Play a recorded series of the Numenta Anomaly Benchmark instead, and compare its episodes with the labelled "
    f"windows: {', '.join(NAMES)}.",
)
@click.option("--no-scene", is_flag=True, help="Play the files of --csv alone.")
@click.option(
    "--for",
    "pace_s",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Spread the points over so many seconds, for people to watch; without it they go as fast as they are scored.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), metavar="N", help="Seed: play another three weeks of the same shop."
)
@click.option("--brokers", metavar="HOST:PORT", help="Play on this Kafka, on topics that are deleted at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line: episodes, then the summary.")
def command(
    files: tuple[Path, ...],
    recorded: str | None,
    no_scene: bool,
    pace_s: float,
    seed: int | None,
    brokers: str | None,
    as_json: bool,
) -> None:
    """See it work: an in-memory broker, a worker, a publisher and a watcher in one command.

    The worker, with its default settings and model, scores three weeks of a web shop's metrics that it has never seen.
    Four faults are planted in one of the series: a spike, a missing peak, a flat line and a level shift. Each episode
    is printed as it opens. The summary lists the planted faults, which of them were found, and the false alarms.

    Exit code 0 if every planted fault was found, 10 if one was missed.
    """
    if recorded is not None and (files or no_scene or seed is not None):
        raise click.UsageError("--nab plays one recorded series alone: leave out --csv, --no-scene and --seed")
    if no_scene and not files:
        raise click.UsageError("--no-scene leaves nothing to play: name a file with --csv")
    if len({path.stem for path in files}) < len(files):
        raise click.UsageError("--csv: expected files of different names, for a series is named like its file")
    labelled = None if recorded is None else read(recorded)
    scene = Scene((), ()) if no_scene or labelled else build(SHIPPED_SEED if seed is None else seed)
    demo = DemoRun(scene, tuple(map(DemoSeries.from_csv, files)), pace_s, labelled)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    reporter: Reporter = JsonLines() if as_json else Screen(Console(highlight=False))
    try:
        with closing(reporter):
            demo.run(embedded_setup() if brokers is None else kafka_setup(brokers), reporter)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
