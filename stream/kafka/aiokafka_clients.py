"""Settings as aiokafka wants them."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from stream.errors import StreamgaugeError
from stream.kafka.clients import login_options
from stream.kafka.login.tls import tls_context
from stream.kafka.login.tokens import Tokens
from stream.settings.security import SecuritySettings


class AwaitedTokens:
    """Tokens as aiokafka asks for them: fetched beside the event loop."""

    def __init__(self, source: Tokens) -> None:
        self._source = source

    async def token(self) -> str:
        """Return a token.

        Raises
        ------
        aiokafka.errors.KafkaConnectionError
            If there is none: the client tries again, as without a broker.
        """
        try:
            return await asyncio.to_thread(self._source.current)
        except StreamgaugeError as error:
            raise KafkaConnectionError(str(error)) from error

    def extensions(self) -> dict[str, str]:
        """Return the SASL extensions."""
        return self._source.extensions


AbstractTokenProvider.register(AwaitedTokens)


def aiokafka_options(settings: SecuritySettings) -> dict[str, Any]:
    """Return the options of every aiokafka client that is not Faust's."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.brokers.split(","),
        "client_id": settings.app_id,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    return options | login_options(settings, AwaitedTokens)
