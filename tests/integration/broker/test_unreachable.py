from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Literal

import pytest
import trustme
from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError

from stream.errors import BrokerUnreachableError
from stream.kafka import bootstrap, connection
from stream.kafka.clients import client_options
from stream.kafka.embedded import EmbeddedBroker
from stream.kafka.topics import creation
from stream.settings.settings import Settings
from tests.integration.broker.listeners import hanging_up, silent, speaking_http, speaking_tls

PROMISED_S = 10.0


def reason(settings: Settings) -> str:
    started = time.monotonic()
    with pytest.raises(BrokerUnreachableError) as caught:
        connection.connect(settings)
    assert time.monotonic() - started < PROMISED_S
    return str(caught.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_an_address_where_nobody_listens_is_named_with_what_to_do() -> None:
    text = reason(Settings(brokers=f"127.0.0.1:{free_port()}"))
    assert "nobody listens there. Start Kafka, or set STREAMGAUGE_BROKERS to where it listens" in text


def test_the_hint_at_waiting_is_for_commands_that_do_not_wait_yet() -> None:
    settings = Settings(brokers=f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerUnreachableError, match="; with --wait the command tries until one answers"):
        connection.open_connection(settings, print)
    assert "--wait" not in reason(settings)


@pytest.mark.parametrize("waits", [False, True])
def test_a_broker_that_goes_away_while_it_is_asked_is_unreachable_or_waited_for(
    waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception | None] = [KafkaConnectionError("socket disconnected"), None]
    log: list[str] = []

    def ask(_admin: KafkaAdminClient) -> str:
        if (error := answers.pop(0)) is not None:
            raise error
        return "an answer"

    monkeypatch.setattr(connection, "MAX_PAUSE_S", 0.0)
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings(broker_wait=waits))
        if waits:
            assert connection.with_retries(settings, ask, log.append) == "an answer"
        else:
            with pytest.raises(BrokerUnreachableError, match="socket disconnected"):
                connection.with_retries(settings, ask, log.append)
    assert len(log) == waits


def test_each_address_has_its_own_reason() -> None:
    text = reason(Settings(brokers=f"127.0.0.1:{free_port()},no-such-host.invalid:9092"))
    assert "nobody listens there; no-such-host.invalid:9092: the host name is not known" in text


def test_a_listener_that_says_nothing_is_not_a_broker() -> None:
    with silent() as port:
        text = reason(Settings(brokers=f"127.0.0.1:{port}"))
    assert f"127.0.0.1:{port} accepts connections, but does not answer as a Kafka broker does: no answer" in text
    assert "STREAMGAUGE_SECURITY_PROTOCOL=PLAINTEXT" in text


def test_a_listener_that_says_nothing_to_a_tls_handshake_is_not_a_broker() -> None:
    with silent() as port:
        text = reason(Settings(brokers=f"127.0.0.1:{port}", security_protocol="SSL"))
    assert "does not answer a TLS handshake" in text


def test_a_listener_that_hangs_up_is_not_a_broker() -> None:
    with hanging_up() as port:
        text = reason(Settings(brokers=f"127.0.0.1:{port}"))
    assert "socket disconnected. Check that it is the listener for STREAMGAUGE_SECURITY_PROTOCOL=PLAINTEXT" in text


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_web_server_in_the_place_of_a_broker_is_recognised(protocol: Literal["PLAINTEXT", "SSL"]) -> None:
    with speaking_http() as port:
        text = reason(Settings(brokers=f"127.0.0.1:{port}", security_protocol=protocol))
    assert f"127.0.0.1:{port} speaks HTTP: a web server answers there, and no Kafka broker" in text


def test_a_listener_with_tls_is_recognised_where_none_was_asked_for() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with speaking_tls(context) as port:
        text = reason(Settings(brokers=f"127.0.0.1:{port}"))
    assert f"127.0.0.1:{port} is a listener with TLS" in text
    assert "set STREAMGAUGE_SECURITY_PROTOCOL to SSL" in text


def test_a_failed_connection_leaves_no_thread_behind() -> None:
    with hanging_up() as port:
        before = set(threading.enumerate())
        options = client_options(Settings(brokers=f"127.0.0.1:{port}"))
        assert bootstrap.admin_client(options, 0.2, ("127.0.0.1", port)) is None
        assert set(threading.enumerate()) <= before


def test_a_broker_behind_a_dead_address_is_found() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        both = settings.model_copy(update={"brokers": f"127.0.0.1:{free_port()},{broker.bootstrap}"})
        with connection.connect(both) as admin:
            assert "metrics" in admin.list_topics()


@pytest.mark.parametrize("ask", [creation.create, creation.ensure, creation.check, creation.count_partitions])
def test_a_broker_that_goes_away_after_the_connection_is_not_reached(
    ask: Callable[[KafkaAdminClient, Settings], object],
) -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        admin = connection.connect(settings)
    with admin, pytest.raises(BrokerUnreachableError, match="then try again; topics that it created are kept"):
        ask(admin, settings)


def test_a_broker_that_goes_away_before_it_tells_of_a_topic_is_not_reached() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        admin = connection.connect(settings)
    with admin, pytest.raises(BrokerUnreachableError, match="gave no answer that could be used about the topics"):
        creation.require(admin, "metrics", settings)


class EnoughError(Exception):
    """Ends a wait that has no end."""


def test_waiting_tells_each_try_and_when_the_next_one_comes() -> None:
    tries: list[str] = []

    def log(text: str) -> None:
        tries.append(text)
        if len(tries) == 2:
            raise EnoughError

    with pytest.raises(EnoughError):
        connection.wait_for_broker(Settings(brokers=f"127.0.0.1:{free_port()}"), log)
    assert [text.partition(":")[0] for text in tries] == ["try 1", "try 2"]
    assert [text.rpartition("; ")[2] for text in tries] == ["next try in 1 s", "next try in 2 s"]


def test_waiting_ends_at_once_when_a_broker_answers() -> None:
    tries: list[str] = []
    with EmbeddedBroker() as broker:
        waiting = broker.with_topics(Settings(broker_wait=True))
        connection.open_connection(waiting, tries.append).close()
    assert tries == []


def test_a_broker_that_goes_away_while_it_is_asked_is_waited_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_PAUSE_S", 0.0)
    said: list[str] = []
    times_asked = 0

    def ask(admin: KafkaAdminClient) -> int:
        nonlocal times_asked
        times_asked += 1
        if times_asked < 3:
            raise BrokerUnreachableError("gone")
        return times_asked

    with EmbeddedBroker() as broker:
        assert connection.with_retries(broker.with_topics(Settings(broker_wait=True)), ask, said.append) == 3
        times_asked = 0
        with pytest.raises(BrokerUnreachableError, match="gone"):
            connection.with_retries(broker.with_topics(Settings()), ask, said.append)
    assert said == ["gone; next try in 0 s"] * 2
