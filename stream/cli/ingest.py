"""`streamgauge ingest`: points from topics of other formats."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from stream.cli.echo import echo
from stream.cli.options import with_settings
from stream.errors import SettingsError
from stream.kafka.connection import open_connection
from stream.kafka.topics.creation import ensure, require
from stream.kafka.topics.plan import plan
from stream.settings.settings import Settings

if TYPE_CHECKING:
    from stream.ingest.sources import Sources

INSTALL = "install the extra ingest, from a clone of the repository: pip install -c constraints.txt '.[ingest]'"

NEEDED = ("line_protocol_parser", "opentelemetry")
"""Of the extra ingest; the second brings protobuf."""

EPILOG = """\b
Examples:
  streamgauge ingest telegraf
  streamgauge ingest otlp_metrics=otlp-protobuf 'collectd-*'
  streamgauge ingest --drop-label pod_uid --drop-label instance k8s-metrics

\b
Formats:
  telegraf-json, influx      Telegraf (single or batch; line protocol)
  otlp-protobuf, otlp-json   OpenTelemetry Collector
  prometheus-json            prometheus-kafka-adapter
  prometheus-remote-write    remote write 1 (snappy protobuf)
  collectd-json, collectd-command, graphite
                             collectd
  vector, metricbeat         Vector, Elastic Metricbeat
  statsd                     StatsD lines
  json                       objects of any shape: texts are labels, numbers
                             values, and one field is the time
  native                     our own, with unknown fields and any unit of time
"""


@click.command(name="ingest", epilog=EPILOG)
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC[=FORMAT]...")
@click.option("--drop-label", "drop_labels", multiple=True, metavar="NAME", help="Leave a label out of series' names.")
@click.option(
    "--new-series",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="New series a minute that are admitted; points of others are left out and counted.",
)
@with_settings(
    *("app_id", "metrics_topic", "dead_letter_topic", "create_topics", "partitions", "replication_factor"),
    *("max_message_bytes", "future_tolerance_s", "session_timeout_s", "heartbeat_interval_s", "log_format"),
)
def command(settings: Settings, topics: tuple[str, ...], drop_labels: tuple[str, ...], new_series: int) -> None:
    """Read metrics of other senders from their topics, and write them as points to the metrics topic.

    A TOPIC may be a pattern such as 'metrics-*'. Without a FORMAT it is found from the topic's first messages, said
    once in the log, and fixed until the command ends.

    A series is named NAME{label="value",...}, labels sorted, whatever the format. Messages that cannot be read go to
    the dead-letter topic with a reason.

    Start as many as you like with the same --app-id: Kafka shares the partitions out. Every point is written at least
    once, also when the process is killed; workers know repeats. It ends on SIGTERM and Ctrl-C.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: not installed; {INSTALL}")
    load = import_module("stream.ingest.sources")
    sources: Sources = load.Sources([load.parse_source(text) for text in topics])
    sources.check([planned.name for planned in plan(settings)], settings.metrics_topic)
    with open_connection(settings, partial(echo, err=True)) as admin:
        for topic in sources.names:
            require(admin, topic, settings)
        ensure(admin, settings)
    import_module("stream.worker.observability.log").configure(settings.log_format)
    import_module("stream.ingest.loop").run(settings, sources, drop_labels, new_series)
