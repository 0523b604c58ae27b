"""Brokers of a campaign: one in a container, or three of which the leader of the metrics topic is hit."""

from __future__ import annotations

from typing import Protocol

from tests.e2e.kafka_cluster import KafkaCluster


class Broker(Protocol):
    """What the faults of a broker need; `KafkaContainer` is one."""

    bootstrap: str

    def kill(self) -> None:
        """End it with SIGKILL."""

    def shut_down(self) -> None:
        """End it in order."""

    def start_again(self) -> None:
        """Start it after its end, and wait until it answers."""

    def pause(self) -> None:
        """Let it answer nothing."""

    def resume(self) -> None:
        """Let it answer again."""


class Leader:
    """The node of a cluster that leads a topic's first partition when a fault begins.

    Parameters
    ----------
    cluster : KafkaCluster
    topic : str
    """

    def __init__(self, cluster: KafkaCluster, topic: str) -> None:
        self._cluster, self._topic = cluster, topic
        self.bootstrap = cluster.bootstrap
        self._node = 0

    def _find(self) -> int:
        self._node = self._cluster.leader(self._topic)
        return self._node

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._cluster.kill(self._find())

    def shut_down(self) -> None:
        """End it in order."""
        self._cluster.shut_down(self._find())

    def start_again(self) -> None:
        """Start the node that has ended, and wait until it has all data."""
        self._cluster.start_again(self._node)
        self._cluster.wait_complete(self._topic)

    def pause(self) -> None:
        """Let it answer nothing."""
        self._cluster.pause(self._find())

    def resume(self) -> None:
        """Let it answer again."""
        self._cluster.resume(self._node)
