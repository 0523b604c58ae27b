"""Health endpoint: `/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from stream.errors import SettingsError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger()

STALLED_AFTER_S = 120.0
"""An event loop that has not turned for so long is stuck. The longest honest pause is one message of a megabyte: some
40,000 points of one series, which no batch makes faster: half a millisecond each, with all that is done for a batch."""


class Health:
    """State of the health probes.

    Liveness asks whether the event loop turns and never looks at Kafka: a broker's outage must not restart workers.
    Readiness asks whether points are being read.

    Attributes
    ----------
    waiting_for : str or None
        What keeps the worker from reading points; None when it reads.
    hangs_on : str or None
        What a checkpoint or a send has been waiting for from Kafka for seconds, while points would be read.
    """

    def __init__(self) -> None:
        self.waiting_for: str | None = "start"
        self.hangs_on: str | None = None
        self._last_turn = time.monotonic()

    def beat(self) -> None:
        """Note that the event loop has turned."""
        self._last_turn = time.monotonic()

    def live(self) -> tuple[bool, dict[str, object]]:
        """Return liveness, and for how long the loop stalled."""
        silent_s = time.monotonic() - self._last_turn
        return silent_s < STALLED_AFTER_S, {"event_loop_silent_s": round(silent_s, 3)}

    def ready(self) -> tuple[bool, dict[str, object]]:
        """Return readiness, and what is missing."""
        missing = self.waiting_for or self.hangs_on
        return missing is None, {"waiting_for": missing}


class HealthServer:
    """Serve the probes and the metrics over HTTP.

    A thread of its own answers even when the event loop is stuck, which is what liveness is for.

    Parameters
    ----------
    host : str
    port : int
        0 takes a free one: see `port`.
    health : Health
    registry : CollectorRegistry

    Raises
    ------
    SettingsError
        If the address cannot be bound.
    """

    def __init__(self, host: str, port: int, health: Health, registry: CollectorRegistry) -> None:
        self._probes = {"/livez": health.live, "/readyz": health.ready}
        self._metrics = make_wsgi_app(registry)
        try:
            self._server = make_server(host, port, self._answer, _QuietServer, _QuietHandler)
        except OSError as error:
            raise SettingsError(
                f"STREAMGAUGE_HEALTH_HOST={host} STREAMGAUGE_HEALTH_PORT={port}: cannot listen there "
                f"({error.strerror}); choose a free port, or 0 to have one chosen"
            ) from error
        self.port: int = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return list(self._metrics(environ, start_response))
        probe = self._probes.get(path)
        if probe is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"try /livez, /readyz or /metrics\n"]
        return _probe(probe, start_response)

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()


def _probe(probe: Callable[[], tuple[bool, dict[str, object]]], start_response: StartResponse) -> list[bytes]:
    good, facts = probe()
    start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "application/json")])
    return [json.dumps({"ok": good, **facts}).encode() + b"\n"]


class _QuietServer(ThreadingWSGIServer):
    def handle_error(self, *request: object) -> None:
        """Log in one line what would be a traceback on stderr; a client that went away is no event."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            log.warning("health request failed", error=repr(error))


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments: object, **named: object) -> None:
        """Log nothing: scrapes are no events."""
