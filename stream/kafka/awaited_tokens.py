"""Access tokens as aiokafka asks for them."""

from __future__ import annotations

import asyncio

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from stream.errors import StreamgaugeError
from stream.kafka.tokens import Tokens


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
