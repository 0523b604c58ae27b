"""Settings of the topics: their names, sizes and retention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from stream.settings.security import SecuritySettings
from stream.settings.values import Hours, Name, Replicas, TimestampUnit, Zone

TOPICS: Final = ("metrics_topic", "anomalies_topic", "scores_topic", "dead_letter_topic", "backfill_topic")
"""Fields that name a topic of points or events."""

RETENTION: Final = (
    "metrics_retention_h",
    "anomalies_retention_h",
    "scores_retention_h",
    "dead_letter_retention_h",
    "backfill_retention_h",
)
"""How long each of them keeps its messages."""

HEADER_ROOM_BYTES: Final = 1 << 20
"""How much larger a dead letter may be than the message it keeps, for the headers with its reason and origin."""


class TopicSettings(SecuritySettings):
    """Which topics there are; the application id names the changelog."""

    metrics_topic: Name = Field(default="metrics", description="Topic the points are read from.")
    timestamp_unit: TimestampUnit = Field(
        default="auto",
        description="Unit of the points' timestamps that are numbers: s, ms, us, ns; auto tells by their size.",
    )
    timezone: Zone = Field(default="UTC", description="Zone of the points' ISO 8601 timestamps without an offset.")
    anomalies_topic: Name = Field(default="anomalies", description="Topic the anomalies are written to.")
    scores_topic: Name | None = Field(
        default=None, description="Topic every scored point is written to; none without it."
    )
    dead_letter_topic: Name | None = Field(
        default=None,
        description="Topic of messages that cannot be read; without it the metrics topic's name and '.dlq'.",
    )
    backfill_topic: Name | None = Field(
        default=None,
        description="Topic of the events of history, which page nobody; without it the anomalies topic's name and "
        "'.backfill'.",
    )
    control_topic: Name | None = Field(
        default=None,
        description="Topic of rules, mutes and verdicts set while workers run; without it the application id and "
        "'-control'.",
    )
    create_topics: bool = Field(default=True, description="Let the worker create missing topics.")
    partitions: int = Field(default=8, ge=1, le=10_000, description="Partitions of a topic that we create.")
    replication_factor: Replicas = Field(
        default=-1, description="Replicas of each partition of a topic that we create; -1 for the broker's default."
    )
    metrics_retention_h: Hours = Field(default=168, description="Hours for which points are kept; -1 for ever.")
    anomalies_retention_h: Hours = Field(default=2160, description="Hours for which anomalies are kept; -1 for ever.")
    scores_retention_h: Hours = Field(default=72, description="Hours for which scores are kept; -1 for ever.")
    dead_letter_retention_h: Hours = Field(
        default=720, description="Hours for which dead letters are kept; -1 for ever."
    )
    backfill_retention_h: Hours = Field(
        default=24, description="Hours for which events of history are kept; -1 for ever."
    )
    max_message_bytes: int = Field(
        default=1_048_588, ge=1024, le=100_000_000, description="Largest message of the metrics topic, in bytes."
    )
    changelog_compaction_lag_s: int = Field(
        default=600,
        ge=0,
        description="Seconds before Kafka may compact replaced state away, so that a late writer never wins.",
    )

    @property
    def changelog_topic(self) -> str:
        """Name of the compacted state topic."""
        return f"{self.app_id}-state-changelog"

    @property
    def dead_letters(self) -> str:
        """Name of the dead-letter topic."""
        return self.dead_letter_topic or f"{self.metrics_topic}.dlq"

    @property
    def max_dead_letter_bytes(self) -> int:
        """Largest dead letter in bytes, headers included."""
        return self.max_message_bytes + HEADER_ROOM_BYTES

    @property
    def backfill_events(self) -> str:
        """Name of the topic of backfill events."""
        return self.backfill_topic or f"{self.anomalies_topic}.backfill"

    @property
    def control_records(self) -> str:
        """Name of the control topic."""
        return self.control_topic or f"{self.app_id}-control"

    def conflicts(self) -> Iterator[str]:
        """Check that no two topics are one."""
        yield from super().conflicts()
        names = [name for field in (*TOPICS, "control_topic") if (name := getattr(self, field)) is not None]
        names += [self.changelog_topic]
        names += [self.dead_letters] if self.dead_letter_topic is None else []
        names += [self.backfill_events] if self.backfill_topic is None else []
        names += [self.control_records] if self.control_topic is None else []
        for name, n in Counter(names).items():
            if n > 1:
                yield f"topic {name!r} stands for {n} different topics; expected a name of its own for each"
