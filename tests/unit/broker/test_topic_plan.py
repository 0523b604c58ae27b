from __future__ import annotations

import pytest

from stream.kafka.topics.plan import TopicPlan, plan
from stream.settings.settings import Settings


def planned(name: str, settings: Settings, n_source_partitions: int | None = None) -> TopicPlan:
    return next(topic for topic in plan(settings, n_source_partitions) if topic.name == name)


def test_there_is_a_scores_topic_only_when_it_is_named() -> None:
    without = [topic.name for topic in plan(Settings())]
    events = ["metrics", "anomalies", "anomalies.backfill", "metrics.dlq"]
    assert without == [*events, "streamgauge-state-changelog", "streamgauge-control"]
    assert "scores" in [topic.name for topic in plan(Settings(scores_topic="scores"))]


def test_the_changelog_is_compacted_in_small_segments_and_keeps_replaced_state_for_a_while() -> None:
    changelog = planned("streamgauge-state-changelog", Settings(changelog_compaction_lag_s=60))
    assert changelog.configs == {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": "60000",
        "min.cleanable.dirty.ratio": "0.2",
        "segment.bytes": "33554432",
        "segment.ms": "600000",
    }


def test_the_control_topic_is_compacted_and_has_one_partition() -> None:
    control = planned("team-control", Settings(control_topic="team-control", partitions=8), n_source_partitions=12)
    assert control.n_partitions == 1
    assert control.configs["cleanup.policy"] == "compact"


@pytest.mark.parametrize(
    ("topic", "n_partitions"), [("streamgauge-state-changelog", 12), ("scores", 12), ("anomalies", 8)]
)
def test_state_and_scores_have_as_many_partitions_as_the_source_that_is_there(topic: str, n_partitions: int) -> None:
    settings = Settings(partitions=8, scores_topic="scores")
    assert planned(topic, settings, n_source_partitions=12).n_partitions == n_partitions


def test_a_dead_letter_may_be_larger_than_the_message_it_keeps() -> None:
    settings = Settings(max_message_bytes=2000)
    assert planned("metrics", settings).configs["max.message.bytes"] == "2000"
    assert planned("metrics.dlq", settings).configs["max.message.bytes"] == str(2000 + (1 << 20))


def test_retention_is_given_in_milliseconds_and_may_be_for_ever() -> None:
    settings = Settings(metrics_retention_h=2, anomalies_retention_h=-1)
    assert planned("metrics", settings).configs["retention.ms"] == "7200000"
    assert planned("anomalies", settings).configs["retention.ms"] == "-1"
