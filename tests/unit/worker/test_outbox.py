"""The outbox between a chunk and the checkpoint that waits for it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from stream.worker.engine.outbox import Message, Outbox


class Slow:
    """A producer that takes a message only when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def send(self, topic: str, **message: Any) -> asyncio.Future[None]:
        await self.let.wait()
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


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
    await outbox.acknowledged()
    return [*seen, bool(outbox)]


def test_a_message_counts_from_its_put_to_its_acknowledgement_also_while_it_is_handed_over() -> None:
    assert asyncio.run(look_at_each_step()) == [False, True, True, False]
