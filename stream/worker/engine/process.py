"""Process around the app, without Faust's final wait."""

from __future__ import annotations

from typing import Any, Final

import faust
from aiokafka.errors import KafkaError

from stream.worker.engine.abort import abort_on_kafka_error
from stream.worker.engine.app import Engine
from stream.worker.engine.watch import EngineMonitor

WENT_AWAY: Final = "the broker went away during the start"


class Process(faust.Worker):
    """Runs an app until a signal or a failure.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        options: dict[str, Any] = {"override_logging": False, "redirect_stdouts": False, "quiet": True}
        super().__init__(engine, loglevel="INFO", **options)
        self.spinner = None
        self._engine = engine

    async def start(self) -> None:
        """Start the app and its monitor."""
        self.add_future(EngineMonitor(self._engine).run())
        try:
            await super().start()
        except KafkaError as error:
            abort_on_kafka_error(self._engine.abort, self._engine.conf.id, WENT_AWAY, error)

    async def _sentinel_task(self) -> None:
        """Close the loop at once, without Faust's wait."""
