"""Ingest as a process of its own, and beside a worker in one process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final, NoReturn

import structlog
from prometheus_client import CollectorRegistry

from stream.ingest.converter import Converter
from stream.ingest.progress import Progress
from stream.ingest.sources import Sources
from stream.settings.settings import Settings
from stream.worker.engine.process import Process
from stream.worker.ingest.app import IngestApp
from stream.worker.ingest.observer import IngestObserver
from stream.worker.login import connection
from stream.worker.observability.health import Health, HealthServer
from stream.worker.observability.heartbeat import heartbeat
from stream.worker.observability.memory import collect_seldom, freeze_and_trim

FINISH_S: Final = 10.0
"""How long messages in hand may take once it is to end."""

FINISH_BESIDE_WORKER_S: Final = FINISH_S / 4
"""A worker promises to end within five seconds of SIGTERM."""

log = structlog.get_logger()


def run(settings: Settings, sources: Sources) -> NoReturn:
    """Run until SIGTERM or Ctrl-C, within its `service_log`; its topics are there.

    Raises
    ------
    SettingsError
        If the health address cannot be bound.
    SystemExit
        With 0 after SIGTERM or SIGINT. A failure ends the process with the exit code of its error.
    """
    registry, health = CollectorRegistry(), Health()
    health.waiting_for = "partitions"
    with ExitStack() as stack:
        if "health_port" in settings.model_fields_set:  # The default one is the worker's.
            server = HealthServer(settings.health_host, settings.health_port, health, registry)
            stack.callback(server.close)
            log.info("health listening", host=settings.health_host, port=server.port)
        process = Process(build_app(settings, sources, registry, health, FINISH_S))
        process.add_future(heartbeat(health.beat))
        collect_seldom()
        freeze_and_trim()
        process.execute_from_commandline()


def build_companion(settings: Settings, sources: Sources, registry: CollectorRegistry) -> IngestApp:
    """Build the app that runs in the process of a worker, whose health is the worker's."""
    return build_app(settings, sources, registry, Health(), FINISH_BESIDE_WORKER_S)


def build_app(
    settings: Settings, sources: Sources, registry: CollectorRegistry, health: Health, finish_s: float
) -> IngestApp:
    """Build the Faust app from the settings."""
    progress_log = Progress(registry)
    return IngestApp(
        settings,
        sources,
        converter=Converter(settings, sources),
        progress_log=progress_log,
        observer=IngestObserver(health, progress_log),
        finish_s=finish_s,
        broker_client_id=settings.app_id,
        producer_compression_type="zstd",
        **connection(settings),
    )
