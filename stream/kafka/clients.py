"""Settings as each Kafka client wants them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from stream.kafka.login.passwords import Password, login_password
from stream.kafka.login.tls import tls_context
from stream.kafka.login.tokens import TokenProvider, Tokens, tokens
from stream.settings.security import SecuritySettings
from stream.settings.topics import HEADER_ROOM_BYTES, TopicSettings

BOOTSTRAP_TIMEOUT_MS = 8_000
"""kafka-python tries to reach a broker this long, so that with the steps before it an answer comes within 10 s."""


ON_THE_WIRE = "OAUTHBEARER"
"""Mechanism that the broker sees for each login by token."""


@dataclass(frozen=True, slots=True)
class FaustOptions:
    """Connection options for Faust, as plain values.

    Attributes
    ----------
    broker : str
        `kafka://host:port;kafka://host:port`.
    mechanism, username, password : str or None
        For `faust.SASLCredentials`; None without a login.
    tokens : Tokens or None
        For `faust.OAuthCredentials`; None for a mechanism without tokens.
    kerberos_service : str
        For `faust.GSSAPICredentials`.
    ssl_context : ssl.SSLContext or None
        For the credentials, or as `broker_credentials` itself where there is no login; None without encryption.
    max_request_bytes : int
        For `producer_max_request_size`: a dead letter of the largest message must fit.
    """

    broker: str
    mechanism: str | None
    username: str | None
    password: Password | None
    tokens: Tokens | None
    kerberos_service: str
    ssl_context: ssl.SSLContext | None
    max_request_bytes: int


def client_options(settings: SecuritySettings) -> dict[str, object]:
    """Return the options of every kafka-python client."""
    options: dict[str, object] = {
        "bootstrap_servers": settings.brokers.split(","),
        "bootstrap_timeout_ms": BOOTSTRAP_TIMEOUT_MS,
        "client_id": settings.app_id,
        "security_protocol": settings.security_protocol,
    }
    if settings.broker_version is not None:
        options["api_version"] = tuple(int(number) for number in settings.broker_version.split("."))
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    return options | _login_options(settings)


def _login_options(settings: SecuritySettings) -> dict[str, object]:
    mechanism, source = settings.sasl_mechanism, tokens(settings)
    if mechanism is None:
        return {}
    if source is not None:
        return {"sasl_mechanism": ON_THE_WIRE, "sasl_oauth_token_provider": TokenProvider(source)}
    if mechanism == "GSSAPI":
        return {"sasl_mechanism": mechanism, "sasl_kerberos_service_name": kerberos_service(settings)}
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": login_password(settings),
    }


def producer_options(settings: TopicSettings) -> dict[str, object]:
    """Render the options of a kafka-python producer."""
    # linger: a command that publishes a file sends thousands of points; 20 ms gather them into few requests.
    return client_options(settings) | {
        "acks": "all",
        "allow_auto_create_topics": False,
        "linger_ms": 20,
        "max_request_size": settings.max_message_bytes + HEADER_ROOM_BYTES,
    }


def consumer_options(settings: SecuritySettings) -> dict[str, object]:
    """Render the options of a kafka-python consumer."""
    # kafka-python would let the broker create a topic that is asked for, with the broker's own number of partitions.
    return client_options(settings) | {"allow_auto_create_topics": False}


def faust_options(settings: TopicSettings) -> FaustOptions:
    """Render the options of the worker's connection."""
    return FaustOptions(
        broker=";".join(f"kafka://{address}" for address in settings.brokers.split(",")),
        mechanism=settings.sasl_mechanism,
        username=settings.sasl_username,
        password=login_password(settings),
        tokens=tokens(settings),
        kerberos_service=kerberos_service(settings),
        ssl_context=tls_context(settings) if settings.security_protocol.endswith("SSL") else None,
        max_request_bytes=settings.max_dead_letter_bytes,
    )


def kerberos_service(settings: SecuritySettings) -> str:
    """Return the service name of the brokers' Kerberos principal."""
    return settings.sasl_kerberos_service or "kafka"
