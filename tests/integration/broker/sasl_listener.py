"""A listener with TLS that speaks Kafka up to the login, takes any token, and remembers it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trustme

API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
SUPPORTED = {API_VERSIONS: (0, 0), SASL_HANDSHAKE: (1, 1), SASL_AUTHENTICATE: (0, 0)}
UNSUPPORTED_VERSION = 35


class SaslListener:
    """Answers the first three requests of a client, and closes.

    Attributes
    ----------
    port : int
    mechanisms, messages : list
        What clients asked for, and what they logged in with.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._context = context
        self.mechanisms: list[str] = []
        self.messages: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with suppress(OSError, struct.error), self._context.wrap_socket(client, server_side=True) as secured:
                    self._serve(secured)

    def _serve(self, client: ssl.SSLSocket) -> None:
        with client.makefile("rb") as requests:
            while len(self.messages) < 2:
                (size,) = struct.unpack(">i", requests.read(4))
                request = requests.read(size)
                key, version, correlation, n_client = struct.unpack_from(">hhih", request)
                answer = self._answer(key, version, request[10 + max(n_client, 0) :])
                client.sendall(struct.pack(">ii", len(answer) + 4, correlation) + answer)
                if key == SASL_AUTHENTICATE:
                    return

    def _answer(self, key: int, version: int, body: bytes) -> bytes:
        if key == API_VERSIONS:
            versions = b"".join(struct.pack(">hhh", each, *span) for each, span in SUPPORTED.items())
            return struct.pack(">hi", UNSUPPORTED_VERSION if version else 0, len(SUPPORTED)) + versions
        if key == SASL_HANDSHAKE:
            self.mechanisms.append(body[2:].decode())
            return struct.pack(">hih", 0, 1, len(body) - 2) + body[2:]
        self.messages.append(body[4:])
        return struct.pack(">hhi", 0, -1, 0)


@contextmanager
def sasl_listener(authority: trustme.CA) -> Iterator[SaslListener]:
    """Run the listener."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = SaslListener(context)
    try:
        yield listener
    finally:
        listener.close()
