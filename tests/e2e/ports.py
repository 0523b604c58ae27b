"""Ports for servers that must know theirs before they start, and keep it while they are down."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

BELOW_EPHEMERAL = range(20_000, 32_000)
"""No client of this machine is given one of these, so that nobody takes it while the server is down."""


def free_ports(n_ports: int) -> list[int]:
    """Choose different free ports below the ephemeral ones.

    Raises
    ------
    RuntimeError
        When 100 were tried and too few of them are free.
    """
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(BELOW_EPHEMERAL, 100):
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == n_ports:
                return found
    raise RuntimeError(f"expected {n_ports} free ports of 100 between 20000 and 32000, found {len(found)}")
