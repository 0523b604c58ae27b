"""Responses of people, from the control topic."""

from __future__ import annotations

from collections.abc import Callable

from stream.control.records import Mute
from stream.control.view import ControlView


class ControlAnswers:
    """Mutes and acknowledgements in force.

    Parameters
    ----------
    view : callable
        Returns what the control topic says now; another object after each change.
    """

    def __init__(self, view: Callable[[], ControlView]) -> None:
        self._newest = view
        self._view = ControlView()
        self._has_mutes = False

    def muted(self, series: str, at_ms: int) -> Mute | None:
        """Return the mute of a series, None without one."""
        self._take_over()
        return self._view.muted(series, at_ms) if self._has_mutes else None

    def acked_by(self, episode: str) -> str:
        """Return who acknowledged an episode, empty if nobody."""
        self._take_over()
        ack = self._view.ack_of(episode)
        return "" if ack is None else ack.by

    def _take_over(self) -> None:
        """Count the mutes once for each view: there may be thousands of other records."""
        newest = self._newest()
        if newest is not self._view:
            self._view, self._has_mutes = newest, bool(newest.mutes)
