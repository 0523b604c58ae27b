"""Rules in force: which rule set holds in each partition, from which offset."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import structlog

from stream.errors import StateError
from stream.formats.state.rules import RULES_KEY, open_rules, seal_rules
from stream.worker.engine.store import RuleChange, StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.policies import NO_RULES, PolicyResolver
from stream.worker.keys.rule_set import RuleSet

FORGOTTEN: Final = -1
"""An offset of another topic: it is before every offset of ours."""

log = structlog.get_logger()


class RulesInForce:
    """Puts changed rules into force at a place that the changelog remembers.

    A rule set is written to the changelog together with the offset that is read next, after everything before that
    offset is behind a checkpoint and its position is committed. Only then is it applied: a replay begins at that offset
    or later, and finds the same rules. The first rule set of a partition is written even if it has no rule: a partition
    with state and without a record was written by a version that kept none.

    Parameters
    ----------
    keys : KeyTable
    policies : PolicyResolver
    mark : int
        Which topic is read: see `TopicIdentity.mark`.

    Attributes
    ----------
    wanted : RuleSet
        What is to be in force. May be set from another thread.
    n_changes : int
        Rule sets put into force.
    """

    def __init__(self, keys: KeyTable, policies: PolicyResolver, mark: int) -> None:
        self.wanted = NO_RULES
        self.n_changes = 0
        self._keys, self._policies, self._mark = keys, policies, mark
        self._found: dict[int, tuple[int, RuleSet]] = {}

    def is_known(self, partition: int) -> bool:
        """Check whether a rule set is in force, be it an empty one."""
        return self._policies.rules(partition) is not NO_RULES

    def is_due(self, partition: int) -> bool:
        """Check whether other rules are wanted than are in force."""
        return self._policies.rules(partition) is not self.wanted and not self._is_wanted(partition)

    def _is_wanted(self, partition: int) -> bool:
        """Compare by content, and once only."""
        wanted = self.wanted
        if not self._is_in_force(partition, wanted):
            return False
        self._policies.set_rules(partition, wanted)
        return True

    def _is_in_force(self, partition: int, rules: RuleSet) -> bool:
        return self.is_known(partition) and self._policies.rules(partition) == rules

    def change(self, offsets: Mapping[int, int]) -> RuleChange:
        """Prepare what is wanted for the partitions where it is not in force.

        Parameters
        ----------
        offsets : mapping of int to int
            Next offset of each partition that is read.
        """
        wanted = self.wanted
        body = wanted.encode()
        partitions = [each for each in offsets if not self._is_in_force(each, wanted)]
        records = [StateRecord(each, RULES_KEY, self._encode(offsets[each], body)) for each in partitions]
        return RuleChange(records, partial(self._adopt, wanted, partitions))

    def _adopt(self, rules: RuleSet, partitions: list[int]) -> None:
        is_change = any(self._policies.rules(each) != rules for each in partitions)
        for each in partitions:
            self._keys.change_rules(each, rules)
        if not is_change:  # The first rule set, and it is empty.
            return
        self.n_changes += 1
        log.info(
            "rules in force",
            n_partitions=len(partitions),
            n_rules=len(rules.rules),
            n_verdicts=len(rules.verdicts),
            n_learn_marks=len(rules.learn_marks),
        )

    def restore(self, record: StateRecord) -> None:
        """Restore a partition's rule set; the largest offset counts.

        Raises
        ------
        StateError
            If it cannot be read.
        """
        try:
            offset, rules = self._decode(bytes(record.value or b""))
        except ValueError as error:
            raise StateError(
                f"changelog partition {record.partition}: the record of its rules cannot be read ({error}); it was "
                "damaged or written by another version of streamgauge: run that one, or start afresh under another "
                "app_id"
            ) from error
        held = self._found.get(record.partition)
        if held is None or held[0] <= offset:
            self._found[record.partition] = offset, rules

    def restored(self) -> None:
        """Put what the changelog has into force, where nothing is."""
        for partition, (_, rules) in self._found.items():
            if not self.is_known(partition):
                self._policies.set_rules(partition, rules)
        self._found.clear()

    def keep_only(self, partitions: set[int]) -> None:
        """Forget the rules of all other partitions."""
        self._policies.keep_only(partitions)
        self._found = {partition: found for partition, found in self._found.items() if partition in partitions}

    def _encode(self, offset: int, body: bytes) -> bytes:
        return seal_rules(self._mark, offset, body)

    def _decode(self, value: bytes) -> tuple[int, RuleSet]:
        mark, offset, body = open_rules(value)
        return offset if mark == self._mark else FORGOTTEN, RuleSet.decode(body)
