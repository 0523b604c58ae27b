"""Settings as each Kafka client wants them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from stream.errors import SettingsError
from stream.settings.kafka import KafkaSettings
from stream.settings.sources import variable
from stream.settings.topics import HEADER_ROOM_BYTES, TopicSettings

BOOTSTRAP_TIMEOUT_MS = 8_000
"""kafka-python tries to reach a broker this long, so that with the steps before it an answer comes within 10 s."""


class Password(str):
    """A password that hides itself in logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show stars, whatever the password."""
        return "'**********'"


@dataclass(frozen=True, slots=True)
class FaustOptions:
    """Connection options for Faust, as plain values.

    Attributes
    ----------
    broker : str
        `kafka://host:port;kafka://host:port`.
    mechanism, username, password : str or None
        For `faust.SASLCredentials`; None without a login.
    ssl_context : ssl.SSLContext or None
        For the credentials, or as `broker_credentials` itself where there is no login; None without encryption.
    max_request_bytes : int
        For `producer_max_request_size`: a dead letter of the largest message must fit.
    """

    broker: str
    mechanism: str | None
    username: str | None
    password: Password | None
    ssl_context: ssl.SSLContext | None
    max_request_bytes: int


def client_options(settings: KafkaSettings) -> dict[str, object]:
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
    if settings.sasl_mechanism is not None:
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = password(settings)
    return options


def producer_options(settings: TopicSettings) -> dict[str, object]:
    """Render the options of a kafka-python producer."""
    # linger: a command that publishes a file sends thousands of points; 20 ms gather them into few requests.
    return client_options(settings) | {
        "acks": "all",
        "allow_auto_create_topics": False,
        "linger_ms": 20,
        "max_request_size": settings.max_message_bytes + HEADER_ROOM_BYTES,
    }


def consumer_options(settings: KafkaSettings) -> dict[str, object]:
    """Render the options of a kafka-python consumer."""
    # kafka-python would let the broker create a topic that is asked for, with the broker's own number of partitions.
    return client_options(settings) | {"allow_auto_create_topics": False}


def aiokafka_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options of every aiokafka client that is not Faust's."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.brokers.split(","),
        "client_id": settings.app_id,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    if settings.sasl_mechanism is not None:
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = password(settings)
    return options


def faust_options(settings: TopicSettings) -> FaustOptions:
    """Render the options of the worker's connection."""
    return FaustOptions(
        broker=";".join(f"kafka://{address}" for address in settings.brokers.split(",")),
        mechanism=settings.sasl_mechanism,
        username=settings.sasl_username,
        password=password(settings),
        ssl_context=tls_context(settings) if settings.security_protocol.endswith("SSL") else None,
        max_request_bytes=settings.max_dead_letter_bytes,
    )


def password(settings: KafkaSettings) -> Password | None:
    """Return the password from its setting or file, or None.

    Raises
    ------
    SettingsError
        If the file cannot be read or is empty.
    """
    if settings.sasl_password is not None:
        return Password(settings.sasl_password.get_secret_value())
    if settings.sasl_password_file is None:
        return None
    try:
        text = settings.sasl_password_file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise _file_error("sasl_password_file", settings.sasl_password_file, "a password", found) from None
    if not text:
        raise _file_error("sasl_password_file", settings.sasl_password_file, "a password", "an empty file")
    return Password(text)


def tls_context(settings: KafkaSettings) -> ssl.SSLContext:
    """Return the TLS context of both client stacks.

    Raises
    ------
    SettingsError
        If a file holds no certificate, no key, or a key of another certificate.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
    except OSError as error:
        raise _file_error("ssl_cafile", settings.ssl_cafile, "PEM certificates", str(error)) from error
    if settings.ssl_certfile is not None:
        try:
            # An encrypted key would make OpenSSL ask on the terminal and wait; an empty password makes it fail.
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile, password="")
        except OSError as error:
            expected = f"the certificate of the unencrypted key in {variable('ssl_keyfile')} ({settings.ssl_keyfile})"
            raise _file_error("ssl_certfile", settings.ssl_certfile, expected, str(error)) from error
    return context


def _file_error(field: str, path: object, expected: str, found: str | None) -> SettingsError:
    return SettingsError(f"{variable(field)}: expected {expected} in {path}; found: {found}")
