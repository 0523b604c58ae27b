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
from stream.detection.compiler.code_folder import code_folder
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.policy.budget import Budget
from stream.detection.scoring.precompile import is_prepared, prepare
from stream.detectors import build_detector, chosen_bundle, misfit
from stream.errors import RESTART_EXIT_CODE, BrokerUnreachableError, SettingsError, StreamgaugeError
from stream.events.dead_letter_log import DeadLetterLog
from stream.events.episodes import Model
from stream.formats.points import Decoder
from stream.formats.tolerant.moments import Moments
from stream.model import Bundle, WindowedMetadata
from stream.settings.settings import Settings
from stream.settings.sources import variable
from stream.worker.announcement import Announcement
from stream.worker.control import WorkerControl
from stream.worker.engine.app import Engine
from stream.worker.engine.batch_app import WENT_AWAY, BatchApp
from stream.worker.engine.process import Process
from stream.worker.events import EpisodeMessages
from stream.worker.fleet.exporter import FleetExporter
from stream.worker.fleet.open_episodes import OpenEpisodes
from stream.worker.keys.placement import Placement
from stream.worker.keys.staleness import StalenessConfig
from stream.worker.login import connection
from stream.worker.metrics_topic import MetricsTopic, prepare_topics
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.broker_watch import BrokerWatch
from stream.worker.observability.health import Health, HealthServer
from stream.worker.observability.heartbeat import heartbeat
from stream.worker.observability.library_pages import imported_libraries, release_pages
from stream.worker.observability.lifecycle import LifecycleObserver
from stream.worker.observability.log import service_log
from stream.worker.observability.memory import collect_seldom, freeze_and_trim
from stream.worker.observability.metrics import Metrics
from stream.worker.origin import Origin
from stream.worker.processor import PartitionProcessor
from stream.worker.reader import DeadLetterTopic

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


def build_fleet_exporter(
    settings: Settings, metrics: Metrics, processor: PartitionProcessor, bundle: Bundle
) -> FleetExporter:
    """Build what exports the open episodes."""
    features = bundle.metadata.features if processor.detector.n_slots > 1 else ()
    episodes = OpenEpisodes(processor.keys, processor.detector.state, features)
    return FleetExporter(metrics, episodes, settings.open_episode_metrics)


def load_bundle(settings: Settings) -> Bundle:
    """Load the configured model, or the packaged one."""
    bundle = chosen_bundle(settings.model)
    log.info("model loaded", name=bundle.name, version=bundle.version, sha256=bundle.sha256[:12])
    return bundle


def prepare_detector() -> None:
    """Compile the detector before a partition waits for it."""
    if code_folder() is None:
        log.warning(
            "compiling the detector",
            text="about half a minute, at every start: there is no place to keep or copy it; give one that can be "
            "written, such as /tmp (docker run --tmpfs /tmp), or set NUMBA_CACHE_DIR",
        )
    elif not is_prepared():
        log.info("compiling the detector", text="once for this version: about half a minute; see streamgauge prepare")
    prepare()


def build_processor(
    settings: Settings,
    bundle: Bundle,
    metrics: Metrics,
    source: MetricsTopic,
    dead_letter_log: DeadLetterLog,
    anomaly_log: AnomalyLog,
) -> PartitionProcessor:
    """Build the processor from the settings."""
    policy = Policy(
        warmup=settings.warmup,
        slow_warmup=settings.slow_warmup,
        max_fill=settings.max_fill,
        rewarm=settings.rewarm,
        update_interval_ms=round(settings.update_interval_s * 1000),
        level=settings.level,
        bands=settings.scores_topic is not None,
        false_alarms=Budget(*settings.allowance),
    )
    model = Model(name=bundle.name, version=bundle.version, sha256=bundle.sha256)
    features = bundle.metadata.features if isinstance(bundle.metadata, WindowedMetadata) else None
    detector = build_detector(bundle, policy)
    if isinstance(detector, ForecastDetector):
        prepare_detector()
    check_rules(settings, bundle)
    names = bundle.metadata.features if len(bundle.metadata.features) > 1 else ()
    return PartitionProcessor(
        detector,
        Decoder(
            settings.future_tolerance_s,
            settings.max_message_bytes,
            features,
            Moments(settings.timestamp_unit, settings.timezone),
        ),
        EpisodeMessages(
            model,
            metrics_topic=settings.metrics_topic,
            anomalies_topic=settings.anomalies_topic,
            backfill_topic=settings.backfill_events,
            features=names,
            level=settings.level,
            with_scores=settings.scores_topic is not None,
            metrics=metrics,
            anomaly_log=anomaly_log,
        ),
        Origin(source.identity),
        dead_letters=DeadLetterTopic(settings.dead_letters, settings.max_dead_letter_bytes),
        max_keys=settings.max_keys,
        metrics=metrics,
        staleness_config=StalenessConfig(settings.silent_after, settings.silent_limit),
        features=names,
        dead_letter_log=dead_letter_log,
        placement=Placement(source.n_partitions, metrics),
    )


def check_rules(settings: Settings, bundle: Bundle) -> None:
    """Reject transforms for models that score windows.

    Raises
    ------
    SettingsError
        Naming the rule.
    """
    for number, rule in enumerate(settings.rules, start=1):
        if (text := misfit(rule, bundle)) is not None:
            raise SettingsError(f"{variable('rules')}, rule {number}, {text}")


def build_engine(
    settings: Settings, processor: PartitionProcessor, observer: LifecycleObserver, n_partitions: int, client_id: str
) -> Engine:
    """Build the Faust app from the settings."""
    return Engine(
        settings.app_id,
        processor=processor,
        observer=observer,
        source_topic=settings.metrics_topic,
        scores_topic=settings.scores_topic,
        checkpoint_interval_s=settings.checkpoint_interval_s,
        broker_client_id=client_id,
        broker_commit_interval=settings.checkpoint_interval_s,
        consumer_group_instance_id=settings.instance_id,
        topic_partitions=n_partitions,
        **connection(settings),
    )


def _exit(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Exit a worker that is not reading yet.

    As process 1 of a container it would not get the signal otherwise.
    """
    raise SystemExit(0)
