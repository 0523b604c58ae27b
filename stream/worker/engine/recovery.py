"""Recovery that ends the process where Kafka does not answer."""

from __future__ import annotations

from typing import Any

from aiokafka.errors import KafkaTimeoutError
from faust.tables.recovery import Recovery, ServiceStopped


class BoundedRecovery(Recovery):
    """Faust's recovery, whose timeouts are errors.

    Faust takes a timeout, such as that of the committed offsets after a rebalance, for its own end: the app would stay
    up, a member of the group, and never read again.
    """

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        try:
            await super()._wait(coro, timeout)
        except ServiceStopped as error:
            if self.should_stop:
                raise
            raise KafkaTimeoutError(f"no answer within {timeout} s after a rebalance") from error
