"""What has arrived at the receivers of notifications, and the faults to come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Fault = Callable[[], web.Response]


def too_many(seconds: int) -> Fault:
    """Answer that a rate limit is reached."""
    return lambda: web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": f"{seconds}"}
    )


def broken(status: int) -> Fault:
    """Answer with an error of the server or of the client."""
    return lambda: web.Response(status=status, text=f"error {status}")


def moved(url: str) -> Fault:
    """Answer with a redirect."""
    return lambda: web.Response(status=307, headers={"Location": url})


@dataclass
class Received:
    """What has arrived, by receiver, and the faults to come."""

    slack: dict[str, dict[str, Any]] = field(default_factory=dict)
    slack_edits: list[dict[str, Any]] = field(default_factory=list)
    slack_files: dict[str, bytes] = field(default_factory=dict)
    slack_shared: list[dict[str, Any]] = field(default_factory=list)
    pagerduty: list[dict[str, Any]] = field(default_factory=list)
    opsgenie: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    incoming: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    webhook: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    lost_answers: set[str] = field(default_factory=set)
    """Paths whose next request is taken, and never answered."""

    def fail(self, path: str, *faults: Fault) -> None:
        """Let the next requests to a path fail."""
        self.faults.setdefault(path, deque()).extend(faults)
