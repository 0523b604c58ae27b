"""A worker whose processor has a bug: python -m tests.integration.engine.faulty_worker BROKERS APP_ID."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping

import faust

from stream.kafka.topics.records import Records
from stream.worker.engine.app import Engine
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.store import StateRecord
from stream.worker.observability.health import Health
from stream.worker.observability.lifecycle import LifecycleObserver
from stream.worker.observability.log import configure
from stream.worker.observability.metrics import Metrics
from tests.integration.engine.nothing import Nothing


class Faulty(Nothing):
    """Fails in the middle of a chunk, when some of the state has moved."""

    def __init__(self) -> None:
        self.moved: list[StateRecord] = []

    def apply(self, fetched: Mapping[int, Records], outbox: Outbox) -> None:
        self.moved.append(StateRecord(next(iter(fetched)), b"cpu", b"half applied"))
        raise ZeroDivisionError("a bug")

    def snapshot(self) -> list[StateRecord]:
        return self.moved


def run(brokers: str, app_id: str) -> None:
    """Read the topic `metrics` until the bug ends the process."""
    configure("json")
    engine = Engine(
        app_id,
        processor=Faulty(),
        observer=LifecycleObserver(Metrics(), Health()),
        source_topic="metrics",
        scores_topic=None,
        checkpoint_interval_s=0.1,
        broker=f"kafka://{brokers}",
        topic_partitions=4,
        topic_allow_declare=False,
        datadir=tempfile.gettempdir(),
    )
    faust.Worker(engine, loglevel="INFO", override_logging=False, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    run(*sys.argv[1:])
