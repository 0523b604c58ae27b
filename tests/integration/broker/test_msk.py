"""What kafka-python and Faust send to Amazon MSK: the signer's token, as OAUTHBEARER wants it."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from pathlib import Path

import aiokafka
import pytest
import trustme
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.kafka.clients import client_options
from stream.kafka.login.tokens import tokens
from stream.settings.settings import Settings
from stream.worker.login import credentials
from tests.integration.broker.sasl_listener import SaslListener, sasl_listener


@pytest.mark.parametrize("client", ["kafka-python", "faust"])
def test_a_client_logs_in_with_the_token_of_the_signer(
    client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key-of-the-test")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with sasl_listener(authority) as listener:
        settings = Settings.load(
            None,
            brokers=f"127.0.0.1:{listener.port}",
            security_protocol="SASL_SSL",
            sasl_mechanism="AWS_MSK_IAM",
            sasl_aws_region="eu-west-1",
            ssl_cafile=str(tmp_path / "ca.pem"),
        )
        log_in(client, settings)
        assert set(listener.mechanisms) == {"OAUTHBEARER"}
        assert connect_request(listener).startswith("https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster")


def log_in(client: str, settings: Settings) -> None:
    """Connect with a token that is there already, as every command does; the listener closes after the login."""
    source = tokens(settings)
    assert source is not None
    source.current()
    if client == "kafka-python":
        with suppress(KafkaError):
            KafkaAdminClient(**client_options(settings) | {"bootstrap_timeout_ms": 1500})
        return

    async def bootstrap() -> None:
        login = credentials_to_aiokafka_auth(credentials(settings), None)
        one = aiokafka.client.AIOKafkaClient(bootstrap_servers=settings.brokers, **login, request_timeout_ms=1500)
        try:
            with suppress(aiokafka.errors.KafkaError):
                await one.bootstrap()
        finally:
            await one.close()

    asyncio.run(bootstrap())


def connect_request(listener: SaslListener) -> str:
    """Decode the token of the first login, in RFC 7628's frame."""
    message = listener.messages[0].decode()
    assert message.startswith("n,,\x01auth=Bearer ")
    assert message.endswith("\x01\x01")
    token = message.removeprefix("n,,\x01auth=Bearer ").rstrip("\x01")
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
