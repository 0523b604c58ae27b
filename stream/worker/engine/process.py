"""Process around one or several apps, without Faust's final wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import faust
from mode.types import ServiceT

from stream.worker.engine.batch_app import BatchApp
from stream.worker.engine.watch import AppMonitor


class Process(faust.Worker):
    """Runs apps until a signal or a failure.

    Parameters
    ----------
    app : BatchApp
        Its time for an orderly end is that of the process.
    *companions : BatchApp
        Started after it, and stopped before it.
    """

    def __init__(self, app: BatchApp, *companions: BatchApp) -> None:
        options: dict[str, Any] = {"override_logging": False, "redirect_stdouts": False, "quiet": True}
        super().__init__(app, *companions, loglevel="INFO", **options)
        self.spinner = None
        self._apps = (app, *companions)

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """Return the apps in the order of their start, which Faust would turn round."""
        super().on_init_dependencies()
        return self._apps

    async def start(self) -> None:
        """Start the apps and their monitors."""
        for app in self._apps:
            self.add_future(AppMonitor(app).run())
        await super().start()

    async def stop(self) -> None:
        """Stop the apps, within the time for an orderly end.

        A broker that does not answer would keep us for a minute: the last commit is as good a place to go on.
        """
        first = self._apps[0]
        asyncio.get_running_loop().call_later(first.stop_timeout_s, first.leave)
        await super().stop()

    async def _sentinel_task(self) -> None:
        """Close the loop at once, without Faust's wait."""
