"""Worker process: model, topics, health, then Faust."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeAlias

import structlog
from prometheus_client import CollectorRegistry

from stream import __version__
from stream.detection.compiler import linker
from stream.errors import RESTART_EXIT_CODE, BrokerUnreachableError, StreamgaugeError
from stream.events.dead_letter_log import DeadLetterLog
from stream.model import Bundle
from stream.settings.settings import Settings
from stream.worker.announcement import Announcement
from stream.worker.assembly import build_engine, build_fleet_exporter, build_processor, load_bundle
from stream.worker.control import WorkerControl
from stream.worker.engine.batch_app import WENT_AWAY, BatchApp
from stream.worker.engine.process import Process
from stream.worker.metrics_topic import prepare_topics
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.broker_watch import BrokerWatch
from stream.worker.observability.health import Health, HealthServer
from stream.worker.observability.heartbeat import heartbeat
from stream.worker.observability.library_pages import imported_libraries, release_pages
from stream.worker.observability.lifecycle import LifecycleObserver
from stream.worker.observability.log import service_log
from stream.worker.observability.memory import collect_seldom, freeze_and_trim
from stream.worker.observability.metrics import Metrics
from stream.worker.processor import PartitionProcessor

log = structlog.get_logger()


MakeCompanion: TypeAlias = Callable[[CollectorRegistry], BatchApp]
"""Makes the app that runs beside the worker's in one process, with the metrics of the worker, once the topics are
ready."""


def run(settings: Settings, make_companion: MakeCompanion | None = None) -> NoReturn:
    """Run a worker until it is stopped.

    Parameters
    ----------
    settings : Settings
    make_companion : callable, optional
        For `streamgauge worker --ingest`.

    Raises
    ------
    StreamgaugeError
        If it cannot start; what is wrong has its own class and exit code.
    SystemExit
        With 0 after SIGTERM or SIGINT, with 1 after an unforeseen error. A fault that a restart from the last
        checkpoint mends ends the process with 75.
    """
    with service_log(settings.log_format):
        _run(settings, make_companion)


def _run(settings: Settings, make_companion: MakeCompanion | None) -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    log.info("starting", version=__version__, app_id=settings.app_id, brokers=settings.brokers)
    bundle = load_bundle(settings)
    metrics, health = measure(bundle)
    server = HealthServer(settings.health_host, settings.health_port, health, metrics.registry)
    log.info("health listening", host=settings.health_host, port=server.port)
    source = prepare_topics(settings, health)
    control = WorkerControl(settings, bundle, health)
    dead_letter_log, anomaly_log = DeadLetterLog(), AnomalyLog()
    processor = build_processor(settings, bundle, metrics, source, dead_letter_log, anomaly_log)
    follow(control, processor)
    announcement = Announcement.of(settings, bundle.sha256)
    observer = LifecycleObserver(metrics, health)
    engine = build_engine(settings, processor, observer, source.n_partitions, announcement.client_id)

    def end(error: StreamgaugeError) -> None:
        engine.abort(str(error), exit_code=error.exit_code)

    if settings.broker_version is None:  # The embedded broker changes in no way, and knows nothing of members.
        BrokerWatch(settings, source.identity, source.n_partitions, announcement, end).start()
    companions = [] if make_companion is None else [make_companion(metrics.registry)]
    process = Process(engine, *companions)
    fleet = build_fleet_exporter(settings, metrics, processor, bundle)
    process.add_future(heartbeat(health.beat, dead_letter_log.report, anomaly_log.report, fleet.update))
    collect_seldom()
    freeze_and_trim()
    release_pages([*imported_libraries(), linker.library()])
    try:
        process.execute_from_commandline()
    finally:
        server.close()
        control.close()
        dead_letter_log.report(at_once=True)
        anomaly_log.report(at_once=True)
        log.info("stopped")


def follow(control: WorkerControl, processor: PartitionProcessor) -> None:
    """Wait for the rules of the control topic.

    Raises
    ------
    SystemExit
        With 75, if the broker that has answered before does not any more.
    """
    try:
        control.follow(processor.rules)
    except BrokerUnreachableError as error:
        log.error("giving up", why=WENT_AWAY, exit_code=RESTART_EXIT_CODE, error=str(error))
        raise SystemExit(RESTART_EXIT_CODE) from error


def measure(bundle: Bundle) -> tuple[Metrics, Health]:
    """Make the metrics and the health of a worker, with what is known before it connects."""
    metrics, health = Metrics(), Health()
    metrics.ready.set_function(lambda: health.ready()[0])
    metrics.model.info({"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256})
    return metrics, health


def _exit(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Exit a worker that is not reading yet.

    As process 1 of a container it would not get the signal otherwise.
    """
    raise SystemExit(0)
