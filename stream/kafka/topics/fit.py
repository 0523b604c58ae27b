"""Compatibility of existing topics, as findings with advice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from stream.kafka.topics.plan import CHANGELOG_SEGMENT_BYTES, plan
from stream.settings.settings import Settings
from stream.settings.sources import variable
from stream.settings.topics import HEADER_ROOM_BYTES

Configs = Mapping[str, Mapping[str, str]]
"""Kafka's configuration of each topic by topic name."""

N_SHOWN = 3
"""Topics that are named where one is not there."""


@dataclass(frozen=True, slots=True)
class TopicFinding:
    """Finding on a topic: `ok`, `warn` or `fail`."""

    topic: str
    level: Literal["ok", "warn", "fail"]
    text: str


def missing(name: str) -> str:
    """Describe a missing topic of ours, and the remedy."""
    return f"topic {name} is not there: `streamgauge topics create` with the same settings creates it"


def unknown(name: str, existing: Collection[str]) -> str:
    """Describe a missing foreign topic, and similar ones."""
    others = sorted(topic for topic in existing if not topic.startswith("__"))
    shown = get_close_matches(name, others, N_SHOWN) or others[:N_SHOWN]
    such = f"such as {', '.join(shown)}" if shown else "but this broker has none yet"
    return f"topic {name} is not there: expected the name of one that is, {such}"


def compare(counts: Mapping[str, int], configs: Configs | None, settings: Settings) -> list[TopicFinding]:
    """Compare topics with each other and the settings.

    Parameters
    ----------
    counts : Mapping[str, int]
        Partitions of each topic that is there.
    configs : Configs or None
        Their configurations; None where the broker does not give them.
    settings : Settings
        Say which topics there should be.
    """
    findings = []
    for name in [planned.name for planned in plan(settings)]:
        if name not in counts:
            findings.append(_missing(name, settings))
            continue
        wrong = list(_misfits(name, counts, configs, settings))
        findings += wrong or [TopicFinding(name, "ok", f"topic {name}: {counts[name]} partitions")]
    return findings


def _missing(name: str, settings: Settings) -> TopicFinding:
    if settings.create_topics:
        return TopicFinding(name, "warn", f"{missing(name)}, and a worker does at its start")
    return TopicFinding(name, "fail", missing(name))


def _misfits(
    name: str, counts: Mapping[str, int], configs: Configs | None, settings: Settings
) -> Iterator[TopicFinding]:
    source = settings.metrics_topic
    as_many = (settings.changelog_topic, settings.scores_topic)
    if name in as_many and counts[name] != counts.get(source, counts[name]):
        yield TopicFinding(name, "fail", _other_partitions(name, counts, settings))
    if configs is None:
        yield TopicFinding(
            name, "warn", f"topic {name}: the broker does not tell its configuration, so it was not checked"
        )
    elif name == settings.changelog_topic:
        yield from _changelog_misfits(name, configs[name], settings)
    elif name == settings.control_records:
        yield from _control_misfits(name, configs[name])
    elif name == source:
        yield from _source_misfits(name, configs[name], settings)
    elif name == settings.dead_letters and source in configs:
        yield from _dead_letter_misfits(name, configs, settings)


def _other_partitions(name: str, counts: Mapping[str, int], settings: Settings) -> str:
    """Describe a topic that must have as many partitions as the metrics topic, and the remedy."""
    source = settings.metrics_topic
    if counts[name] < counts[source]:
        remedy = (
            f"If {source} was given more on purpose, stop all workers and run `streamgauge state repartition` with the "
            "same settings: it moves what was learned"
        )
    else:
        loses = " (every series warms up again)" if name == settings.changelog_topic else ""
        remedy = f"Stop all workers, delete that topic{loses} and run `streamgauge topics create`"
    return (
        f"topic {name} has {counts[name]} partitions, {source} has {counts[source]}; expected as many, since what it "
        f"holds of a series lies in the partition of its points. {remedy}"
    )


def _changelog_misfits(name: str, configs: Mapping[str, str], settings: Settings) -> Iterator[TopicFinding]:
    if configs["cleanup.policy"] != "compact":
        yield TopicFinding(
            name,
            "fail",
            f"topic {name} has cleanup.policy={configs['cleanup.policy']}, which deletes the state of quiet series; "
            f"expected compact: {_alter(name, 'cleanup.policy=compact')}",
        )
    expected_ms = 1000 * settings.changelog_compaction_lag_s
    if int(configs["min.compaction.lag.ms"]) < expected_ms:
        yield TopicFinding(
            name,
            "warn",
            f"topic {name} has min.compaction.lag.ms={configs['min.compaction.lag.ms']}, expected {expected_ms} or "
            "more, so that the late write of a worker that was given up never wins: "
            + _alter(name, f"min.compaction.lag.ms={expected_ms}"),
        )
    if int(configs["segment.bytes"]) > CHANGELOG_SEGMENT_BYTES:
        yield TopicFinding(
            name,
            "warn",
            f"topic {name} has segment.bytes={configs['segment.bytes']}, expected {CHANGELOG_SEGMENT_BYTES} or less, "
            "so that replaced state is compacted away and a worker need not read it again at its start: "
            + _alter(name, f"segment.bytes={CHANGELOG_SEGMENT_BYTES}"),
        )


def _control_misfits(name: str, configs: Mapping[str, str]) -> Iterator[TopicFinding]:
    if configs["cleanup.policy"] != "compact":
        yield TopicFinding(
            name,
            "fail",
            f"topic {name} has cleanup.policy={configs['cleanup.policy']}, which deletes rules, mutes and verdicts "
            f"after a while; expected compact: {_alter(name, 'cleanup.policy=compact')}",
        )


def _source_misfits(name: str, configs: Mapping[str, str], settings: Settings) -> Iterator[TopicFinding]:
    found = int(configs["max.message.bytes"])
    if found > settings.max_message_bytes:
        yield TopicFinding(
            name,
            "fail",
            f"topic {name} takes messages of {found} bytes, but {variable('max_message_bytes')} is "
            f"{settings.max_message_bytes}: a larger one that cannot be read could not be kept; set it to {found}",
        )


def _dead_letter_misfits(name: str, configs: Configs, settings: Settings) -> Iterator[TopicFinding]:
    found = int(configs[name]["max.message.bytes"])
    expected = int(configs[settings.metrics_topic]["max.message.bytes"]) + HEADER_ROOM_BYTES
    if found < expected:
        yield TopicFinding(
            name,
            "fail",
            f"topic {name} has max.message.bytes={found}, expected {expected} or more, so that every message of "
            f"{settings.metrics_topic} fits with its reason: {_alter(name, f'max.message.bytes={expected}')}",
        )


def _alter(name: str, config: str) -> str:
    return f"kafka-configs.sh --alter --topic {name} --add-config {config}"
