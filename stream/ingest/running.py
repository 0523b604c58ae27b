"""Ingest as a process of its own, and beside a worker in one process."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Final, Self

import structlog

from stream.errors import StreamgaugeError
from stream.ingest.loop import STOP_TIMEOUT_S, Ingest

JOIN_TIMEOUT_S: Final = STOP_TIMEOUT_S / 4
"""A worker promises to end within five seconds of SIGTERM; what ingest had in hand then is read again."""

log = structlog.get_logger(__name__)


def run(ingest: Callable[[], Ingest]) -> None:
    """Run until SIGTERM or Ctrl-C."""

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await ingest().run(stop)

    asyncio.run(until_signal())


class IngestThread:
    """Ingest in a thread with an event loop of its own, as a context.

    Parameters
    ----------
    ingest : callable
        Makes the ingest, in that thread.
    on_failure : callable
        Told of the error if it ends by one: a worker must not go on as if points still came.
    """

    def __init__(self, ingest: Callable[[], Ingest], on_failure: Callable[[StreamgaugeError], object]) -> None:
        self._ingest, self._on_failure = ingest, on_failure
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def __enter__(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Finish the messages in hand, and end."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._ingest().run(self._stop))
        except StreamgaugeError as error:
            self._on_failure(error)
        except Exception as error:
            log.exception("ingest failed")
            self._on_failure(StreamgaugeError(f"ingest failed: {error!r}"))
