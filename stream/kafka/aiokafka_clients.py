"""Settings as aiokafka wants them."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from stream.errors import StreamgaugeError
from stream.kafka.clients import client_options
from stream.kafka.tokens import Tokens, tokens
from stream.settings.security import SecuritySettings

_OF_KAFKA_PYTHON = ("bootstrap_timeout_ms", "api_version")


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
    options = {name: value for name, value in client_options(settings).items() if name not in _OF_KAFKA_PYTHON}
    source = tokens(settings)
    return options if source is None else options | {"sasl_oauth_token_provider": AwaitedTokens(source)}
