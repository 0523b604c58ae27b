"""Receivers of notifications that behave as the real ones do, on a port of this machine.

What they check and answer follows the public descriptions of the APIs: Slack's Web API, PagerDuty's Events API v2,
Opsgenie's Alert API, workflows of Microsoft Teams, and Standard Webhooks.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SLACK_TOKEN = "xoxb-not-for-the-log-1"
PAGERDUTY_KEY = "0123456789abcdef0123456789abcdef"
OPSGENIE_KEY = "00000000-1111-2222-3333-not-for-log"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four byt").decode()
TEAMS_PATH = "/workflows/not-for-the-log-2/triggers/manual"
INCOMING_PATH = "/services/T0/B0/not-for-the-log-4"
SECRETS = {
    "SLACK_TOKEN": SLACK_TOKEN,
    "PAGERDUTY_KEY": PAGERDUTY_KEY,
    "OPSGENIE_KEY": OPSGENIE_KEY,
    "SIGNING_SECRET": SIGNING_SECRET,
}
CHANNEL = "C0123456789"

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


class Receivers:
    """The handlers.

    Parameters
    ----------
    received : Received
    """

    def __init__(self, received: Received) -> None:
        self._received = received
        self._times = (f"{int(time.time())}.{number:06}" for number in itertools.count(1))
        self.port = 0

    def application(self) -> web.Application:
        """Return the server's application."""
        application = web.Application(middlewares=[self._middleware])
        application.add_routes(
            [
                web.post("/api/chat.postMessage", self.post_message),
                web.post("/api/chat.update", self.update_message),
                web.get("/api/conversations.history", self.history),
                web.post("/api/files.getUploadURLExternal", self.upload_url),
                web.post("/upload/{file}", self.upload),
                web.post("/api/files.completeUploadExternal", self.complete_upload),
                web.post("/v2/enqueue", self.enqueue),
                web.post(INCOMING_PATH, self.incoming),
                web.post(TEAMS_PATH, self.card),
                web.post("/hook", self.hook),
                web.post("/elsewhere", self.elsewhere),
                web.route("*", "/v2/alerts{rest:.*}", self.alert),
            ]
        )
        return application

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        waiting = self._received.faults.get(request.path)
        if waiting:
            return waiting.popleft()()
        answer: web.StreamResponse = await handler(request)
        if request.path in self._received.lost_answers:
            self._received.lost_answers.discard(request.path)
            await asyncio.sleep(60)
        return answer

    async def post_message(self, request: web.Request) -> web.Response:
        """Slack's chat.postMessage."""
        body = await self._slack_body(request)
        if isinstance(body, web.Response):
            return body
        if body.get("channel") != CHANNEL:
            return web.json_response({"ok": False, "error": "channel_not_found"})
        if not body.get("text") and not body.get("attachments"):
            return web.json_response({"ok": False, "error": "no_text"})
        ts = next(self._times)
        self._received.slack[ts] = body
        return web.json_response({"ok": True, "channel": CHANNEL, "ts": ts, "message": {"text": body.get("text")}})

    async def update_message(self, request: web.Request) -> web.Response:
        """Slack's chat.update."""
        body = await self._slack_body(request)
        if isinstance(body, web.Response):
            return body
        if body.get("ts") not in self._received.slack:
            return web.json_response({"ok": False, "error": "message_not_found"})
        self._received.slack_edits.append(body)
        self._received.slack[body["ts"]] |= {"text": body["text"], "attachments": body["attachments"]}
        return web.json_response({"ok": True, "channel": CHANNEL, "ts": body["ts"], "text": body["text"]})

    async def history(self, request: web.Request) -> web.Response:
        """Slack's conversations.history, the newest first, without threads."""
        if request.headers.get("Authorization") != f"Bearer {SLACK_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        shown = request.query.get("include_all_metadata") == "true"
        messages = [
            {"ts": ts, "text": body["text"], **({"metadata": body.get("metadata", {})} if shown else {})}
            for ts, body in sorted(self._received.slack.items(), reverse=True)
            if float(ts) >= float(request.query.get("oldest", 0)) and "thread_ts" not in body
        ]
        return web.json_response({"ok": True, "messages": messages[: int(request.query.get("limit", 100))]})

    async def upload_url(self, request: web.Request) -> web.Response:
        """Slack's files.getUploadURLExternal, which takes a form."""
        form = await request.post()
        if not form.get("filename") or not str(form.get("length", "")).isdigit():
            return web.json_response({"ok": False, "error": "invalid_arguments"})
        name = f"F{len(self._received.slack_files)}"
        url = f"http://127.0.0.1:{self.port}/upload/{name}"
        return web.json_response({"ok": True, "upload_url": url, "file_id": name})

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file."""
        self._received.slack_files[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")

    async def complete_upload(self, request: web.Request) -> web.Response:
        """Slack's files.completeUploadExternal."""
        body = await self._slack_body(request)
        if isinstance(body, web.Response):
            return body
        self._received.slack_shared.append(body)
        return web.json_response({"ok": True, "files": body["files"]})

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

    async def incoming(self, request: web.Request) -> web.Response:
        """Take a message as Slack's incoming webhook: `ok` as plain text."""
        body = await request.json()
        if not body.get("text") and not body.get("attachments"):
            return web.Response(status=400, text="no_text")
        self._received.incoming.append(body)
        return web.Response(text="ok")

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

    async def _slack_body(self, request: web.Request) -> dict[str, Any] | web.Response:
        if request.headers.get("Authorization") != f"Bearer {SLACK_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        body: dict[str, Any] = await request.json()
        return body


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


@contextmanager
def receivers() -> Iterator[tuple[str, Received]]:
    """Run all receivers in a thread; gives their address, and what they receive."""
    received, started, loop = Received(), threading.Event(), asyncio.new_event_loop()
    handlers = Receivers(received)

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(handlers.application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        handlers.port = runner.addresses[0][1]
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=run, name="receivers", daemon=True)
    thread.start()
    started.wait(30)
    try:
        yield f"http://127.0.0.1:{handlers.port}", received
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
