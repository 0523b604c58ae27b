"""Board: what the page shows, put together from the topics."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import UNSET

from stream.control.view import ControlView
from stream.events.anomalies import AnyEvent, decode_event
from stream.events.episode_log import EpisodeLog, EpisodeSummary
from stream.events.episodes import ScoredPoint
from stream.page.points import PointColumns, Tail
from stream.page.series_table import Key, SeriesRow, SeriesTable
from stream.page.store import PackedBlock, PageStore, StoredEpisode
from stream.page.vitals import Vitals

BLOCK: Final = 120
"""Points of a full block in the store."""

KEPT: Final = 60
"""Points that stay in memory when a block is full; a sparkline needs them."""

MAX_EPISODES: Final = 5_000


class _Kept(msgspec.Struct):
    """An episode as the store keeps it; events as they were published."""

    first: msgspec.Raw
    latest: msgspec.Raw
    peak: msgspec.Raw
    published_ms: int
    n_events: int


_encode = msgspec.json.Encoder().encode
_kept = msgspec.json.Decoder(_Kept)


@dataclass(slots=True)
class Board:
    """Series, episodes, answers and vitals, guarded by one lock.

    The feed's thread adds and writes; the server's threads read.
    """

    store: PageStore
    lock: threading.RLock = field(default_factory=threading.RLock)
    """To be held by whoever reads more than one thing."""
    series: SeriesTable = field(default_factory=SeriesTable)
    episodes: EpisodeLog = field(default_factory=lambda: EpisodeLog(MAX_EPISODES))
    control: ControlView = field(default_factory=ControlView)
    n_control_changes: int = 0
    """How often that was replaced."""
    vitals: Vitals = field(default_factory=lambda: Vitals(at_ms=0))
    n_points: int = 0
    n_foreign: int = 0
    """Scored points that came, and records that were nothing of ours."""
    has_caught_up: bool = False
    """Whether the topics have been read to their ends."""
    problem: str = ""
    """Why they are not read now; empty if they are."""
    on_news: Callable[[], None] = lambda: None
    """Called after what should be shown soon, from any thread."""
    _changed_episodes: dict[str, EpisodeSummary] = field(default_factory=dict)
    _sealed: list[PackedBlock] = field(default_factory=list)

    def restore(self) -> None:
        """Read back what the store kept."""
        self.store.forget_empty_series()
        keys = {number: (name, feature) for number, name, feature in self.store.all_series()}
        for number, points in self.store.newest_blocks():
            if number in keys:
                self.series.put(SeriesRow(number, keys[number], Tail.of(points)))
        for packed in self.store.episodes():
            kept = _kept.decode(packed)
            first, latest, peak = (decode_event(bytes(event)) for event in (kept.first, kept.latest, kept.peak))
            summary = EpisodeSummary(first, latest, peak, kept.published_ms, kept.n_events)
            self.episodes.restore(summary)
            self.series.show_episode(self._row(key_of(latest)), summary)

    def add_point(self, point: ScoredPoint) -> None:
        """Add a scored point."""
        key = point.series, "" if point.feature is UNSET else point.feature
        row = self._row(key)
        if not row.tail.append(point):
            return
        row.touch()
        self.n_points += 1
        if len(row.tail) >= BLOCK + KEPT:
            self._seal(row)

    def add_event(self, value: bytes, published_ms: int) -> None:
        """Add an event of the anomalies topic.

        Raises
        ------
        DataError
            If it is none.
        """
        event = decode_event(value)
        summary = self.episodes.add(event, published_ms)
        if summary is not None:
            self._changed_episodes[event.episode] = summary
            self.series.show_episode(self._row(key_of(event)), summary)
            self.on_news()

    def show_control(self, view: ControlView) -> None:
        """Show other mutes, acknowledgements and verdicts."""
        with self.lock:
            self.control = view
            self.n_control_changes += 1
            self.series.show_mutes(view)
        self.on_news()

    def show_vitals(self, vitals: Vitals) -> None:
        """Show other vitals; mutes may have run out since."""
        with self.lock:
            self.vitals = vitals
            self.series.show_mutes(self.control)
        self.on_news()

    def write(self, positions: Iterable[tuple[str, int, int]]) -> None:
        """Write what changed to the store, with the positions reached.

        To be called by the thread that adds, so that nothing is added meanwhile; others may read.
        """
        changed = [row for row in self.series if row.tail.is_changed]
        blocks = [*self._sealed, *(_block(row.id, row.tail.points()) for row in changed)]
        self.store.write(blocks, [_stored(summary) for summary in self._changed_episodes.values()], positions)
        for row in changed:
            row.tail.is_changed = False
        with self.lock:
            self._sealed, self._changed_episodes = [], {}

    def points(self, key: Key, start_ms: int, end_ms: int) -> PointColumns:
        """Return the points of a series in a range of event time."""
        with self.lock:
            row = self.series.get(key)
            if row is None:
                return PointColumns.joined([])
            number, tail = row.id, row.tail.points()
            sealed = [PointColumns.unpack(block.points) for block in self._sealed if block.series == number]
        first_ms = int(tail.times_ms[0]) if len(tail.times_ms) else end_ms
        stored = self.store.read(number, start_ms, min(end_ms, first_ms)) if start_ms < first_ms else []
        parts, until_ms = [], None
        for part in [*stored, *sealed, tail]:
            fresh = part if until_ms is None else part.between(until_ms + 1, end_ms)
            if len(fresh.times_ms):
                parts.append(fresh)
                until_ms = int(fresh.times_ms[-1])
        return PointColumns.joined(parts).between(start_ms, end_ms)

    def _row(self, key: Key) -> SeriesRow:
        row = self.series.get(key)
        if row is None:
            row = self.series.put(SeriesRow(self.store.series_id(*key), key))
            self.series.show_mutes(self.control, [row])
        return row

    def _seal(self, row: SeriesRow) -> None:
        """Pack a full block for the store, and keep the newest points."""
        self._sealed.append(_block(row.id, row.tail.points().rows(slice(0, BLOCK))))
        row.tail.drop(BLOCK)


def key_of(event: AnyEvent) -> Key:
    """Return series and feature of an event."""
    return event.series, "" if event.feature is UNSET else event.feature


def _block(series: int, points: PointColumns) -> PackedBlock:
    return PackedBlock(series, int(points.times_ms[0]), int(points.times_ms[-1]), points.pack())


def _stored(summary: EpisodeSummary) -> StoredEpisode:
    latest = summary.latest
    first, newest, peak = (msgspec.Raw(_encode(event)) for event in (summary.first, latest, summary.peak))
    kept = _Kept(first, newest, peak, summary.published_ms, summary.n_events)
    return StoredEpisode(latest.episode, latest.series, latest.start, latest.timestamp, _encode(kept))
