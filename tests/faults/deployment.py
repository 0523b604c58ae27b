"""Deployment of a campaign: workers and ingest under supervision, load, and what follows the changelog."""

from __future__ import annotations

import contextlib
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from stream.settings.settings import Settings
from stream.worker.ingest.app import group_id
from tests.e2e.proxy import Proxy
from tests.e2e.truth import wait_drained
from tests.e2e.worker_process import WorkerProcess
from tests.faults.checkers.changelog import ChangelogFollower
from tests.faults.load.rounds import WARMUP, Load
from tests.faults.load.sender import Sender
from tests.faults.plan import Plan
from tests.faults.processes.broker import Broker
from tests.faults.processes.members import EXPECTED, Member
from tests.faults.timeline import Timeline

SESSION_S = 6.0
N_PARTITIONS = 4
RAW_FORMAT = "telegraf-json"

EAGER_COMPACTION = {"segment.ms": "2000", "min.cleanable.dirty.ratio": "0.001", "delete.retention.ms": "0"}
"""Of the changelog: what a later record replaces is gone within seconds, while zombies still sleep."""


def metrics_topic(seed: int) -> str:
    """Name the metrics topic of a campaign."""
    return f"campaign-{seed}-metrics"


def chosen_settings(seed: int, n_brokers: int) -> dict[str, object]:
    """Choose the settings of all processes, but for the broker's address."""
    name = f"campaign-{seed}"
    return {
        "app_id": name,
        "metrics_topic": metrics_topic(seed),
        **{f"{topic}_topic": f"{name}-{topic}" for topic in ("anomalies", "scores", "dead_letter")},
        "partitions": N_PARTITIONS,
        "replication_factor": n_brokers,
        "warmup": WARMUP,
        "silent_after": 0,  # Silences follow the clock, and no undisturbed process has the same.
        "session_timeout_s": SESSION_S,
        "heartbeat_interval_s": 1,
        "checkpoint_interval_s": 0.5,
        "changelog_compaction_lag_s": 0,
        "broker_wait": True,
    }


class IngestWorker(WorkerProcess):
    """`streamgauge ingest` with a worker's settings; its arguments are topics."""

    command = ("ingest",)


class Deployment:
    """Two workers, room for a third, ingest, and a load; all ends with the block.

    Parameters
    ----------
    broker : Broker
    proxy : Proxy or None
        The first worker's way to the broker; None for the direct one.
    directory : Path
        Takes the logs.
    plan : Plan
    rate : float
        Messages a second.
    timeline : Timeline

    Attributes
    ----------
    workers : list of Member
        Two that run, and one that does not.
    ingest : Member
    load : Load
    sender : Sender
    settings : Settings
        Those of the workers.
    follower : ChangelogFollower
    n_rule_changes : int
    """

    def __init__(
        self,
        broker: Broker,
        proxy: Proxy | None,
        directory: Path,
        plan: Plan,
        rate: float,
        timeline: Timeline,
    ) -> None:
        self.broker, self.timeline = broker, timeline
        self._proxy = proxy
        self.n_rule_changes = 0
        self.raw_topic = f"campaign-{plan.seed}-raw"
        self._chosen = chosen_settings(plan.seed, n_brokers=broker.bootstrap.count(",") + 1)
        self.settings = Settings.model_validate({"brokers": broker.bootstrap, **self._chosen})
        self.workers = [self._worker(directory, number, plan.is_static) for number in range(3)]
        log, brokers = directory / "ingest.log", broker.bootstrap
        source = f"{self.raw_topic}={RAW_FORMAT}"
        self.ingest = Member("ingest", IngestWorker(log, source, brokers=brokers, **self._chosen))
        self.load = Load(plan.seed)
        self.sender = Sender(broker.bootstrap, metrics_topic(plan.seed), self.raw_topic, self.load.rounds(), rate)
        self.follower = ChangelogFollower(broker.bootstrap, self.settings.changelog_topic)

    def _worker(self, directory: Path, number: int, is_static: bool) -> Member:
        name = f"worker-{number}"
        brokers = self._proxy.address if self._proxy is not None and number == 0 else self.broker.bootstrap
        member = {"instance_id": name} if is_static else {}
        return Member(name, WorkerProcess(directory / f"{name}.log", brokers=brokers, **member, **self._chosen))

    @property
    def proxy(self) -> Proxy:
        """The first worker's way to the broker."""
        if self._proxy is None:
            raise RuntimeError("this deployment has no proxy: choose a fault that needs none")
        return self._proxy

    @property
    def members(self) -> list[Member]:
        """All supervised processes."""
        return [*self.workers, self.ingest]

    def __enter__(self) -> Self:
        """Start everything and wait until the workers read."""
        with ExitStack() as stack:
            for member in self.members:
                stack.callback(member.close)
            self._create(self.raw_topic)
            for member in self.workers[:2]:
                member.up()
            for member in self.workers[:2]:
                member.worker.wait_ready()
            self.ingest.up()
            self._compact_eagerly()
            self.follower.start()
            stack.callback(self.follower.close)
            self.sender.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what still runs."""
        if error is not None:
            with contextlib.suppress(Exception):
                self.sender.stop()
        self._stack.close()

    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.broker.bootstrap, bootstrap_timeout_ms=30_000)

    def _create(self, topic: str) -> None:
        with self._admin() as admin:
            admin.create_topics([NewTopic(topic, N_PARTITIONS, self.settings.replication_factor)])
            admin.wait_for_topics([topic])

    def _compact_eagerly(self) -> None:
        changelog = ConfigResource(ConfigResourceType.TOPIC, self.settings.changelog_topic, EAGER_COMPACTION)
        with self._admin() as admin:
            admin.alter_configs([changelog])

    def finish(self) -> list[str]:
        """Send the rest, let it be scored, and end everything in order.

        Returns
        -------
        list of str
            Findings: messages that nobody reads, and ends that no fault explains.
        """
        self.sender.stop()
        unread = self._unread(self.raw_topic, group_id(self.settings))
        unread += self._unread(self.settings.metrics_topic, self.settings.app_id)
        for member in self.members:
            member.down()
        self.follower.finish()
        return unread + [finding for member in self.members for finding in _unexpected_ends(member)]

    def _unread(self, topic: str, group: str) -> list[str]:
        try:
            wait_drained(self.broker.bootstrap, topic, group)
        except TimeoutError as late:
            return [f"unread: {late}; see the logs of the workers"]
        return []

    def exit_codes(self) -> dict[str, int]:
        """Count how all processes ended."""
        codes = sum((member.exit_codes for member in self.members), Counter[int]())
        return {str(code): n for code, n in sorted(codes.items())}


def _unexpected_ends(member: Member) -> list[str]:
    return [
        f"exit code: {member.name} ended {n} times with {code}; see the end of {member.worker.log.name}"
        for code, n in member.exit_codes.items()
        if code not in EXPECTED
    ]
