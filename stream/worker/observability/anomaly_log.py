"""Log of episodes and silences, summarised in a storm."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import UNSET, UnsetType

from stream.events.episodes import EpisodeEvent
from stream.events.silences import SilenceEvent
from stream.formats.limits import to_iso

MAX_LINES: Final = 20
"""Lines of single episodes and silences in a minute; the others are counted."""

EVERY_S: Final = 60.0

EPISODE_LINES: Final = {"open": "episode opened", "close": "episode closed"}
SILENCE_LINES: Final = {"silent": "series silent", "back": "series back"}

log = structlog.get_logger()


class AnomalyLog:
    """Log each episode that opens or closes, and each silence.

    After a crash the events since the last checkpoint are published again, with the same ids, and logged again.

    Parameters
    ----------
    clock_s : callable, optional
        Monotonic seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._n_lines = 0
        self._more: Counter[str] = Counter()
        self._since_s = 0.0

    def add_episode(self, event: EpisodeEvent) -> None:
        """Log an event that opens, reopens or closes an episode."""
        line = "episode alarmed again" if event.reason == "again" else EPISODE_LINES.get(event.state)
        if line is not None:
            severity = event.severity if event.peak_severity is UNSET else event.peak_severity
            self._add(line, event, severity=severity, score=round(event.peak_score, 2))

    def add_silence(self, event: SilenceEvent) -> None:
        """Log an event of a silence."""
        self._add(SILENCE_LINES[event.state], event)

    def _add(self, line: str, event: EpisodeEvent | SilenceEvent, **facts: object) -> None:
        self.report()
        if not self._n_lines:
            self._since_s = self._clock_s()
        self._n_lines += 1
        if self._n_lines <= MAX_LINES:
            log.info(line, **_subject(event), at=to_iso(event.timestamp), **facts, why=_text(event.why))
        else:
            self._more[line] += 1

    def report(self, *, at_once: bool = False) -> None:
        """Log how many had no line of their own, once a minute is over; called every second or so."""
        seconds = self._clock_s() - self._since_s
        if not self._n_lines or (seconds < EVERY_S and not at_once):
            return
        if self._more:
            log.info(
                "more episodes and silences",
                n=self._more.total(),
                seconds=round(seconds),
                of=dict(self._more.most_common()),
                text=f"only {MAX_LINES} a minute are logged one by one; all are on the anomalies topic",
            )
        self._n_lines, self._more = 0, Counter()


def _subject(event: EpisodeEvent | SilenceEvent) -> dict[str, str]:
    feature = {} if event.feature is UNSET else {"feature": str(event.feature)}
    return {"series": event.series, **feature, "episode": event.episode}


def _text(why: str | UnsetType) -> str | None:
    return None if why is UNSET else str(why)
