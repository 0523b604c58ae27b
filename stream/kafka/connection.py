"""Connection to the broker, or the reason for none."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kafka import KafkaAdminClient
from kafka.errors import RetriableError

from stream.errors import BrokerUnreachableError
from stream.kafka import bootstrap, handshake
from stream.kafka.clients import client_options
from stream.kafka.handshake import format_address
from stream.kafka.login.tokens import tokens
from stream.settings.settings import Settings
from stream.settings.values import parse_addresses

Outcome = TypeVar("Outcome")

PATIENCE_S = 8.0
"""For all steps together; a command takes up to a second to start, and the promise is 10 s."""

FIRST_ATTEMPT_S = 1.5
"""kafka-python repeats a refused login until its time is over: a short first attempt brings the refusal early."""

MAX_PAUSE_S = 5.0
"""Longest pause between two tries of `wait_for_broker`."""


def connect(settings: Settings) -> KafkaAdminClient:
    """Connect in steps: TCP, TLS, token, login and protocol.

    Raises
    ------
    BrokerUnreachableError
        If no broker accepts a connection, answers, or has an address that can be reached from here; or the token
        endpoint does not answer.
    CertificateError
        If the TLS handshake fails.
    AuthenticationError
        If the broker refuses the login, or the token endpoint the client.
    """
    deadline = time.monotonic() + PATIENCE_S
    options = client_options(settings)
    address, connection = handshake.open_first(parse_addresses(settings.brokers))
    context = options.get("ssl_context")
    with connection:
        if isinstance(context, ssl.SSLContext):
            handshake.tls_handshake(connection, address, context)
    if (source := tokens(settings)) is not None:
        source.current()  # kafka-python would only log why there is none.
    # kafka-python picks one at random and gives a dead one all of its time: the one that answered comes first, alone.
    first = {"bootstrap_servers": [format_address(address)]}
    with bootstrap.connection_errors() as errors:
        timeout_s = FIRST_ATTEMPT_S
        while (remaining_s := deadline - time.monotonic()) > 0 and not any(map(bootstrap.is_final, errors)):
            admin = bootstrap.admin_client(options | first, min(timeout_s, remaining_s), address)
            if admin is not None:
                return admin
            first, timeout_s = {}, 2 * timeout_s
    if isinstance(context, ssl.SSLContext) and (alert := handshake.late_alert(address, context)) is not None:
        errors.append(alert)
    raise bootstrap.explain(errors, address, settings)


def wait_for_broker(settings: Settings, log: Callable[[str], None]) -> KafkaAdminClient:
    """Connect; while no broker answers, log and retry.

    Raises
    ------
    CertificateError, AuthenticationError
        At once: waiting would not help.
    """
    pause_s, n_tries = 1.0, 1
    while True:
        try:
            return connect(settings)
        except BrokerUnreachableError as error:
            log(f"try {n_tries}: {error}; next try in {pause_s:g} s")
        time.sleep(pause_s)
        pause_s, n_tries = min(2 * pause_s, MAX_PAUSE_S), n_tries + 1


def with_retries(settings: Settings, act: Callable[[KafkaAdminClient], Outcome], log: Callable[[str], None]) -> Outcome:
    """Connect and act; with `--wait`, retry after a broker loss.

    Raises
    ------
    BrokerUnreachableError
        If the broker goes away in between, and the settings do not say to wait.
    """
    while True:
        try:
            with open_connection(settings, log) as admin, _broker_expected():
                return act(admin)
        except BrokerUnreachableError as error:
            if not settings.broker_wait:
                raise
            log(f"{error}; next try in {MAX_PAUSE_S:g} s")
        time.sleep(MAX_PAUSE_S)


@contextmanager
def _broker_expected() -> Iterator[None]:
    """Translate the errors that kafka-python has for a broker that went away."""
    try:
        yield
    except RetriableError as error:
        raise BrokerUnreachableError(f"the broker was there, and then gave no answer: {error!r}") from error


def open_connection(settings: Settings, log: Callable[[str], None]) -> KafkaAdminClient:
    """Connect, waiting for a broker where settings ask (`--wait`)."""
    if settings.broker_wait:
        return wait_for_broker(settings, log)
    try:
        return connect(settings)
    except BrokerUnreachableError as error:
        raise BrokerUnreachableError(f"{error}; with --wait the command tries until one answers") from error
