"""Changelog of a campaign, followed while it is written: compaction deletes what the checkers need."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from stream.formats.state.key import is_partition_key
from stream.formats.state.rules import RULES_KEY, open_rules
from stream.worker.keys.rule_set import RuleSet
from stream.worker.recovery import source_offset
from tests.e2e.waiting import wait_for
from tests.faults.checkers.order import OrderChecker


class RuleChange(NamedTuple):
    """Rules that hold in a partition from an offset on."""

    offset: int
    rules: RuleSet


class ChangelogFollower:
    """Read the changelog in the background.

    Parameters
    ----------
    bootstrap, topic : str

    Attributes
    ----------
    order : OrderChecker
    rule_changes : dict of int to list of RuleChange
        By partition, in the order of the changelog.
    """

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self.order = OrderChecker()
        self.rule_changes: defaultdict[int, list[RuleChange]] = defaultdict(list)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="changelog")
        self._failure: Exception | None = None

    def start(self) -> None:
        """Begin; the topic must be there."""
        self._consumer = KafkaConsumer(
            bootstrap_servers=self._bootstrap, group_id=None, enable_auto_commit=False, max_poll_records=5_000
        )
        self._parts = [TopicPartition(self._topic, n) for n in sorted(self._consumer.partitions_for_topic(self._topic))]
        self._consumer.assign(self._parts)
        self._consumer.seek_to_beginning(*self._parts)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def finish(self) -> None:
        """Read to the end, and end; raises what the consumer raised."""
        self.close()
        if self._failure is not None:
            raise self._failure
        ends = self._consumer.end_offsets(self._parts)

        def at_end() -> bool | None:
            self._poll()
            return all(self._consumer.position(part) >= ends[part] for part in self._parts) or None

        wait_for(at_end, f"the end of {self._topic}")
        self._consumer.close()

    def _follow(self) -> None:
        try:
            while not self._over.is_set():
                self._poll()
        except Exception as error:
            self._failure = error

    def _poll(self) -> None:
        for records in self._consumer.poll(timeout_ms=300).values():
            for record in records:
                self._add(record)

    def _add(self, record: ConsumerRecord) -> None:
        if record.key == RULES_KEY:
            _, offset, body = open_rules(record.value)
            self.rule_changes[record.partition].append(RuleChange(offset, RuleSet.decode(body)))
        elif not is_partition_key(record.key) and record.value is not None:
            self.order.add(record.partition, record.key, source_offset(record.value))
