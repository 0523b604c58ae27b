"""A relay in front of a broker, which can be slow, silent or gone: what clients see of a bad network."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Proxy:
    """Relay connections to an address until it is closed.

    Parameters
    ----------
    target : str
        `host:port`.
    port : int
        Where to listen; 0 for any.

    Attributes
    ----------
    address : str
        Where it listens, `host:port`.
    delay_s : float
        Mean seconds by which data are late, each way; 0 at first.
    """

    def __init__(self, target: str, port: int = 0) -> None:
        target_host, target_port = target.rsplit(":", 1)
        self._target = target_host, int(target_port)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.delay_s = 0.0
        self._open: list[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        """Return the proxy, which relays already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go away."""
        self.close()

    def close(self) -> None:
        """Refuse new connections and end those that are open."""
        _end(self._listener)
        self.cut()
        self.resume()

    def cut(self) -> None:
        """End all open connections; new ones are relayed."""
        broken, self._open = self._open, []
        for each in broken:
            _end(each)

    def pause(self) -> None:
        """Relay nothing, and leave all connections open: a network that loses every packet."""
        self._flowing.clear()

    def resume(self) -> None:
        """Relay again, first what came meanwhile."""
        self._flowing.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection(self._target)
        except OSError:
            client.close()  # The broker is gone, and so is this connection.
            return
        self._open += [client, broker]
        for source, sink in ((client, broker), (broker, client)):
            threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if self.delay_s:
                    time.sleep(self.delay_s * random.uniform(0.5, 1.5))
                self._flowing.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
