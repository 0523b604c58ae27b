"""`streamgauge doctor`: check what a worker needs, with advice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib import metadata

import click
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream import __version__
from stream.cli.doctor.dead_letters import examine_dead_letters
from stream.cli.doctor.finding import COLUMN, Finding
from stream.cli.doctor.group import examine_group, examine_replication, examine_worker
from stream.cli.doctor.known_series import examine_known_series
from stream.cli.doctor.series import examine_series
from stream.cli.echo import echo
from stream.cli.options import as_json_option, parse_moment, with_settings
from stream.detectors import chosen_bundle
from stream.errors import BrokerUnreachableError, ModelError, StreamgaugeError, TopicError
from stream.kafka import clock
from stream.kafka.connection import open_connection
from stream.kafka.topics import creation
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings
from stream.settings.sources import variable
from stream.settings.topics import TOPICS
from stream.settings.values import is_loopback, parse_addresses

CLOCK_TOLERANCE_S = 5.0
"""Clocks that are kept by NTP differ by milliseconds; seconds mean that one is not."""

PACKAGES = ("faust-streaming", "aiokafka", "kafka-python", "onnxruntime", "numba", "numpy", "msgspec")


EXAMPLES = """\b
Examples:
  streamgauge doctor
  streamgauge doctor --series host-7/requests_total --from 2d
"""


@click.command(epilog=EXAMPLES)
@with_settings(
    *("app_id", *TOPICS, "control_topic", "timestamp_unit", "timezone"),
    *("model", "warmup", "health_host", "health_port"),
)
@click.option("--series", help="Examine this series, too: which kind of signal it is, and which rule it needs.")
@click.option(
    "--from",
    "start",
    default="1d",
    show_default=True,
    callback=parse_moment,
    metavar="beginning|SPAN|TIME",
    help="Of the series and the dead letters: published since; SPAN is such as 90m, 12h, 30d, 4w, TIME is ISO 8601.",
)
@as_json_option
def command(settings: Settings, series: str | None, start: Moment, as_json: bool) -> None:
    """Check settings, versions, model, a worker here, broker, login, clock and topics; print advice for each problem.

    Then it looks at what runs: messages that were dead-lettered since --from and not replayed, by reason; whether a
    worker is in the group, and how far it is behind; series that arrive in two partitions; rules, of the settings and
    of the control topic, that match no series; and whether the loss of one broker would stop the worker.

    With --series it also examines one series: its timestamps, the rest of its warm-up, and whether it is a counter,
    grows exponentially or needs a rule for another reason; the lines of that rule are printed.

    Nothing is written, neither to the broker nor to disk. Exit code: 0, or that of the first failure; 14 if messages
    are not scored: dead-lettered, deleted before they were read, or of a series in two partitions.
    """
    findings = []
    for finding in examine(settings, series, start):
        findings.append(finding)
        if not as_json:
            echo(finding.line(), indent=COLUMN)
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings]))
    sys.exit(next((finding.exit_code for finding in findings if finding.level == "fail"), 0))


def examine(settings: Settings, series: str | None = None, start: Moment = "beginning") -> Iterator[Finding]:
    """Run all checks; skip those that need an unreachable broker."""
    n_given = len(settings.model_fields_set)
    yield Finding("settings", "ok", f"{n_given} given, {len(Settings.model_fields) - n_given} by default")
    yield from _versions()
    yield _model(settings)
    yield from examine_worker(settings)
    try:
        admin = open_connection(settings, partial(echo, err=True))
    except StreamgaugeError as error:
        yield Finding("broker", "fail", str(error), error.exit_code)
        return
    with admin:
        try:
            yield _broker(admin)
        except KafkaError as error:
            text = f"accepted the connection and then did not say who it is: {type(error).__name__}: {error}"
            yield Finding(
                "broker", "fail", f"{text}; look into its log, then try again", BrokerUnreachableError.exit_code
            )
            return
        yield _login(settings)
        yield _clock(admin)
        yield from _topics(admin, settings)
        yield from _traffic(admin, settings, start)
    if series is not None:
        yield from examine_series(settings, series, start)


def _traffic(admin: KafkaAdminClient, settings: Settings, start: Moment) -> Iterator[Finding]:
    """Look at what runs: dead letters, the group, and the series that workers remember; of the topics that exist."""
    try:
        counts = creation.count_partitions(admin, settings)
    except StreamgaugeError:
        return  # The topics' own finding says so.
    yield examine_replication(admin, counts)
    if settings.dead_letters in counts:
        yield from examine_dead_letters(settings, start)
    if settings.metrics_topic in counts:
        yield from examine_group(admin, settings, counts[settings.metrics_topic])
    if settings.changelog_topic in counts:
        yield from examine_known_series(settings, start, counts[settings.changelog_topic])


def _versions() -> Iterator[Finding]:
    versions = {name: metadata.version(name) for name in PACKAGES}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield Finding("versions", "ok", f"streamgauge {__version__}, Python {sys.version.split()[0]}, {listed}")
    required: list[str] = []
    with suppress(metadata.PackageNotFoundError):
        required = metadata.requires("streamgauge") or []
    for name, _, version in (requirement.partition("==") for requirement in required):
        if version and versions.get(name, version) != version:
            text = (
                f"{name} {versions[name]}, but this release works with {version} alone: pip install {name}=={version}"
            )
            yield Finding("versions", "fail", text, exit_code=1)


def _model(settings: Settings) -> Finding:
    try:
        bundle = chosen_bundle(settings.model)
    except ModelError as error:
        return Finding("model", "fail", str(error), error.exit_code)
    return Finding("model", "ok", f"{bundle.name} {bundle.version}, sha256 {bundle.sha256[:12]}, every check passed")


def _broker(admin: KafkaAdminClient) -> Finding:
    brokers = admin.describe_cluster()["brokers"]
    version = admin.get_broker_version_data(brokers[0]["broker_id"]).broker_version_str
    addresses = ", ".join(f"{broker['host']}:{broker['port']}" for broker in brokers)
    return Finding("broker", "ok", f"Kafka {version} at {addresses}")


def _login(settings: Settings) -> Finding:
    tls = "over TLS" if settings.security_protocol.endswith("SSL") else "not encrypted"
    if settings.sasl_mechanism is not None:
        return Finding("login", "ok", f"{settings.login_name} by {settings.sasl_mechanism}, {tls}")
    if settings.security_protocol == "SSL" or all(is_loopback(host) for host, _ in parse_addresses(settings.brokers)):
        return Finding("login", "ok", f"none, {tls}")
    advice = f"set {variable('security_protocol')}=SASL_SSL if the network is not yours alone"
    return Finding("login", "warn", f"none, {tls}: {advice}")


def _clock(admin: KafkaAdminClient) -> Finding:
    ahead_s = clock.clock_offset_s(admin)
    if ahead_s is None:
        return Finding("clock", "ok", "not compared: this broker has no clock that can be read without writing")
    if abs(ahead_s) > CLOCK_TOLERANCE_S:
        text = f"{ahead_s:+.1f} s against the broker's: points may be refused as too far in the future; run NTP on both"
        return Finding("clock", "warn", text)
    return Finding("clock", "ok", f"{ahead_s:+.2f} s against the broker's")


def _topics(admin: KafkaAdminClient, settings: Settings) -> Iterator[Finding]:
    try:
        for finding in creation.check(admin, settings):
            yield Finding("topics", finding.level, finding.text, TopicError.exit_code)
    except StreamgaugeError as error:
        yield Finding("topics", "fail", str(error), error.exit_code)
