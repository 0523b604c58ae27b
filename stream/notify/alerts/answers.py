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
        Returns what the control topic says now.
    """

    def __init__(self, view: Callable[[], ControlView]) -> None:
        self._view = view

    def muted(self, series: str, at_ms: int) -> Mute | None:
        """Return the mute of a series, None without one."""
        return self._view().muted(series, at_ms)

    def acked_by(self, episode: str) -> str:
        """Return who acknowledged an episode, empty if nobody."""
        ack = self._view().ack_of(episode)
        return "" if ack is None else ack.by
