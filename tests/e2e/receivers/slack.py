"""Slack: its Web API, and incoming webhooks."""

from __future__ import annotations

import itertools
import time
from typing import Any

from aiohttp import web

from tests.e2e.receivers.received import Received

SLACK_TOKEN = "xoxb-not-for-the-log-1"
INCOMING_PATH = "/services/T0/B0/not-for-the-log-4"
CHANNEL = "C0123456789"


class Slack:
    """The handlers.

    Parameters
    ----------
    received : Received
    """

    def __init__(self, received: Received) -> None:
        self._received = received
        self._times = (f"{int(time.time())}.{number:06}" for number in itertools.count(1))

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        return [
            web.post("/api/chat.postMessage", self.post_message),
            web.post("/api/chat.update", self.update_message),
            web.get("/api/conversations.history", self.history),
            web.post("/api/files.getUploadURLExternal", self.upload_url),
            web.post("/upload/{file}", self.upload),
            web.post("/api/files.completeUploadExternal", self.complete_upload),
            web.post(INCOMING_PATH, self.incoming),
        ]

    async def post_message(self, request: web.Request) -> web.Response:
        """Slack's chat.postMessage."""
        body = await self._body(request)
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
        body = await self._body(request)
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
        url = str(request.url.with_path(f"/upload/{name}"))
        return web.json_response({"ok": True, "upload_url": url, "file_id": name})

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file."""
        self._received.slack_files[request.match_info["file"]] = await request.read()
        return web.Response(text="OK")

    async def complete_upload(self, request: web.Request) -> web.Response:
        """Slack's files.completeUploadExternal."""
        body = await self._body(request)
        if isinstance(body, web.Response):
            return body
        self._received.slack_shared.append(body)
        return web.json_response({"ok": True, "files": body["files"]})

    async def incoming(self, request: web.Request) -> web.Response:
        """Take a message as Slack's incoming webhook: `ok` as plain text."""
        body = await request.json()
        if not body.get("text") and not body.get("attachments"):
            return web.Response(status=400, text="no_text")
        self._received.incoming.append(body)
        return web.Response(text="ok")

    async def _body(self, request: web.Request) -> dict[str, Any] | web.Response:
        if request.headers.get("Authorization") != f"Bearer {SLACK_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        body: dict[str, Any] = await request.json()
        return body
