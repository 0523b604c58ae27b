"""A processor and an observer that do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stream.kafka.topics.records import Records
from stream.worker.engine.checkpoint import CheckpointResult
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.store import ChangelogRecord, RuleChange, StateRecord


class Nothing:
    """Both in one."""

    def apply(self, fetched: Mapping[int, Records], outbox: Outbox) -> None: ...

    def restore(self, partition: int, records: Sequence[ChangelogRecord]) -> None: ...

    def restored(self) -> None: ...

    def snapshot(self) -> list[StateRecord]:
        return []

    def is_rule_change_due(self, partition: int) -> bool:
        return False

    def is_rule_set_known(self, partition: int) -> bool:
        return True

    def rule_change(self, offsets: Mapping[int, int]) -> RuleChange:
        return RuleChange([], lambda: None)

    def keep_only(self, partitions: set[int]) -> None: ...

    def on_event(self, event: str, **facts: Any) -> None: ...

    def on_checkpoint(self, done: CheckpointResult) -> None: ...

    def on_lag(self, lag: object) -> None: ...

    def on_hang(self, hang: object) -> None: ...

    def on_expired(self, tp: object, start: int, end: int) -> None: ...
