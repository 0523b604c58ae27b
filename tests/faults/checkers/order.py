"""Order: a key's source offset never goes back, neither in the changelog nor in what is scored first."""

from __future__ import annotations

from collections.abc import Iterable

from tests.faults.checkers.topics import PointId


class OrderChecker:
    """Follow the changelog, record by record.

    Attributes
    ----------
    n_records : int
    findings : list of str
    """

    def __init__(self) -> None:
        self.n_records = 0
        self.findings: list[str] = []
        self._newest: dict[tuple[int, bytes], int] = {}

    def add(self, partition: int, key: bytes, offset: int) -> None:
        """Check the source offset of a key's next record."""
        self.n_records += 1
        before = self._newest.get((partition, key), -1)
        if offset < before:
            self.findings.append(f"order: {key!r} in changelog partition {partition}: offset {offset} after {before}")
        self._newest[partition, key] = max(offset, before)


def check_scores_in_order(scores: Iterable[tuple[PointId, bytes]]) -> list[str]:
    """Return the series whose points were scored first in another order than that of their time."""
    seen: set[PointId] = set()
    newest_ms: dict[tuple[str, str | None], int] = {}
    wrong = set()
    for point, _ in scores:
        if point in seen:
            continue
        seen.add(point)
        series, timestamp_ms = point[:2], point[2]
        if timestamp_ms < newest_ms.get(series, -1):
            wrong.add(series)
        newest_ms[series] = timestamp_ms
    return [f"order: scored out of order: {len(wrong)} series, such as {sorted(wrong, key=str)[:3]}"] if wrong else []
