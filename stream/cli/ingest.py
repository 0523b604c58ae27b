"""`streamgauge ingest`: points from topics of other formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
import structlog

from stream.cli.echo import echo
from stream.cli.options import with_settings
from stream.errors import SettingsError
from stream.kafka.connection import open_connection
from stream.kafka.topics.creation import ensure, require
from stream.settings.commands import REGISTRY
from stream.settings.settings import Settings
from stream.settings.sources import variable

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from stream.ingest.format_records import FormatRecords
    from stream.ingest.sources import Sources
    from stream.worker.ingest.app import IngestApp

log = structlog.get_logger()

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
  prometheus-remote-write    remote write 1 and 2
  collectd-json, collectd-command, graphite
                             collectd
  vector, metricbeat         Vector, Elastic Metricbeat
  statsd                     StatsD lines
  json                       objects of any shape: texts are labels, numbers
                             values, and one field is the time
  schema-registry            Avro, Protobuf, JSON Schema: --schema-registry-url
  native                     our own, also several series a message
"""


@click.command(name="ingest", epilog=EPILOG)
@click.argument("topics", nargs=-1, metavar="[TOPIC[=FORMAT]...]")
@click.option("--drop-label", "drop_labels", multiple=True, metavar="NAME", help="Leave a label out of series' names.")
@click.option("--keep-label", "keep_labels", multiple=True, metavar="NAME", help="Keep this label and no other.")
@click.option("--name", metavar="TEMPLATE", help="What stands before the labels of a series.  [default: {name}]")
@click.option(
    "--new-series",
    type=click.IntRange(min=1),
    help="New series a minute that are admitted; points of others are left out and counted.  [default: 10000]",
)
@click.option("--reset-format", metavar="TOPIC", help="Forget the format that was found for a topic, and end.")
@with_settings(
    *("app_id", "metrics_topic", "dead_letter_topic", "create_topics", "partitions", "replication_factor"),
    *("max_message_bytes", "future_tolerance_s", "session_timeout_s", "heartbeat_interval_s"),
    *(*REGISTRY, "health_host", "health_port", "log_format"),
)
def command(settings: Settings, topics: tuple[str, ...], reset_format: str | None, **options: object) -> None:
    """Read metrics of other senders from their topics, and write them as points to the metrics topic.

    A TOPIC may be a pattern such as 'metrics-*'. Without a TOPIC, those of the table [ingest] in the file of settings
    are read. Without a FORMAT it is found from the topic's first messages, said once in the log, and kept for all
    processes and later starts.

    A series is named NAME{label="value",...}, labels sorted, whatever the format. Messages that cannot be read go to
    the dead-letter topic with a reason.

    Start as many as you like with the same --app-id: Kafka shares the partitions out. Every point is written at least
    once, also when the process is killed; workers know repeats. It ends on SIGTERM and Ctrl-C. With --health-port,
    /livez, /readyz and /metrics answer there.
    """
    settings = with_ingest(settings, options)
    if reset_format is not None:
        reset(settings, reset_format)
        return
    sources = find_sources(settings, topics)
    with import_module("stream.worker.observability.log").service_log(settings.log_format):
        prepare_topics(settings, sources)
        import_module("stream.worker.ingest.application").run(settings, sources)


def beside_worker(settings: Settings, topics: Sequence[str]) -> Callable[[CollectorRegistry], IngestApp]:
    """Return what makes the ingest of `streamgauge worker --ingest`, once the broker answers."""
    sources = find_sources(settings, topics)

    def make(registry: CollectorRegistry) -> IngestApp:
        prepare_topics(settings, sources)
        app: IngestApp = import_module("stream.worker.ingest.application").build_companion(settings, sources, registry)
        return app

    return make


def with_ingest(settings: Settings, options: Mapping[str, object]) -> Settings:
    """Return settings in which the flags of ingest win over the file's table."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update=given)})


def find_sources(settings: Settings, topics: Sequence[str]) -> Sources:
    """Return the topics that are to be read.

    Raises
    ------
    SettingsError
        If one is wrong, or the template of names; or if the packages of the extra are not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: not installed; {INSTALL}")
    sources: Sources = import_module("stream.ingest.sources").Sources.of(topics, settings.ingest.topics)
    if sources.has_registered and settings.schema_registry_url is None:
        url = variable("schema_registry_url")
        raise SettingsError(f"{url}: not given, but the format schema-registry needs it")
    own_topics = import_module("stream.ingest.format_records").own_topics
    sources.check(own_topics(settings), settings.metrics_topic)
    import_module("stream.ingest.samples.series_names").NameTemplate.of(settings.ingest.name)  # Refuses a wrong one.
    return sources


def prepare_topics(settings: Settings, sources: Sources) -> None:
    """Check that the topics to read are there, and make those that are written.

    Raises
    ------
    TopicError, BrokerUnreachableError
    """
    with open_connection(settings, lambda text: log.warning("waiting for broker", text=text)) as admin:
        for topic in sources.names:
            require(admin, topic, settings)
        ensure(admin, settings)
        if sources.has_auto:
            format_records(settings).create(admin)


def format_records(settings: Settings) -> FormatRecords:
    """Return the formats that were found."""
    records: FormatRecords = import_module("stream.ingest.format_records").FormatRecords(settings)
    return records


def reset(settings: Settings, topic: str) -> None:
    """Forget the format of a topic."""
    records = format_records(settings)
    with open_connection(settings, partial(echo, err=True)) as admin:
        records.create(admin)
    was_known = records.reset(topic)
    echo(f"{topic}: {'forgotten; running ingests keep it until they are restarted' if was_known else 'no format kept'}")
