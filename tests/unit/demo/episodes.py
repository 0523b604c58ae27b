"""Events of episodes of the demo's series."""

from __future__ import annotations

from stream.events.episodes import EpisodeEvent
from tests.unit.formats.make import episode


def event(name: str, start: int, **changes: object) -> EpisodeEvent:
    """Make an event of the episode `name`, which started at `start`: of shop/requests and open, but for the changes."""
    peak = {"peak_severity": changes["severity"]} if "severity" in changes else {}
    usual = {"series": "shop/requests", "episode": name, "start": start, "timestamp": start}
    return episode(**{**usual, **peak, **changes})
