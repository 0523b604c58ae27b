"""Identity of a topic, beyond its name."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from kafka import KafkaAdminClient

from stream.formats.rejections import UNREADABLE

IDENTITY_KEY = b"\xffsource"
"""Key of the record in each changelog partition with the topic that the state belongs to; no series has it, since
a series' name is UTF-8, which has no such byte."""

NO_ID = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """One topic of one cluster.

    Attributes
    ----------
    cluster_id : str
    topic : str
        Its name.
    topic_id : str
        As Kafka's own tools print it. Empty where the broker has none (before Kafka 2.8): then the name has to do.
    n_partitions : int
        By how many partitions its series were divided; 0 where an earlier version did not write it.
    """

    cluster_id: str
    topic: str
    topic_id: str
    n_partitions: int = 0

    @property
    def mark(self) -> int:
        """Return 32 bits that mark the topic in state records."""
        parts = self.cluster_id, self.topic_id or self.topic
        return int.from_bytes(sha256("\n".join(parts).encode()).digest()[:4], "little")

    def __str__(self) -> str:
        """Name the topic for operators."""
        number = f"topic id {self.topic_id}" if self.topic_id else "no topic id"
        return f"{self.topic} ({number}, cluster {self.cluster_id})"

    def encode(self) -> bytes:
        """Write it as the value of an identity record."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, value: bytes) -> TopicIdentity:
        """Read the value of an identity record.

        Raises
        ------
        ValueError
            If it is none.
        """
        try:
            return msgspec.json.decode(value, type=cls)
        except UNREADABLE as error:
            raise ValueError(f"expected the identity of a topic, found {error}") from error


def identify(admin: KafkaAdminClient, topic: str) -> TopicIdentity:
    """Return the current identity of an existing topic."""
    described = admin.describe_topics([topic])[0]
    topic_id = uuid.UUID(str(described.get("topic_id") or NO_ID))
    cluster_id = str(admin.describe_cluster()["cluster_id"])
    return TopicIdentity(cluster_id, topic, _spell(topic_id), len(described["partitions"]))


def _spell(topic_id: uuid.UUID) -> str:
    return "" if topic_id == NO_ID else base64.urlsafe_b64encode(topic_id.bytes).decode().rstrip("=")
