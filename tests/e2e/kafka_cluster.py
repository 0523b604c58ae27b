"""Three Kafka nodes in containers, of which one can be killed: each is broker and controller, and has all data."""

from __future__ import annotations

import uuid
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from tests.e2e.ports import free_ports
from tests.e2e.waiting import wait_for

NODES = (1, 2, 3)


class KafkaCluster:
    """Brokers 1, 2 and 3; a topic of three copies takes writes as long as two of them are there.

    Parameters
    ----------
    image : str
        Name of an image with the interface of apache/kafka.

    Attributes
    ----------
    bootstrap : str
        All three addresses for clients on this machine.
    """

    def __init__(self, image: str) -> None:
        self._network = Network()
        self._prefix = f"kafka-{uuid.uuid4().hex[:8]}"
        self._ports = dict(zip(NODES, free_ports(len(NODES)), strict=True))
        self._containers = {node: DockerContainer(image) for node in NODES}
        host = self._containers[1].get_docker_client().host().replace("localhost", "127.0.0.1")
        self._addresses = {node: f"{host}:{port}" for node, port in self._ports.items()}
        self.bootstrap = ",".join(self._addresses.values())

    def __enter__(self) -> Self:
        """Start all nodes and wait until they know each other."""
        self._network.create()
        for node, container in self._containers.items():
            container.with_network(self._network).with_name(f"{self._prefix}-{node}")
            container.with_envs(**self._settings(node)).with_bind_ports(9092, self._ports[node]).start()
        self.wait_complete()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all nodes and forget their data."""
        for container in self._containers.values():
            container.stop()
        self._network.remove()

    def _settings(self, node: int) -> dict[str, str]:
        voters = ",".join(f"{each}@{self._prefix}-{each}:9093" for each in NODES)
        inner = f"INNER://{self._prefix}-{node}:19092"
        return {
            "KAFKA_NODE_ID": str(node),
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": voters,
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INNER",
            "KAFKA_LISTENERS": "HOST://:9092,INNER://:19092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"HOST://{self._addresses[node]},{inner}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "HOST:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
            "KAFKA_MIN_INSYNC_REPLICAS": "2",
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            # Until a dead node is noticed: 9 s unless set. A stall of the election below is this and some more.
            "KAFKA_BROKER_SESSION_TIMEOUT_MS": "6000",
            "KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE": "33554432",
            "KAFKA_HEAP_OPTS": "-Xms128m -Xmx256m",
            "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        }

    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=2000, request_timeout_ms=5000)

    def wait_complete(self, *topics: str) -> None:
        """Wait until all nodes are there, and have all data of these topics."""

        def look() -> bool | None:
            try:
                with self._admin() as admin:
                    described = admin.describe_topics(list(topics)) if topics else []
                    n_nodes = len(admin.describe_cluster()["brokers"])
            except KafkaError:
                return None
            partitions = [partition for topic in described for partition in topic["partitions"]]
            in_sync = all(len(partition["isr_nodes"]) == len(NODES) for partition in partitions)
            return (n_nodes == len(NODES) and in_sync) or None

        wait_for(look, f"three nodes at {self.bootstrap}")

    def leader(self, topic: str) -> int:
        """Name the node that leads the first partition of a topic."""
        with self._admin() as admin:
            partitions = admin.describe_topics([topic])[0]["partitions"]
        return int(min(partitions, key=lambda each: each["partition_index"])["leader_id"])

    def kill(self, node: int) -> None:
        """End a node with SIGKILL; its data stay."""
        self._containers[node].get_wrapped_container().kill()

    def shut_down(self, node: int) -> None:
        """End a node in order; its data stay."""
        self._containers[node].get_wrapped_container().stop()

    def pause(self, node: int) -> None:
        """Let a node do nothing until `resume`."""
        self._containers[node].get_wrapped_container().pause()

    def resume(self, node: int) -> None:
        """Let a paused node go on."""
        self._containers[node].get_wrapped_container().unpause()

    def start_again(self, node: int) -> None:
        """Start a node that has ended."""
        self._containers[node].get_wrapped_container().start()
