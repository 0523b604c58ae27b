"""What was tolerated in messages, by kind."""

from __future__ import annotations

from collections import Counter
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
    """How often what was tolerated.

    Attributes
    ----------
    kinds : Counter of Tolerance
    unknown_fields : Counter of str
        Fields that were passed over, by name; the 20 first names, then `others`.
    """

    kinds: Counter[Tolerance] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)

    def add_time(self, form: TimeForm) -> None:
        """Count how a time was written."""
        kind = _OF_TIME.get(form)
        if kind is not None:
            self.kinds[kind] += 1

    def add_unknown(self, names: Iterable[str]) -> None:
        """Count fields that were passed over."""
        for name in names:
            self.kinds[Tolerance.UNKNOWN_FIELD] += 1
            is_room = name in self.unknown_fields or len(self.unknown_fields) < MAX_UNKNOWN
            self.unknown_fields[name if is_room else OTHER_FIELDS] += 1

    def add(self, other: Tolerated) -> None:
        """Add what another has counted."""
        self.kinds.update(other.kinds)
        for name, n in other.unknown_fields.items():
            is_room = name in self.unknown_fields or len(self.unknown_fields) < MAX_UNKNOWN
            self.unknown_fields[name if is_room else OTHER_FIELDS] += n
