"""`streamgauge worker`: score the points of the metrics topic."""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

import click

from stream.cli.options import with_settings
from stream.settings.commands import REGISTRY
from stream.settings.settings import Settings
from stream.settings.topics import RETENTION, TOPICS


@click.command(name="worker")
@click.option(
    "--ingest",
    "ingest",
    multiple=True,
    metavar="TOPIC[=FORMAT]",
    help="Read this topic of another sender too, in the same process: see streamgauge ingest. Can be repeated.",
)
@with_settings(
    *("app_id", "instance_id"),
    *(*TOPICS, "control_topic", "create_topics", "partitions", "replication_factor"),
    *(*RETENTION, "changelog_compaction_lag_s", "max_message_bytes"),
    *("timestamp_unit", "timezone", "broker_version"),
    *("model", "false_alarms", "sensitivity", "warmup", "slow_warmup", "max_keys", "max_fill", "rewarm"),
    *("future_tolerance_s", "update_interval_s", "level", "silent_after", "silent_limit"),
    *("start_afresh", "checkpoint_interval_s", "session_timeout_s", "heartbeat_interval_s"),
    *("health_host", "health_port", "open_episode_metrics"),
    *(*REGISTRY, "log_format"),
)
def command(settings: Settings, ingest: tuple[str, ...]) -> None:
    """Score the points of the metrics topic and publish anomalies as episodes on the anomalies topic.

    Start as many workers as you like with the same --app-id: Kafka assigns each its share of the partitions. On SIGTERM
    a worker makes a checkpoint and ends within 5 seconds. Exit code 75 asks for a restart: the next worker goes on from
    the last checkpoint.

    /livez, /readyz and /metrics answer on the health address.
    """
    gc.disable()  # What is imported stays: to look through it again and again is a tenth of the start.
    run: Callable[..., NoReturn] = import_module("stream.worker.application").run
    gc.freeze()
    gc.enable()
    if not ingest:
        run(settings)
    run(settings, import_module("stream.cli.ingest").beside_worker(settings, ingest))
