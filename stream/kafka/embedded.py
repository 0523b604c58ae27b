"""In-process broker, librdkafka's mock cluster, for demonstrations only."""

from __future__ import annotations

from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Self

from stream.errors import SettingsError
from stream.kafka.topics.plan import plan
from stream.settings.settings import Settings

if TYPE_CHECKING:
    from confluent_kafka import Producer

BROKER_VERSION = "2.3"
"""For the setting `broker_version`: the mock does not answer kafka-python's question for its version.

Measured with librdkafka 2.16 and kafka-python 3.0.12: 0.11 to 2.3 work, 2.5 and later cannot connect.
"""

START_TIMEOUT_S = 10.0


class EmbeddedBroker:
    """A context with a broker at `bootstrap` (host:port).

    Each partition keeps its last 5 MB and nothing is compacted. Groups, committed offsets and the first and last offset
    work; offsets by time, creating topics and reading their configuration do not. A topic has 4 partitions.
    """

    bootstrap: str
    _owner: Producer

    def __enter__(self) -> Self:
        """Start the broker.

        Raises
        ------
        SettingsError
            If confluent-kafka is not installed.
        """
        try:
            confluent_kafka = import_module("confluent_kafka")
        except ImportError as error:
            raise SettingsError(
                "the embedded broker needs confluent-kafka, which is not installed: pip install confluent-kafka"
            ) from error
        # The broker lives as long as this producer, which sends nothing. The log would hold a line per connection.
        self._owner = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
        brokers = self._owner.list_topics(timeout=START_TIMEOUT_S).brokers.values()
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the broker; what it held is gone."""
        self._owner.close()

    def with_topics(self, settings: Settings) -> Settings:
        """Create the settings' topics; return settings for this broker."""
        for topic in plan(settings):
            self._owner.list_topics(topic.name, timeout=START_TIMEOUT_S)
        return settings.model_copy(update={"brokers": self.bootstrap, "broker_version": BROKER_VERSION})
