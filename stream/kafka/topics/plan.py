"""The topics as they should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stream.settings.settings import Settings

CHANGELOG_SEGMENT_BYTES = 33_554_432
CHANGELOG_SEGMENT_MS = 600_000
"""A segment that is written to is never compacted: of Kafka's own, 1 GB and a week, a worker would read all replaced
state again at every start."""

BROKER_DEFAULT = -1
"""Replicas of a topic for which the broker's `default.replication.factor` counts."""

CONTROL_SEGMENT_MS = 86_400_000
"""So is a control record that was replaced or removed gone after a day or two."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it should be, with Kafka's configuration names."""

    name: str
    n_partitions: int
    replication_factor: int
    configs: Mapping[str, str]


def plan(settings: Settings, n_source_partitions: int | None = None) -> list[TopicPlan]:
    """Return the topics that the settings need.

    Parameters
    ----------
    settings : Settings
        Names, partitions, replication, retention, sizes.
    n_source_partitions : int, optional
        Partitions that the metrics topic has already. The changelog and the scores topic take the same number: the
        state of a series and its scores lie in the partition of its points.
    """
    n_chosen, replication = settings.partitions, settings.replication_factor
    n_source = n_source_partitions or n_chosen
    topics = [
        (settings.metrics_topic, n_chosen, settings.metrics_retention_h, settings.max_message_bytes),
        (settings.anomalies_topic, n_chosen, settings.anomalies_retention_h, None),
        (settings.backfill_events, n_chosen, settings.backfill_retention_h, None),
        (settings.scores_topic, n_source, settings.scores_retention_h, None),
        (settings.dead_letters, n_chosen, settings.dead_letter_retention_h, settings.max_dead_letter_bytes),
    ]
    changelog = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(1000 * settings.changelog_compaction_lag_s),
        "min.cleanable.dirty.ratio": "0.2",
        "segment.bytes": str(CHANGELOG_SEGMENT_BYTES),
        "segment.ms": str(CHANGELOG_SEGMENT_MS),
    }
    control = {"cleanup.policy": "compact", "segment.ms": str(CONTROL_SEGMENT_MS)}
    return [
        *(TopicPlan(name, n, replication, _kept(hours, size)) for name, n, hours, size in topics if name),
        TopicPlan(settings.changelog_topic, n_source, replication, changelog),
        TopicPlan(settings.control_records, 1, replication, control),
    ]


def _kept(hours: int, max_message_bytes: int | None) -> dict[str, str]:
    retention_ms = -1 if hours == -1 else hours * 3_600_000
    size = {} if max_message_bytes is None else {"max.message.bytes": str(max_message_bytes)}
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms)} | size
