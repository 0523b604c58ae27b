"""The last answer of a broker that closes the connection behind it is heard."""

from __future__ import annotations

import pytest
from kafka.errors import KafkaConnectionError
from kafka.net.manager import KafkaConnectionManager
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

from stream.kafka.bootstrap import read_before_close

END = KafkaConnectionError("socket disconnected")


def test_an_answer_that_comes_with_the_end_is_given_before_it() -> None:
    reads = iter([(b"refused", END), (b"", END)])
    receive = read_before_close(lambda: next(reads))
    assert [receive(), receive()] == [(b"refused", None), (b"", END)]


@pytest.mark.parametrize("transport", [KafkaTCPTransport, KafkaSSLTransport])
def test_the_client_still_reads_by_the_methods_that_are_replaced(transport: type[KafkaTCPTransport]) -> None:
    assert "_sock_recv" in vars(transport)
    assert "_sock_recv" in KafkaTCPTransport._read_from_sock.__code__.co_names
    assert "_build_transport" in KafkaConnectionManager._connect.__code__.co_names
