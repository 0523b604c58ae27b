"""Settings of the connection to Kafka: brokers, and who we are in the group."""

from __future__ import annotations

from pydantic import Field

from stream.settings.values import Addresses, Name, Part, Version


class KafkaSettings(Part):
    """How to reach Kafka."""

    brokers: Addresses = Field(
        default="localhost:9092", description="Brokers to ask first, host:port with commas between."
    )
    broker_version: Version | None = Field(
        default=None, description="Kafka version to assume, such as 2.3, where a broker does not tell its own."
    )
    broker_wait: bool = Field(default=False, description="Wait until a broker answers instead of giving up.")
    app_id: Name = Field(
        default="streamgauge",
        description="Application id: name of the consumer group, and first part of the changelog topic's name.",
    )
    instance_id: Name | None = Field(
        default=None,
        description="Static group member id: a name that outlives a restart, so that the partitions wait for it.",
    )
