"""Creation and checks of topics before a worker starts."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    ClusterAuthorizationFailedError,
    IncompatibleBrokerVersion,
    InvalidReplicationFactorError,
    KafkaError,
    PolicyViolationError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from stream.errors import BrokerUnreachableError, TopicError
from stream.kafka.topics.fit import Configs, TopicFinding, compare, missing, unknown
from stream.kafka.topics.plan import BROKER_DEFAULT, TopicPlan, plan
from stream.settings.settings import Settings
from stream.settings.sources import variable

DELETED_WITHIN_S = 10.0
"""A broker answers before it deletes a topic."""

_CONFIGS = ["cleanup.policy", "max.message.bytes", "min.compaction.lag.ms", "segment.bytes"]

_NO_RIGHT = "give this user the right to create topics, or create it with Kafka's own tools"
_HINTS: Mapping[type[KafkaError], str] = {
    InvalidReplicationFactorError: f"set {variable('replication_factor')} to at most the number of brokers",
    ClusterAuthorizationFailedError: _NO_RIGHT,
    TopicAuthorizationFailedError: _NO_RIGHT,
    PolicyViolationError: f"set {variable('partitions')} and {variable('replication_factor')} as the policy allows",
}


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CreatedTopic:
    """Whether `create` created a topic or kept it."""

    name: str
    n_partitions: int
    n_replicas: int
    created: bool


@contextmanager
def _answers_expected() -> Iterator[None]:
    """Translate kafka-python's timeouts into our errors."""
    try:
        yield
    except KafkaError as error:
        raise BrokerUnreachableError(
            "the broker accepted the connection, but gave no answer that could be used about the topics: "
            f"{type(error).__name__}: {error}. It may be starting, overloaded or gone: look into its log, then try "
            "again; topics that it created are kept"
        ) from error


@_answers_expected()
def create(admin: KafkaAdminClient, settings: Settings) -> list[CreatedTopic]:
    """Create missing topics; keep existing ones.

    Raises
    ------
    TopicError
        If the broker refuses one; the text has the broker's reason.
    BrokerUnreachableError
        If the broker does not answer, or a new topic is not ready within 10 s.
    """
    existing = count_partitions(admin, settings)
    plans = plan(settings, existing.get(settings.metrics_topic))
    created = _create(admin, [topic for topic in plans if topic.name not in existing])
    admin.wait_for_topics(list(created))
    found = {topic["name"]: topic["partitions"] for topic in admin.describe_topics([topic.name for topic in plans])}
    return [
        CreatedTopic(name, len(partitions), len(partitions[0]["replica_nodes"]), created.get(name, False))
        for name, partitions in ((topic.name, found[topic.name]) for topic in plans)
    ]


def ensure(admin: KafkaAdminClient, settings: Settings) -> int:
    """Create missing topics where allowed, then check all.

    Returns
    -------
    int
        Partitions of the metrics topic.

    Raises
    ------
    TopicError
        If a topic is missing and may not be created, or does not fit the others.
    BrokerUnreachableError
        If the broker does not answer; so for each function of this module.
    """
    if settings.create_topics:
        create(admin, settings)
    failures = [finding.text for finding in check(admin, settings) if finding.level == "fail"]
    if failures:
        raise TopicError("\n".join(failures))
    return count_partitions(admin, settings)[settings.metrics_topic]


@_answers_expected()
def ensure_planned(admin: KafkaAdminClient, plans: Sequence[TopicPlan], settings: Settings) -> None:
    """Create those of other topics that are missing, where allowed.

    Raises
    ------
    TopicError
        If one is missing and may not be created, or the broker refuses.
    """
    described = admin.describe_topics([topic.name for topic in plans])
    absent = {topic["name"] for topic in described if for_code(topic["error_code"]) is UnknownTopicOrPartitionError}
    if absent and not settings.create_topics:
        raise TopicError(
            f"not there: topics {', '.join(sorted(absent))}; start once with {variable('create_topics')}=true, or "
            "create them with Kafka's own tools"
        )
    admin.wait_for_topics(list(_create(admin, [topic for topic in plans if topic.name in absent])))


@_answers_expected()
def check(admin: KafkaAdminClient, settings: Settings) -> list[TopicFinding]:
    """Compare topics with each other and the settings."""
    counts = count_partitions(admin, settings)
    return compare(counts, _configs(admin, list(counts)), settings)


@_answers_expected()
def count_partitions(admin: KafkaAdminClient, settings: Settings) -> dict[str, int]:
    """Count the partitions of our existing topics.

    Raises
    ------
    TopicError
        If we may not ask about one.
    """
    counts = {}
    for topic in admin.describe_topics([planned.name for planned in plan(settings)]):
        error = for_code(topic["error_code"])
        if error is TopicAuthorizationFailedError:
            raise TopicError(f"topic {topic['name']}: the broker refuses to describe it; give this user that right")
        if error is not UnknownTopicOrPartitionError:
            counts[topic["name"]] = len(topic["partitions"])
    return counts


@_answers_expected()
def delete(admin: KafkaAdminClient, names: Collection[str]) -> None:
    """Delete topics and wait; ignore missing ones.

    Raises
    ------
    TopicError
        If the broker refuses to delete one; the text has its reason.
    BrokerUnreachableError
        If one is still there after 10 s.
    """
    if not names:
        return
    for answer in admin.delete_topics(list(names), raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if answer["error_code"] and error is not UnknownTopicOrPartitionError:
            reason = answer.get("error_message") or error.__name__
            raise TopicError(f"topic {answer['name']} cannot be deleted: {reason}; give this user that right")
    deadline = time.monotonic() + DELETED_WITHIN_S
    while left := sorted(set(names) & set(admin.list_topics())):
        if time.monotonic() > deadline:
            raise BrokerUnreachableError(f"topics {', '.join(left)} are still there {DELETED_WITHIN_S:g} s after that")
        time.sleep(0.1)


@_answers_expected()
def require(admin: KafkaAdminClient, name: str, settings: Settings) -> None:
    """Raise TopicError with advice if a topic is missing."""
    if for_code(admin.describe_topics([name])[0]["error_code"]) is UnknownTopicOrPartitionError:
        is_ours = name in [planned.name for planned in plan(settings)]
        raise TopicError(missing(name) if is_ours else unknown(name, admin.list_topics()))


def _configs(admin: KafkaAdminClient, names: list[str]) -> Configs | None:
    """Read topic configurations; None where not permitted."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, _CONFIGS) for name in names]
    try:
        answer = admin.describe_configs(resources, config_filter="all")["topic"]
    except KafkaError:
        return None
    return {name: {key: config["value"] for key, config in configs.items()} for name, configs in answer.items()}


def _create(admin: KafkaAdminClient, topics: list[TopicPlan]) -> dict[str, bool]:
    """Create topics in one request; return for each whether it was not there yet."""
    try:
        answers = _send(admin, topics) if topics else []
    except IncompatibleBrokerVersion:
        # Before Kafka 2.4 a broker has no default for topics that are created by request.
        log.warning(
            "the broker is older than Kafka 2.4, which first knows replication_factor=-1: topics get 1 replica; set %s",
            variable("replication_factor"),
        )
        topics = [replace(topic, replication_factor=1) for topic in topics]
        answers = _send(admin, topics)
    by_name = {answer["name"]: answer for answer in answers}
    return {topic.name: _is_new(topic, by_name[topic.name]) for topic in topics}


def _send(admin: KafkaAdminClient, topics: list[TopicPlan]) -> list[Mapping[str, Any]]:
    options = {
        topic.name: {
            "num_partitions": topic.n_partitions,
            "replication_factor": topic.replication_factor,
            "configs": topic.configs,
        }
        for topic in topics
    }
    answers: list[Mapping[str, Any]] = admin.create_topics(options, raise_errors=False)["topics"]
    return answers


def _is_new(topic: TopicPlan, answer: Mapping[str, Any]) -> bool:
    error = for_code(answer["error_code"])
    if answer["error_code"] == 0 or error is TopicAlreadyExistsError:
        # Already there: another worker was faster, with the same settings.
        return bool(answer["error_code"] == 0)
    hint = _HINTS.get(error, "correct the settings, or create it with Kafka's own tools")
    raise TopicError(
        f"topic {topic.name} cannot be created with {topic.n_partitions} partitions and {_replicas(topic)}: "
        f"{answer['error_message'] or error.__name__}; {hint}"
    )


def _replicas(topic: TopicPlan) -> str:
    n = topic.replication_factor
    return "the broker's default of replicas" if n == BROKER_DEFAULT else f"{n} replica{'s' * (n > 1)}"
