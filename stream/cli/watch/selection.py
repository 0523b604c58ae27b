"""Selection: which episodes `streamgauge watch` shows, by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stream.events.episode_log import EpisodeSummary
from stream.events.episodes import SEVERITIES

HELP: Final = "/ filter   s severity   o only open   ↑ ↓ choose   Enter details   q quit"
LEAST: Final = (None, "major", "critical")
"""Least severities by turns; None shows all."""

ENTER, ESCAPE, BACKSPACE = "\n", "\x1b", "\x7f"


@dataclass(slots=True)
class Selection:
    """What a person has chosen to see."""

    text: str = ""
    """What the series' name or the reason must hold, in any case."""
    least: str | None = None
    """Least severity."""
    only_open: bool = False
    chosen: str | None = None
    """Id of the episode that is marked."""
    shows_detail: bool = False
    is_typing: bool = False
    is_done: bool = False

    def holds(self, summary: EpisodeSummary) -> bool:
        """Check whether an episode is to be shown."""
        if self.only_open and summary.is_over:
            return False
        if self.least is not None:
            severity = summary.severity
            if severity is None or SEVERITIES.index(severity) < SEVERITIES.index(self.least):
                return False
        text = self.text.lower()
        return not text or text in summary.latest.series.lower() or text in summary.why.lower()

    def first(self, shown: Sequence[EpisodeSummary]) -> int:
        """Return the row to begin with, so that the marked one is in sight."""
        return max(0, self._place(shown) - 2)

    def press(self, key: str, shown: Sequence[EpisodeSummary]) -> None:
        """Obey a key."""
        if self.is_typing:
            self._type(key)
        elif key == ESCAPE:
            self.shows_detail, self.chosen, self.text = False, None, self.text if self.shows_detail else ""
        elif key in ("down", "j", "up", "k") and shown:
            step = 1 if key in ("down", "j") else -1
            place = 0 if self.chosen is None else self._place(shown) + step
            self.chosen = shown[min(max(place, 0), len(shown) - 1)].latest.episode
        elif key == ENTER and shown:
            self.chosen = self.chosen or shown[0].latest.episode
            self.shows_detail = not self.shows_detail
        elif key == "/":
            self.is_typing, self.shows_detail = True, False
        elif key == "s":
            self.least = LEAST[(LEAST.index(self.least) + 1) % len(LEAST)]
        elif key == "o":
            self.only_open = not self.only_open
        elif key == "q":
            self.is_done = True

    def line(self) -> str:
        """Describe what is chosen, and the keys."""
        if self.is_typing:
            return f"filter: {self.text}▏  (Enter keeps it, Esc drops it)"
        chosen = [
            *([f"'{self.text}'"] if self.text else []),
            *([f"{self.least} and worse"] if self.least == "major" else [self.least] if self.least else []),
            *(["only open"] if self.only_open else []),
        ]
        return f"only {', '.join(chosen).removeprefix('only ')}   {HELP}" if chosen else HELP

    def _type(self, key: str) -> None:
        if key == ENTER:
            self.is_typing = False
        elif key == ESCAPE:
            self.is_typing, self.text = False, ""
        elif key == BACKSPACE:
            self.text = self.text[:-1]
        elif len(key) == 1 and key.isprintable():
            self.text += key

    def _place(self, shown: Sequence[EpisodeSummary]) -> int:
        return next((n for n, each in enumerate(shown) if each.latest.episode == self.chosen), 0)
