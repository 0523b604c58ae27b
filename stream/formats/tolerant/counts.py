"""What was tolerated in messages, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from stream.formats.tolerant.moments import TimeForm

MAX_UNKNOWN = 20
"""Unknown fields that are counted by name."""

OTHER_FIELDS = "others"


class Tolerance(StrEnum):
    """Stable code of what was tolerated (docs/events.md)."""

    UNKNOWN_FIELD = "unknown_field"
    QUOTED_NUMBER = "quoted_number"
    BOOLEAN = "boolean"
    MISSING_VALUE = "missing_value"
    SECONDS = "timestamp_s"
    MICROSECONDS = "timestamp_us"
    NANOSECONDS = "timestamp_ns"
    WITHOUT_OFFSET = "timestamp_without_offset"


_OF_TIME = {
    TimeForm.SECONDS: Tolerance.SECONDS,
    TimeForm.MICROSECONDS: Tolerance.MICROSECONDS,
    TimeForm.NANOSECONDS: Tolerance.NANOSECONDS,
    TimeForm.ISO_WITHOUT_OFFSET: Tolerance.WITHOUT_OFFSET,
}


@dataclass(slots=True)
class Tolerated:
    """How often what was tolerated."""

    kinds: defaultdict[Tolerance, int] = field(default_factory=lambda: defaultdict(int))
    unknown_fields: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Fields that were passed over, by name; the 20 first names, then `others`."""

    def add_time(self, form: TimeForm) -> None:
        """Count how a time was written."""
        kind = _OF_TIME.get(form)
        if kind is not None:
            self.kinds[kind] += 1

    def add_unknown(self, names: Iterable[str]) -> None:
        """Count fields that were passed over."""
        for name in names:
            self.kinds[Tolerance.UNKNOWN_FIELD] += 1
            self._add_unknown(name, 1)

    def add(self, other: Tolerated) -> None:
        """Add what another has counted."""
        for kind, n in other.kinds.items():
            self.kinds[kind] += n
        for name, n in other.unknown_fields.items():
            self._add_unknown(name, n)

    def _add_unknown(self, name: str, n: int) -> None:
        is_room = name in self.unknown_fields or len(self.unknown_fields) < MAX_UNKNOWN
        self.unknown_fields[name if is_room else OTHER_FIELDS] += n
