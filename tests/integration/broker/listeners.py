"""Things that listen where a broker should be."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Accept connections on the yielded port and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def hanging_up() -> Iterator[int]:
    """Accept connections on the yielded port, read one request and close; unread, it would be a reset instead."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(4096)

    with _serving(serve) as port:
        yield port


@contextlib.contextmanager
def speaking_http() -> Iterator[int]:
    """Answer on the yielded port as a web server does to what is no request of HTTP."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with _serving(serve) as port:
        yield port


@contextlib.contextmanager
def speaking_tls(context: ssl.SSLContext) -> Iterator[int]:
    """Make TLS handshakes on the yielded port, then read one request and close."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(4096)

    with _serving(serve) as port:
        yield port


@contextlib.contextmanager
def _serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_accept, args=(server, serve), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        # Closing alone does not wake a thread that waits in accept.
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def _accept(server: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError):
        while True:
            serve(server.accept()[0])
