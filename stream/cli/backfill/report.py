"""Report of a backfill: published points, alerts not sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from kafka.consumer.fetcher import ConsumerRecord
from msgspec import UNSET

from stream.detection.points.warmup import first_scored
from stream.events.episodes import EpisodeEvent, decode_episode
from stream.events.text import format_date_time, format_duration
from stream.formats.csv.points import Row
from stream.formats.rejections import excerpt
from stream.history.points import Float64, Int64
from stream.settings.settings import Settings

MAX_NAME_LENGTH, MAX_WHY_LENGTH = 200, 300


class SeriesPlan(NamedTuple):
    """What is published of one series."""

    series: str
    features: tuple[str, ...]
    timestamps_ms: Int64
    """Shape (points,). Ascending."""
    values: Float64
    """Shape (points, features)."""
    n_late: int
    n_repeated: int
    """Points left out: not newer than what the workers have seen, or of a time that another point has."""
    n_known: int
    """Points that the workers have seen before."""

    def rows(self, start: int, stop: int) -> list[Row]:
        """Return points as rows."""
        pairs = zip(self.timestamps_ms[start:stop].tolist(), self.values[start:stop].tolist(), strict=True)
        return [Row(self.series, timestamp_ms, values[0], tuple(values[1:])) for timestamp_ms, values in pairs]


@dataclass(slots=True)
class Page:
    """An episode that was not alerted: first and latest event."""

    first: EpisodeEvent
    latest: EpisodeEvent

    def to_json(self) -> dict[str, object]:
        """Return the fields as plain JSON."""
        latest = self.latest
        feature = {} if latest.feature is UNSET else {"feature": latest.feature}
        return {
            **feature,
            "episode": latest.episode,
            "start": latest.start,
            "end": None if latest.end is UNSET else latest.end,
            "severity": latest.peak_severity,
            "peak_score": latest.peak_score,
            "why": None if self.first.why is UNSET else self.first.why,
        }

    def line(self) -> str:
        """Write it for people."""
        latest = self.latest
        name = "" if latest.feature is UNSET else f"{excerpt(latest.feature, MAX_NAME_LENGTH)}: "
        lasted = "still open" if latest.end is UNSET else format_duration(latest.end - latest.start)
        why = "" if self.first.why is UNSET else excerpt(self.first.why, MAX_WHY_LENGTH)
        return f"    {format_date_time(latest.start)}  {latest.peak_severity:8}  {lasted:>10}  {name}{why}"


class Report:
    """The report of one backfill.

    Parameters
    ----------
    n_missing, n_bad : int
        Rows without a value, and what is no point.
    """

    def __init__(
        self, plans: list[SeriesPlan], settings: Settings, page_from_ms: int, n_missing: int, n_bad: int
    ) -> None:
        self._plans, self._settings, self._topic = plans, settings, settings.metrics_topic
        self._page_from_ms, self._n_missing, self._n_bad = page_from_ms, n_missing, n_bad
        self._pages: dict[str, dict[str, Page]] = {plan.series: {} for plan in plans}

    def add(self, record: ConsumerRecord, offsets: dict[int, tuple[int, int]]) -> None:
        """Add an event of the backfill topic; ignore repeats.

        Events of others' messages are ignored too.

        An episode that only was pending would have paged nobody.
        """
        event = decode_episode(record.value)
        first, last = offsets.get(event.input.partition, (0, -1))
        pages = self._pages.get(event.series)
        if pages is None or event.state in ("pending", "passed") or not first <= event.input.offset <= last:
            return
        page = pages.setdefault(event.episode, Page(event, event))
        if (event.timestamp, event.state == "close") >= (page.latest.timestamp, page.latest.state == "close"):
            page.latest = event

    def before(self) -> Iterator[str]:
        """Describe what will be published and what is left out."""
        n_points = sum(len(plan.timestamps_ms) for plan in self._plans)
        page_from = format_date_time(self._page_from_ms)
        yield f"{n_points:,} points of {len(self._plans):,} series; no page before {page_from} UTC"
        late = [plan for plan in self._plans if plan.n_late]
        for plan in late:
            yield (
                f"{excerpt(plan.series, MAX_NAME_LENGTH)}: {plan.n_late:,} points would be late, and are left out: "
                "the workers have seen newer ones"
            )
        n_repeated = sum(plan.n_repeated for plan in self._plans)
        left_out = {"rows without a value": self._n_missing, "not readable": self._n_bad, "of one time": n_repeated}
        for what, n in left_out.items():
            if n:
                yield f"left out, {what}: {n:,}"

    def series_lines(self) -> Iterator[str]:
        """Describe per series what was published and found."""
        n_pages = sum(len(pages) for pages in self._pages.values())
        for plan in self._plans:
            pages = sorted(self._pages[plan.series].values(), key=lambda page: page.latest.start)
            name = excerpt(plan.series, MAX_NAME_LENGTH)
            yield f"{name}: {self._range(plan)}; {self._warmth(plan)}; pages withheld: {len(pages):,}"
            yield from (page.line() for page in pages)
        yield f"series: {len(self._plans):,}; pages withheld: {n_pages:,}"

    def to_json(self) -> dict[str, object]:
        """Return the report as plain JSON."""
        return {
            "topic": self._topic,
            "page_from": self._page_from_ms,
            "points": sum(len(plan.timestamps_ms) for plan in self._plans),
            "missing": self._n_missing,
            "bad": self._n_bad,
            "series": [self._series_json(plan) for plan in self._plans],
        }

    def _series_json(self, plan: SeriesPlan) -> dict[str, object]:
        times = plan.timestamps_ms
        return {
            "series": plan.series,
            "points": len(times),
            "first": int(times[0]) if len(times) else None,
            "last": int(times[-1]) if len(times) else None,
            "late": plan.n_late,
            "repeated": plan.n_repeated,
            "warm": self._is_warm(plan),
            "pages": [page.to_json() for page in self._pages[plan.series].values()],
        }

    def _is_warm(self, plan: SeriesPlan) -> bool:
        return plan.n_known + len(plan.timestamps_ms) >= self._warmup(plan)

    def _warmup(self, plan: SeriesPlan) -> int:
        interval_ms = float(np.median(np.diff(plan.timestamps_ms))) if len(plan.timestamps_ms) > 1 else 0.0
        return first_scored(self._settings.warmup, self._settings.slow_warmup, interval_ms / 1000)

    def _warmth(self, plan: SeriesPlan) -> str:
        if self._is_warm(plan):
            return "warm"
        return f"warming up ({plan.n_known + len(plan.timestamps_ms):,} of {self._warmup(plan):,} points)"

    @staticmethod
    def _range(plan: SeriesPlan) -> str:
        times = plan.timestamps_ms
        if not len(times):
            return "no points"
        return f"{len(times):,} points, {format_date_time(int(times[0]))} to {format_date_time(int(times[-1]))}"
