"""PagerDuty's Events API v2 and Opsgenie's Alert API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from tests.e2e.receivers.received import Received

PAGERDUTY_KEY = "0123456789abcdef0123456789abcdef"
OPSGENIE_KEY = "00000000-1111-2222-3333-not-for-log"


class Paging:
    """The handlers.

    Parameters
    ----------
    received : Received
    """

    def __init__(self, received: Received) -> None:
        self._received = received

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        return [web.post("/v2/enqueue", self.enqueue), web.route("*", "/v2/alerts{rest:.*}", self.alert)]

    async def enqueue(self, request: web.Request) -> web.Response:
        """PagerDuty's Events API v2."""
        event = await request.json()
        errors = list(_pagerduty_errors(event))
        if errors:
            text = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            return web.json_response(text, status=400)
        self._received.pagerduty.append(event)
        text = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(text, status=202)

    async def alert(self, request: web.Request) -> web.Response:
        """Opsgenie's Alert API: what is taken is done later."""
        if request.headers.get("Authorization") != f"GenieKey {OPSGENIE_KEY}":
            return web.json_response({"message": "Key format is not valid!", "took": 0.0}, status=422)
        body = await request.json()
        rest = request.match_info["rest"]
        wrong = not rest and not 1 <= len(body.get("message", "")) <= 130
        if wrong or (rest and request.query.get("identifierType") != "alias"):
            return web.json_response({"message": "Request body is not processable"}, status=422)
        self._received.opsgenie.append((request.method, rest, body))
        return web.json_response({"result": "Request will be processed", "took": 0.1, "requestId": "1"}, status=202)


def _pagerduty_errors(event: dict[str, Any]) -> Iterator[str]:
    if event.get("routing_key") != PAGERDUTY_KEY:
        yield "'routing_key' is invalid"
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        yield "'event_action' is invalid"
    if not 1 <= len(event.get("dedup_key", "")) <= 255:
        yield "'dedup_key' is invalid"
    payload = event.get("payload", {})
    if event.get("event_action") == "trigger":
        yield from (
            f"'payload.{name}' is missing" for name in ("summary", "source", "severity") if not payload.get(name)
        )
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            yield "'payload.severity' is invalid"
