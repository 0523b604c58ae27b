"""The process around the app: Faust's worker, without the second in which it waits for nothing."""

from __future__ import annotations

from typing import Any

import faust
from aiokafka.errors import KafkaError

from stream.worker.engine.abort import give_up_on_kafka
from stream.worker.engine.app import Engine
from stream.worker.engine.watch import Watch


class Process(faust.Worker):
    """Runs an app until a signal or a fault ends it, and leaves log and output alone.

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
        """Start the app and what watches it; a broker that goes away meanwhile asks for another start."""
        self.add_future(Watch(self._engine).run())
        try:
            await super().start()
        except KafkaError as error:
            why, group = "the broker went away during the start", self._engine.conf.id
            give_up_on_kafka(self._engine.give_up, group, why, error)

    async def _sentinel_task(self) -> None:
        """Close the loop at once: all that ran on it has ended, and Faust would wait a second more."""
