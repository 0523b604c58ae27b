"""A small disk for a broker, which is filled and freed while the broker uses it."""

from __future__ import annotations

import uuid
from types import TracebackType
from typing import Any, Self

from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.e2e.waiting import wait_for

DATA = "/var/lib/kafka/data"
SIZE_MB = 160
"""Room for the segments of the test and for the index files, which Kafka makes as large as they may become."""

BALLAST = f"{DATA}/ballast"


class SmallDisk:
    """A file system in memory, kept by a container of its own while the broker is down.

    Parameters
    ----------
    broker : KafkaContainer
        Not started; its data are to lie there.
    """

    def __init__(self, broker: KafkaContainer) -> None:
        self._docker = broker.get_docker_client().client
        self._name = f"small-disk-{uuid.uuid4().hex[:12]}"
        self.broker = broker.with_volume_mapping(self._name, DATA, "rw")
        self._volume: Any = None
        self._keeper: Any = None

    def __enter__(self) -> Self:
        """Make the disk."""
        options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={SIZE_MB}m,mode=1777"}
        self._volume = self._docker.volumes.create(self._name, driver="local", driver_opts=options)
        self._keeper = self._docker.containers.run(
            IMAGE, ["infinity"], entrypoint="sleep", volumes={self._name: {"bind": DATA, "mode": "rw"}}, detach=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away; the broker has ended."""
        self._keeper.remove(force=True)
        self._volume.remove(force=True)

    def fill(self) -> None:
        """Leave no room, and wait until the broker has ended over it."""
        self._keeper.exec_run(["dd", "if=/dev/zero", f"of={BALLAST}", "bs=64k"])
        wait_for(self._has_broker_ended, "a broker that ends as its disk is full")

    def free(self) -> None:
        """Make room again."""
        code, output = self._keeper.exec_run(["rm", BALLAST])
        assert code == 0, output

    def _has_broker_ended(self) -> bool | None:
        container = self.broker.get_wrapped_container()
        container.reload()
        return container.status == "exited" or None
