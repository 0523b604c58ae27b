from __future__ import annotations

from stream.kafka.topics.fit import TopicFinding, compare, unknown
from stream.kafka.topics.plan import plan
from stream.settings.settings import Settings

SETTINGS = Settings()
CHANGELOG = SETTINGS.changelog_topic


def as_planned() -> tuple[dict[str, int], dict[str, dict[str, str]]]:
    defaults = {"max.message.bytes": "1048588", "min.compaction.lag.ms": "0", "segment.bytes": "1073741824"}
    topics = plan(SETTINGS)
    return {t.name: t.n_partitions for t in topics}, {t.name: defaults | dict(t.configs) for t in topics}


def with_config(topic: str, config: str, value: str) -> list[TopicFinding]:
    counts, configs = as_planned()
    configs[topic][config] = value
    return [finding for finding in compare(counts, configs, SETTINGS) if finding.level != "ok"]


def test_topics_as_planned_are_fit() -> None:
    assert {finding.level for finding in compare(*as_planned(), SETTINGS)} == {"ok"}


def test_a_missing_topic_is_named_with_the_command_that_creates_it() -> None:
    counts, configs = as_planned()
    del counts["metrics"]
    finding = compare(counts, configs, Settings(create_topics=False))[0]
    assert (finding.level, finding.topic) == ("fail", "metrics")
    assert finding.text == "topic metrics is not there: `streamgauge topics create` with the same settings creates it"


def test_a_missing_topic_that_a_worker_may_create_is_a_warning() -> None:
    counts, configs = as_planned()
    del counts["metrics"]
    finding = compare(counts, configs, SETTINGS)[0]
    assert (finding.level, finding.topic) == ("warn", "metrics")
    assert finding.text.endswith(" with the same settings creates it, and a worker does at its start")


def test_of_a_topic_that_is_not_ours_the_likeliest_that_are_there_are_named_and_kafkas_own_are_not() -> None:
    existing = ["__consumer_offsets", "audit", "host-metrics", "metrics", "orders", "zebra"]
    assert unknown("metrcs", existing).endswith("expected the name of one that is, such as metrics, host-metrics")
    assert unknown("q", existing).endswith("such as audit, host-metrics, metrics")
    assert unknown("q", ["__consumer_offsets"]).endswith("but this broker has none yet")


def test_a_changelog_with_other_partitions_than_the_source_is_refused() -> None:
    counts, configs = as_planned()
    counts[CHANGELOG] = 4
    findings = [finding for finding in compare(counts, configs, SETTINGS) if finding.level == "fail"]
    assert [finding.topic for finding in findings] == [CHANGELOG]
    assert "has 4 partitions, metrics has 8; expected as many" in findings[0].text


def test_a_scores_topic_with_other_partitions_than_the_source_is_refused() -> None:
    settings = Settings(scores_topic="scores")
    counts = {topic.name: topic.n_partitions for topic in plan(settings)} | {"scores": 2}
    findings = [finding for finding in compare(counts, None, settings) if finding.level == "fail"]
    assert [finding.topic for finding in findings] == ["scores"]
    assert "has 2 partitions, metrics has 8; expected as many" in findings[0].text


def test_anomalies_may_have_any_number_of_partitions() -> None:
    counts, configs = as_planned()
    counts["anomalies"] = 1
    assert {finding.level for finding in compare(counts, configs, SETTINGS)} == {"ok"}


def test_a_changelog_that_deletes_is_refused() -> None:
    (finding,) = with_config(CHANGELOG, "cleanup.policy", "compact,delete")
    assert finding.level == "fail"
    assert "deletes the state of quiet series" in finding.text


def test_a_control_topic_that_deletes_is_refused() -> None:
    (finding,) = with_config(SETTINGS.control_records, "cleanup.policy", "delete")
    assert finding.level == "fail"
    assert "deletes rules, mutes and verdicts after a while" in finding.text


def test_a_changelog_that_compacts_at_once_is_a_warning() -> None:
    (finding,) = with_config(CHANGELOG, "min.compaction.lag.ms", "0")
    assert finding.level == "warn"
    assert "--add-config min.compaction.lag.ms=600000" in finding.text


def test_a_changelog_whose_segments_are_too_large_to_be_compacted_is_a_warning() -> None:
    (finding,) = with_config(CHANGELOG, "segment.bytes", "1073741824")
    assert finding.level == "warn"
    assert "--add-config segment.bytes=33554432" in finding.text


def test_dead_letters_without_room_for_the_largest_message_are_refused() -> None:
    (finding,) = with_config("metrics.dlq", "max.message.bytes", "1048588")
    assert finding.level == "fail"
    assert "expected 2097164 or more" in finding.text


def test_a_source_with_larger_messages_than_the_settings_know_is_refused() -> None:
    findings = {finding.topic: finding for finding in with_config("metrics", "max.message.bytes", "5000000")}
    assert findings["metrics"].level == "fail"
    assert "STREAMGAUGE_MAX_MESSAGE_BYTES is 1048588" in findings["metrics"].text


def test_configurations_that_the_broker_does_not_tell_are_a_warning() -> None:
    counts, _ = as_planned()
    assert {finding.level for finding in compare(counts, None, SETTINGS)} == {"warn"}
