"""Connection, login and encryption as Faust wants them."""

from __future__ import annotations

import asyncio
from typing import Any

import faust
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from stream.errors import StreamgaugeError
from stream.kafka.clients import faust_options
from stream.kafka.login.tokens import Tokens
from stream.settings.settings import Settings


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


def connection(settings: Settings) -> dict[str, Any]:
    """Return the Faust settings of every app's connection."""
    options = faust_options(settings)
    return {
        "broker": options.broker,
        "broker_credentials": credentials(settings),
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": settings.heartbeat_interval_s,
        "producer_max_request_size": options.max_request_bytes,
        "topic_allow_declare": False,
        "datadir": ".",  # Nothing is ever written there: tables are in memory.
    }


def credentials(settings: Settings) -> Any:
    """Return Faust's credentials: SASL, TLS, or None."""
    options = faust_options(settings)
    if options.mechanism is None:
        return options.ssl_context
    if options.tokens is not None:
        return faust.OAuthCredentials(oauth_cb=AwaitedTokens(options.tokens), ssl_context=options.ssl_context)
    if options.mechanism == "GSSAPI":
        return faust.GSSAPICredentials(
            kerberos_service_name=options.kerberos_service, ssl_context=options.ssl_context, mechanism="GSSAPI"
        )
    return faust.SASLCredentials(
        username=options.username,
        password=options.password,
        mechanism=options.mechanism,
        ssl_context=options.ssl_context,
    )
