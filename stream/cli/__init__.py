"""The `streamgauge` command, with lazily imported subcommands."""

from __future__ import annotations

import os
import sys

import click

from stream import __version__
from stream.cli.echo import echo
from stream.cli.groups import LazyGroup, Subcommand
from stream.cli.safe_path import protect_children
from stream.errors import StreamgaugeError

COMMANDS = {
    "score": Subcommand(
        "stream.cli.score.command", "Score a CSV file: what would have alarmed, with a picture; no broker."
    ),
    "worker": Subcommand("stream.cli.worker", "Score the points of the metrics topic and publish anomalies."),
    "ingest": Subcommand(
        "stream.cli.ingest", "Read metrics of Telegraf, OpenTelemetry, Prometheus and others from their topics."
    ),
    "publish": Subcommand("stream.cli.publish", "Publish points from files to the metrics topic."),
    "backfill": Subcommand(
        "stream.cli.backfill.command", "Warm up on history from files, a topic or Prometheus; nobody is paged."
    ),
    "watch": Subcommand("stream.cli.watch.command", "Follow the anomalies live as they open, change and close."),
    "rules": Subcommand("stream.cli.control.rules", "List, set, remove or try rules while the workers run."),
    "mute": Subcommand("stream.cli.control.mute", "Page nobody about some series for a while."),
    "mutes": Subcommand("stream.cli.control.mutes", "List what is muted."),
    "unmute": Subcommand("stream.cli.control.unmute", "End a mute."),
    "ack": Subcommand("stream.cli.control.ack", "Acknowledge an episode: you take care of it."),
    "verdict": Subcommand("stream.cli.control.verdict", "Record what an episode was: expected, false or real."),
    "verdicts": Subcommand("stream.cli.control.verdicts", "List what was said of episodes."),
    "learn": Subcommand("stream.cli.control.learn", "Mark the level of a series as the new normal."),
    "notify": Subcommand(
        "stream.cli.notify.command", "Deliver episodes to chat, pagers, mail, webhooks and Alertmanager."
    ),
    "page": Subcommand(
        "stream.cli.page", "Serve a live page of series and episodes, with mute, acknowledge and verdicts."
    ),
    "show": Subcommand("stream.cli.show", "Draw one series with band, score and episodes, in the terminal or as PNG."),
    "dlq": Subcommand("stream.cli.dlq.command", "List, show or replay the messages that could not be read."),
    "topics": Subcommand("stream.cli.storage.topics", "Create, check or delete the topics."),
    "series": Subcommand("stream.cli.storage.series", "List the series that a worker remembers, or forget some."),
    "state": Subcommand("stream.cli.state.command", "Keep what was learned where version or topic change."),
    "reset": Subcommand("stream.cli.storage.reset", "Forget everything that was learned, to start again."),
    "train": Subcommand("training.cli.train", "Train a model offline and export it."),
    "model": Subcommand("stream.cli.model.command", "Show or check a model bundle."),
    "evaluate": Subcommand("training.cli.evaluate", "Measure the detector on public and synthetic benchmarks."),
    "doctor": Subcommand("stream.cli.doctor.command", "Check broker, topics, model, clock and versions, with advice."),
    "size": Subcommand("stream.cli.size", "Estimate memory, CPU, network and disk for a number of series."),
    "prepare": Subcommand("stream.cli.prepare", "Compile the detector before its first start."),
    "demo": Subcommand("stream.cli.demo.command", "See it work: broker, worker, publisher and watcher in one command."),
}


EPILOG = (
    "Exit codes: 0 done; 1 unforeseen error; 2 wrong usage or settings; 3 no broker answers; 4 login refused; "
    "5 certificate not trusted; 6 topic missing or misfit; 7 model refused; 8 data unreadable; 9 training failed; "
    "10 the demo missed a fault; 11 stored state unreadable, lost, or of another topic; 12 a worker is still running; "
    "13 no worker is running; 14 the doctor found messages that are not scored; "
    "75 the worker asks to be started again from its last checkpoint; "
    "130 ended by Ctrl-C, where that is not the usual end."
)


@click.command(
    cls=LazyGroup,
    subcommands=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="streamgauge")
def main() -> None:
    """Streaming anomaly detection for metrics on Kafka: one alert per incident, with the reason in plain words."""


def run() -> None:
    """Run the command; report user errors as one line."""
    protect_children(os.environ)
    try:
        main(prog_name="streamgauge")
    except StreamgaugeError as error:
        echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
