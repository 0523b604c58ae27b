"""Parts of a worker, made from its settings."""

from __future__ import annotations

import structlog

from stream.detection.compiler.code_folder import code_folder
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.policy.budget import Budget
from stream.detection.scoring.precompile import is_prepared, prepare
from stream.detectors import build_detector, chosen_bundle, misfit
from stream.errors import SettingsError
from stream.events.dead_letter_log import DeadLetterLog
from stream.events.episodes import Model
from stream.formats.points import Decoder
from stream.formats.tolerant.moments import Moments
from stream.model import Bundle, WindowedMetadata
from stream.settings.settings import Settings
from stream.settings.sources import variable
from stream.worker.engine.app import Engine
from stream.worker.fleet.exporter import FleetExporter
from stream.worker.fleet.open_episodes import OpenEpisodes
from stream.worker.keys.placement import Placement
from stream.worker.keys.staleness import StalenessConfig
from stream.worker.login import connection
from stream.worker.messages.episodes import EpisodeMessages
from stream.worker.metrics_topic import MetricsTopic
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.lifecycle import LifecycleObserver
from stream.worker.observability.metrics import Metrics
from stream.worker.origin import Origin
from stream.worker.processor import PartitionProcessor
from stream.worker.reader import DeadLetterTopic

log = structlog.get_logger()


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
