"""Episodes and silences by their ids, from the events that were read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from msgspec import UNSET

from stream.events.anomalies import AnyEvent
from stream.events.cloud_event import event_id
from stream.events.episodes import EpisodeEvent, Severity

Phase = Literal["pending", "open", "silent", "closed", "back", "passed"]
PHASES: Final[dict[str, Phase]] = {
    "pending": "pending",
    "open": "open",
    "update": "open",
    "silent": "silent",
    "close": "closed",
    "back": "back",
    "passed": "passed",
}
"""What an episode or silence is after an event, by the event's state."""

OVER: Final = ("close", "back", "passed")
"""Last states of an episode, of a silence and of a pending alarm."""

LIVE_WITHIN_MS: Final = 86_400_000
"""Events published this soon after their event time are of now; others are of a replay of the past."""


@dataclass(slots=True)
class EpisodeSummary:
    """An episode or silence, as of its newest event."""

    first: AnyEvent
    latest: AnyEvent
    peak: AnyEvent
    """The oldest event that was read, the newest, and the one with the reason at the highest score."""
    published_ms: int
    """When the newest event was published."""
    n_events: int = 1

    @property
    def phase(self) -> Phase:
        """What it is now; an update is of an open one."""
        return PHASES[self.latest.state]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes on."""
        return self.latest.state in OVER

    @property
    def severity(self) -> Severity | None:
        """Highest severity so far; None of a silence."""
        if not isinstance(self.latest, EpisodeEvent):
            return None
        worst = self.latest.peak_severity
        return self.latest.severity if worst is UNSET else worst

    @property
    def peak_score(self) -> float | None:
        """Highest score so far; None of a silence."""
        return self.latest.peak_score if isinstance(self.latest, EpisodeEvent) else None

    @property
    def why(self) -> str:
        """Reason at the highest score, on one line."""
        return "" if self.peak.why is UNSET else self.peak.why

    def lasts_ms(self, now_ms: int) -> int:
        """Return how long it lasts, live where its events are of now."""
        latest = self.latest
        if latest.end is not UNSET:
            return latest.end - latest.start
        is_live = not self.is_over and abs(self.published_ms - latest.timestamp) <= LIVE_WITHIN_MS
        return (max(latest.timestamp, now_ms) if is_live else latest.timestamp) - latest.start


@dataclass(slots=True)
class EpisodeLog:
    """The newest episodes, bounded in number."""

    max_episodes: int = 1_000
    """Episodes remembered; those whose first event came first are forgotten first, open ones last of all."""
    max_events: int = 20_000
    """Events remembered to know a repeat: a killed worker repeats the events of a second or so."""
    n_repeats: int = 0
    """Events left out because they had been seen."""
    _episodes: OrderedDict[str, EpisodeSummary] = field(default_factory=OrderedDict)
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def __iter__(self) -> Iterator[EpisodeSummary]:
        """Yield every episode, in the order of their first events."""
        return iter(self._episodes.values())

    def __len__(self) -> int:
        """Count the episodes."""
        return len(self._episodes)

    def get(self, episode: str) -> EpisodeSummary | None:
        """Return an episode by its id."""
        return self._episodes.get(episode)

    def add(self, event: AnyEvent, published_ms: int) -> EpisodeSummary | None:
        """Add an event; return its episode, None for a repeat."""
        name = event_id(event)
        if name in self._seen:
            self.n_repeats += 1
            return None
        self._seen[name] = None
        if len(self._seen) > self.max_events:
            self._seen.popitem(last=False)
        found = self._episodes.get(event.episode)
        if found is None:
            found = self._episodes[event.episode] = EpisodeSummary(event, event, event, published_ms)
            self._make_room()
            return found
        found.latest, found.published_ms, found.n_events = event, published_ms, found.n_events + 1
        if _is_news(event, found.peak):
            found.peak = event
        return found

    def restore(self, summary: EpisodeSummary) -> None:
        """Put back an episode that was kept elsewhere."""
        self._episodes[summary.latest.episode] = summary
        self._seen[event_id(summary.latest)] = None
        self._make_room()

    def _make_room(self) -> None:
        if len(self._episodes) > self.max_episodes:
            oldest = next((name for name, each in self._episodes.items() if each.is_over), None)
            self._episodes.pop(next(iter(self._episodes)) if oldest is None else oldest)


def _is_news(event: AnyEvent, peak: AnyEvent) -> bool:
    """Check whether an event's reason replaces the shown one."""
    if not (isinstance(event, EpisodeEvent) and isinstance(peak, EpisodeEvent)):
        return False
    opens = event.state == "open" and peak.state == "pending"
    return opens or (event.score > peak.score and event.state not in OVER)
