"""Webhooks: workflows of Microsoft Teams, Standard Webhooks, and an address that nobody should call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from aiohttp import web

from tests.e2e.receivers.received import Received

TEAMS_PATH = "/workflows/not-for-the-log-2/triggers/manual"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four byt").decode()


class Hooks:
    """The handlers.

    Parameters
    ----------
    received : Received
    """

    def __init__(self, received: Received) -> None:
        self._received = received

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        return [
            web.post(TEAMS_PATH, self.card),
            web.post("/hook", self.hook),
            web.post("/elsewhere", self.elsewhere),
        ]

    async def card(self, request: web.Request) -> web.Response:
        """Take a card as a workflow of Microsoft Teams: 202 without a body."""
        body = await request.json()
        contents = [each["content"] for each in body.get("attachments", [])]
        if body.get("type") != "message" or [each.get("type") for each in contents] != ["AdaptiveCard"]:
            return web.Response(status=400, text="the attachment is no adaptive card")
        self._received.teams.append(contents[0])
        return web.Response(status=202)

    async def hook(self, request: web.Request) -> web.Response:
        """Take a signed webhook."""
        body = await request.read()
        name, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(SIGNING_SECRET.removeprefix("whsec_"))
        signed = hmac.new(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        good = request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
        if not good or abs(time.time() - int(timestamp)) > 300:
            return web.Response(status=401)
        self._received.webhook.append(json.loads(body))
        return web.Response(status=204)

    async def elsewhere(self, request: web.Request) -> web.Response:
        """Take what should never come."""
        self._received.elsewhere.append(await request.text())
        return web.Response(status=204)
