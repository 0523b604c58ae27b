"""What a process does every second, beside its apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from stream.worker.observability.memory import trim

HEARTBEAT_S = 1.0

TRIM_EVERY_BEATS = 30


async def heartbeat(*beats: Callable[[], None]) -> None:
    """Call each every second; return freed memory to the system from time to time."""
    for n in count(1):
        for beat in beats:
            beat()
        if n % TRIM_EVERY_BEATS == 0:
            trim()
        await asyncio.sleep(HEARTBEAT_S)
