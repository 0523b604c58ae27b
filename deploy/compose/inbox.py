"""An inbox for the webhooks of `streamgauge notify`: shows what would have been sent; nothing is sent on.

POST to any path puts a message in, GET / shows the newest first, GET /messages returns them as JSON.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple

from aiohttp import web

PORT = 8025
MAX_BYTES = 5_000_000
KEPT = 200

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Inbox</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: 6px; margin: 1rem 0; padding: .6rem 1rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
</style>
<h1>What would have been sent</h1><p>%s, the newest first. Nothing leaves this machine.</p>%s"""


class Message(NamedTuple):
    """One request that was received; its headers may hold secrets and are not kept."""

    received: str
    path: str
    body: object


MESSAGES = web.AppKey("messages", deque[Message])


async def receive(request: web.Request) -> web.Response:
    """Keep a message."""
    body = (await request.read()).decode(errors="replace")
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = body
    message = Message(datetime.now(UTC).isoformat(timespec="seconds"), request.path, parsed)
    request.app[MESSAGES].append(message)
    return web.Response(status=204)


async def show(request: web.Request) -> web.Response:
    """Show the messages on a page that reloads itself."""
    messages = request.app[MESSAGES]
    articles = [
        f"<article><time>{message.received}</time> {escape(message.path)}"
        f"<pre>{escape(json.dumps(message.body, indent=2))}</pre></article>"
        for message in reversed(messages)
    ]
    page = PAGE % (f"{len(messages)} messages" if len(messages) != 1 else "1 message", "".join(articles))
    return web.Response(text=page, content_type="text/html")


async def list_all(request: web.Request) -> web.Response:
    """Return the messages, the oldest first."""
    return web.json_response([message._asdict() for message in request.app[MESSAGES]])


def main() -> None:
    """Serve until told to end."""
    app = web.Application(client_max_size=MAX_BYTES)
    app[MESSAGES] = deque(maxlen=KEPT)
    app.add_routes([web.get("/", show), web.get("/messages", list_all), web.post("/{path:.*}", receive)])
    web.run_app(app, port=PORT, print=None)


if __name__ == "__main__":
    main()
