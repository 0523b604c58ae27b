"""Table of the series: state and newest points of each, worst first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal

from stream.control.view import ControlView
from stream.events.episode_log import EpisodeSummary
from stream.events.episodes import SEVERITIES, Severity
from stream.events.text import display_name
from stream.page.points import Tail

SeriesState = Literal["anomalous", "silent", "pending", "muted", "normal", "warming"]
RANKS: Final[tuple[SeriesState, ...]] = ("anomalous", "silent", "pending", "muted", "normal", "warming")
"""States of a series, the worst first. One that is muted ranks behind all that may still page somebody."""

Key = tuple[str, str]
"""Series and feature; the feature is empty where a point is a plain number."""

Order = tuple[int, int, float, Key]
"""Rank of the state, severity, highest score; then the name."""

SPARKLINE: Final = 48
"""Points of a sparkline."""

SCORE_STEP: Final = 0.25
"""Normal series are ordered by their highest score in such steps, so that noise does not shuffle the list."""

ORDERED_EVERY_S: Final = 1.0


@dataclass(slots=True)
class SeriesRow:
    """One series, or one feature of it."""

    id: int
    """In the store."""
    key: Key
    tail: Tail = field(default_factory=Tail)
    episodes: dict[str, EpisodeSummary] = field(default_factory=dict)
    """Those that go on, by id."""
    is_muted: bool = False
    _order: Order | None = None

    @property
    def name(self) -> str:
        """Series and feature as people read them."""
        return display_name(*self.key)

    @property
    def severity(self) -> Severity | None:
        """Highest severity of the open episodes."""
        found = [each.severity for each in self.episodes.values() if each.phase == "open" and each.severity is not None]
        return max(found, key=SEVERITIES.index, default=None)

    @property
    def state(self) -> SeriesState:
        """The worst that holds; muted hides the others."""
        return RANKS[self.order()[0]]

    def touch(self) -> None:
        """Note that points, episodes or mutes of it have changed."""
        self._order = None

    def order(self) -> Order:
        """Return what the list is sorted by; kept, as few of many series change in a second."""
        if self._order is None:
            severity = self.severity
            high = self.tail.highest_score(SPARKLINE)
            self._order = (
                RANKS.index(self._find_state()),
                0 if severity is None else -SEVERITIES.index(severity),
                -(high // SCORE_STEP),
                self.key,
            )
        return self._order

    def _find_state(self) -> SeriesState:
        if self.is_muted:
            return "muted"
        phases = {each.phase for each in self.episodes.values()}
        if "open" in phases:
            return "anomalous"
        if "silent" in phases:
            return "silent"
        if "pending" in phases:
            return "pending"
        return "warming" if self.tail.state in ("warming", "filling") else "normal"


@dataclass(slots=True)
class SeriesTable:
    """Every known series, bounded in number."""

    max_series: int = 50_000
    """Those without a point for the longest time are forgotten beyond it."""
    n_forgotten: int = 0
    _rows: dict[Key, SeriesRow] = field(default_factory=dict)
    _ordered: list[SeriesRow] = field(default_factory=list)
    _ordered_s: float = float("-inf")

    def __iter__(self) -> Iterator[SeriesRow]:
        """Yield every row."""
        return iter(self._rows.values())

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def get(self, key: Key) -> SeriesRow | None:
        """Return a row by series and feature."""
        return self._rows.get(key)

    def put(self, row: SeriesRow) -> SeriesRow:
        """Add a row; return it."""
        if len(self._rows) >= self.max_series:
            self._forget_oldest()
        self._rows[row.key] = row
        self._ordered.append(row)
        return row

    def show_episode(self, row: SeriesRow, summary: EpisodeSummary) -> None:
        """Show how an episode goes on, or no longer."""
        name = summary.latest.episode
        if summary.is_over:
            row.episodes.pop(name, None)
        else:
            row.episodes[name] = summary
        row.touch()
        self._ordered_s = float("-inf")

    def show_mutes(self, view: ControlView, rows: Iterable[SeriesRow] | None = None) -> None:
        """Look up which series are muted now."""
        now_ms = time.time_ns() // 1_000_000
        patterns = [mute.match for mute in view.mutes.values() if now_ms < mute.until]
        for row in self if rows is None else rows:
            is_muted = any(fnmatchcase(row.key[0], pattern) for pattern in patterns)
            if is_muted != row.is_muted:
                row.is_muted = is_muted
                row.touch()
                self._ordered_s = float("-inf")

    def worst_first(self) -> list[SeriesRow]:
        """Return the rows in order; at most a second old."""
        if time.monotonic() - self._ordered_s > ORDERED_EVERY_S:
            self._ordered = sorted(self._ordered, key=SeriesRow.order)  # Fast, as it is nearly sorted already.
            self._ordered_s = time.monotonic()
        return self._ordered

    def _forget_oldest(self) -> None:
        idle = sorted(self, key=lambda row: (bool(row.episodes), row.tail.last_ms or 0))
        for row in idle[: 1 + self.max_series // 100]:
            del self._rows[row.key]
            self.n_forgotten += 1
        self._ordered = list(self)
        self._ordered_s = float("-inf")


def matching(rows: list[SeriesRow], query: str, state: str) -> list[SeriesRow]:
    """Return the rows that a search finds.

    Parameters
    ----------
    query : str
        Words that the name must hold, in any case; `label=value` finds a label whose value begins so.
    state : str
        One of `RANKS`, or nothing for all.
    """
    words = [_spelled(word) for word in query.lower().split()]
    return [
        row for row in rows if (not state or row.state == state) and (not words or _has_all(row.name.lower(), words))
    ]


def _spelled(word: str) -> tuple[str, ...]:
    """Spell a word of a search as names may hold it."""
    label, equals, value = word.partition("=")
    value = value.strip('"')
    return (f'{{{label}="{value}', f',{label}="{value}', word) if label and equals else (word,)


def _has_all(name: str, words: list[tuple[str, ...]]) -> bool:
    return all(any(spelling in name for spelling in word) for word in words)
