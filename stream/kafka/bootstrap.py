"""Last step to a broker: login, protocol, advertised addresses."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from kafka import KafkaAdminClient
from kafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    KafkaTimeoutError,
    RequestTimedOutError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from stream.errors import AuthenticationError, BrokerUnreachableError, CertificateError, StreamgaugeError
from stream.kafka import handshake
from stream.kafka.handshake import Address, format_address
from stream.kafka.login.tokens import BY_TOKEN
from stream.settings.settings import Settings
from stream.settings.sources import variable

Received: TypeAlias = tuple[bytes, Exception | None]
"""What a read of a connection gave, and why it was the last one."""

_REFUSALS = {
    IllegalSaslStateError: "this listener takes no login",
    UnsupportedSaslMechanismError: "it does not offer this mechanism",
    SaslAuthenticationFailedError: "user name or password is wrong",
}


def admin_client(options: dict[str, object], timeout_s: float, address: Address) -> KafkaAdminClient | None:
    """Create the admin client; None without metadata in time.

    Raises
    ------
    BrokerUnreachableError
        If the brokers advertise addresses that cannot be reached from here.
    """
    clients: list[KafkaNetClient] = []

    def make_client(**configs: object) -> KafkaNetClient:
        net = NetworkSelector(**configs)
        clients.append(KafkaNetClient(net, _keep_final_response(net, configs), **configs))
        return clients[-1]

    try:
        admin = KafkaAdminClient(
            **options | {"bootstrap_timeout_ms": round(1000 * timeout_s)}, kafka_client=make_client
        )
    except KafkaError:
        # The constructor leaves its thread behind when it fails.
        clients[0].close()
        return None
    try:
        _check_advertised([(broker.host, broker.port) for broker in clients[0].cluster.brokers()], address)
    except BrokerUnreachableError:
        admin.close()
        raise
    return admin


def _keep_final_response(net: NetworkSelector, configs: dict[str, object]) -> KafkaConnectionManager:
    """Make connections read a closing broker's final response.

    kafka-python throws away what comes together with the end of a connection. A broker ends it right after it has
    refused a login: on a busy machine 15 of 16 refusals were lost, and looked like a broker that is none.
    """
    connections = KafkaConnectionManager(net, **configs)
    build = connections._build_transport

    async def build_transport(*arguments: object, **options: object) -> Any:
        transport = await build(*arguments, **options)
        transport._sock_recv = read_before_close(transport._sock_recv)
        return transport

    connections._build_transport = build_transport
    return connections


def read_before_close(receive: Callable[[], Received]) -> Callable[[], Received]:
    """Read what a transport received before reporting its end."""

    def received() -> Received:
        data, error = receive()
        return data, None if data else error

    return received


@contextlib.contextmanager
def connection_errors() -> Iterator[list[Exception]]:
    """Collect the reasons that kafka-python only logs."""
    errors: list[Exception] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            arguments = record.args if isinstance(record.args, tuple) else ()
            errors.extend(argument for argument in arguments if isinstance(argument, Exception))

    logger, collector = logging.getLogger("kafka.net"), Collector(logging.WARNING)
    logger.addHandler(collector)
    try:
        yield errors
    finally:
        logger.removeHandler(collector)


def is_final(error: Exception) -> bool:
    """Check whether a retry would fail the same way."""
    return isinstance(error, tuple(_REFUSALS)) or _is_about_our_certificate(error)


def explain(errors: list[Exception], address: Address, settings: Settings) -> StreamgaugeError:
    """Convert collected errors into one that users can act on."""
    error = next((error for error in errors if is_final(error)), None)
    if error is not None and _is_about_our_certificate(error):
        return CertificateError(
            f"{format_address(address)} refused our certificate: {error}. Set {variable('ssl_certfile')} and "
            f"{variable('ssl_keyfile')} to one that the broker trusts"
        )
    if error is not None:
        return _refused_login(error, address, settings)
    protocol = handshake.identify(address)
    if protocol == "HTTP" or (protocol == "TLS" and not settings.security_protocol.endswith("SSL")):
        return BrokerUnreachableError(handshake.not_kafka(address, protocol))
    reasons = [str(error) for error in errors if not isinstance(error, KafkaTimeoutError | RequestTimedOutError)]
    return BrokerUnreachableError(
        f"{format_address(address)} accepts connections, but does not answer as a Kafka broker does: "
        f"{reasons[-1] if reasons else 'no answer at all'}. Check that it is the listener for "
        f"{variable('security_protocol')}={settings.security_protocol}"
    )


def _refused_login(error: Exception, address: Address, settings: Settings) -> AuthenticationError:
    mechanism = settings.sasl_mechanism
    is_token = isinstance(error, SaslAuthenticationFailedError) and mechanism in BY_TOKEN
    what = "it does not accept the token" if is_token else _REFUSALS[type(error)]
    fields = [*settings.login_fields, "sasl_mechanism"]
    reason = str(error).rpartition("Error: ")[2]
    return AuthenticationError(
        f"{format_address(address)} refused the login of {settings.login_name!r} by {mechanism}: {what} ({reason}). "
        f"Check {', '.join(map(variable, fields))} and {variable('security_protocol')}={settings.security_protocol}"
    )


def _check_advertised(advertised: list[Address], address: Address) -> None:
    """Try the addresses that the brokers advertise."""
    try:
        _, connection = handshake.open_first(advertised)
    except BrokerUnreachableError as error:
        names = ", ".join(map(format_address, advertised))
        raise BrokerUnreachableError(
            f"{format_address(address)} answers, but gives {names} as its own address, which cannot be reached from "
            f"here: "
            "set Kafka's advertised.listeners to an address that can"
        ) from error
    connection.close()


def _is_about_our_certificate(error: Exception) -> bool:
    # In TLS 1.3 the broker checks it after the handshake, so that its alert arrives in place of the first answer.
    return "certificate" in str(error).lower()
