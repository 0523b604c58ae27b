"""The outbox between a chunk and the checkpoint that waits for it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from faust.types import TP

from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import Delivery, Message


class Slow:
    """A producer that takes a message only when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def send(self, message: Message) -> Delivery:
        await self.let.wait()
        return Delivery(TP(message.topic, 0), asyncio.get_running_loop().create_future(), [])

    async def deliver(self, deliveries: list[Delivery]) -> None:
        assert len(deliveries) == 1


async def look_at_each_step() -> list[bool]:
    outbox, producer = Outbox(), Slow()
    seen = [bool(outbox)]
    outbox.put([Message("anomalies", b"cpu", b"{}", [])], [])
    sending = asyncio.create_task(outbox.send(cast(Any, producer), None))
    await asyncio.sleep(0)
    seen.append(bool(outbox))
    producer.let.set()
    await sending
    seen.append(bool(outbox))
    await outbox.acknowledged(cast(Any, producer))
    return [*seen, bool(outbox)]


def test_a_message_counts_from_its_put_to_its_acknowledgement_also_while_it_is_handed_over() -> None:
    assert asyncio.run(look_at_each_step()) == [False, True, True, False]
