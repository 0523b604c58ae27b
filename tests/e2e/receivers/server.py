"""Receivers of notifications that behave as the real ones do, on a port of this machine.

What they check and answer follows the public descriptions of the APIs: Slack's Web API, PagerDuty's Events API v2,
Opsgenie's Alert API, workflows of Microsoft Teams, and Standard Webhooks.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.e2e.receivers.hooks import SIGNING_SECRET, Hooks
from tests.e2e.receivers.paging import OPSGENIE_KEY, PAGERDUTY_KEY, Paging
from tests.e2e.receivers.received import Received
from tests.e2e.receivers.slack import SLACK_TOKEN, Slack

SECRETS = {
    "SLACK_TOKEN": SLACK_TOKEN,
    "PAGERDUTY_KEY": PAGERDUTY_KEY,
    "OPSGENIE_KEY": OPSGENIE_KEY,
    "SIGNING_SECRET": SIGNING_SECRET,
}


def application(received: Received) -> web.Application:
    """Return the server's application; what it takes goes to `received`, which also has the faults to come."""

    @web.middleware
    async def inflict(request: web.Request, handler: Any) -> web.StreamResponse:
        waiting = received.faults.get(request.path)
        if waiting:
            return waiting.popleft()()
        answer: web.StreamResponse = await handler(request)
        if request.path in received.lost_answers:
            received.lost_answers.discard(request.path)
            await asyncio.sleep(60)
        return answer

    server = web.Application(middlewares=[inflict])
    for receiver in (Slack(received), Paging(received), Hooks(received)):
        server.add_routes(receiver.routes())
    return server


@contextmanager
def receivers() -> Iterator[tuple[str, Received]]:
    """Run all receivers in a thread; gives their address, and what they receive."""
    received, started, loop = Received(), threading.Event(), asyncio.new_event_loop()
    ports: list[int] = []

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(application(received))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
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
        yield f"http://127.0.0.1:{ports[0]}", received
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
