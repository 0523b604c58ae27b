"""What the control topic says: rules, mutes, acknowledgements, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Self

import structlog

from stream.control.codec import ControlRecordError, decode
from stream.control.records import Ack, ControlRecord, ControlRule, Learn, Mute, Verdict

log = structlog.get_logger()


class ControlView:
    """The newest valid record of each key.

    Parameters
    ----------
    report : callable, optional
        Receives a sentence for each record that is ignored; by default it is logged.

    Attributes
    ----------
    n_invalid : int
        Records that were ignored, as they are not valid. One that was valid before stays in force.
    """

    def __init__(self, report: Callable[[str], None] | None = None) -> None:
        self._report = report or _log
        self._records: dict[bytes, ControlRecord] = {}
        self._mutes: dict[str, Mute] = {}
        self.n_invalid = 0

    def apply(self, key: bytes | None, value: bytes | None) -> None:
        """Apply a record of the topic; ignore an invalid one."""
        if value is None:
            removed = self._records.pop(key or b"", None)
            if isinstance(removed, Mute):
                del self._mutes[removed.id]
            return
        try:
            record = self._records[key or b""] = decode(key, value)
        except ControlRecordError as error:
            self.n_invalid += 1
            self._report(str(error))
            return
        if isinstance(record, Mute):
            self._mutes[record.id] = record

    def copy(self) -> Self:
        """Return a view that later records do not change."""
        view = type(self)(self._report)
        view._records, view._mutes, view.n_invalid = self._records.copy(), self._mutes.copy(), self.n_invalid
        return view

    def __iter__(self) -> Iterator[ControlRecord]:
        """Yield every record in force, expired mutes included."""
        return iter(self._records.values())

    @property
    def rules(self) -> tuple[ControlRule, ...]:
        """Rules in the order in which they are asked."""
        rules = [record for record in self if isinstance(record, ControlRule)]
        return tuple(sorted(rules, key=lambda rule: (rule.order, rule.name)))

    @property
    def mutes(self) -> dict[str, Mute]:
        """Mutes by id, expired ones included; asked for every series, so they are kept beside the other records."""
        return self._mutes

    @property
    def acks(self) -> dict[str, Ack]:
        """Acknowledgements by episode."""
        return {record.episode: record for record in self if isinstance(record, Ack)}

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Verdicts by episode."""
        return {record.episode: record for record in self if isinstance(record, Verdict)}

    @property
    def learn_marks(self) -> tuple[Learn, ...]:
        """Learn marks of series and of features."""
        return tuple(record for record in self if isinstance(record, Learn))

    def muted(self, series: str, at_ms: int) -> Mute | None:
        """Return the mute of a series that lasts longest, if any."""
        matching = [mute for mute in self._mutes.values() if at_ms < mute.until and fnmatchcase(series, mute.match)]
        return max(matching, key=lambda mute: mute.until, default=None)

    def ack_of(self, episode: str) -> Ack | None:
        """Return the acknowledgement of an episode."""
        record = self._records.get(f"ack/{episode}".encode())
        return record if isinstance(record, Ack) else None

    def verdict_of(self, episode: str) -> Verdict | None:
        """Return the verdict on an episode."""
        record = self._records.get(f"verdict/{episode}".encode())
        return record if isinstance(record, Verdict) else None


def _log(sentence: str) -> None:
    log.warning("control record ignored", text=sentence)
