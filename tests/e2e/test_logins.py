"""Logins by token, and keys with a password: what is let in, what is refused, and that tokens are renewed in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from stream.errors import AuthenticationError, BrokerUnreachableError, CertificateError, StreamgaugeError
from stream.kafka.connection import connect
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.oidc_server import OidcServer, TokenIssuer, oidc_server
from tests.e2e.records import consume, produce
from tests.e2e.test_connection import PROMISED_S
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

KEY_PASSWORD = "the-password-of-the-key"
LIFE_S = 6


@pytest.fixture
def provider(kafka: KafkaContainer) -> Iterator[OidcServer]:
    """Return a provider whose tokens the broker accepts."""
    with oidc_server(kafka.issuer, kafka.authority) as server:
        yield server


def by_token(kafka: KafkaContainer, provider: OidcServer) -> dict[str, str]:
    return {
        "brokers": kafka.token_bootstrap,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "sasl_username": provider.client,
        "sasl_password": provider.secret,
        "sasl_token_url": provider.url,
        "sasl_token_scope": "metrics",
        "sasl_token_cafile": str(kafka.ca_file),
        "ssl_cafile": str(kafka.ca_file),
    }


def by_certificate(kafka: KafkaContainer, directory: Path) -> dict[str, str]:
    """Issue a client's certificate, and keep its key encrypted."""
    issued = kafka.authority.issue_cert("gauge@example.org")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    secret = BestAvailableEncryption(KEY_PASSWORD.encode())
    (directory / "ours.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    issued.cert_chain_pems[0].write_to_path(str(directory / "ours.pem"))
    return {
        "brokers": kafka.mutual_bootstrap,
        "security_protocol": "SSL",
        "ssl_cafile": str(kafka.ca_file),
        "ssl_certfile": str(directory / "ours.pem"),
        "ssl_keyfile": str(directory / "ours.key"),
        "ssl_key_password": KEY_PASSWORD,
    }


def refusal(settings: dict[str, str], kind: type[StreamgaugeError]) -> str:
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        connect(Settings.load(None, **settings))
    assert time.monotonic() - started < PROMISED_S
    return str(caught.value)


def test_a_token_of_the_provider_is_let_in(kafka: KafkaContainer, provider: OidcServer) -> None:
    with connect(Settings.load(None, **by_token(kafka, provider))) as admin:
        assert len(admin.describe_cluster()["brokers"]) == 1
    assert provider.n_tokens == 1


def test_a_wrong_client_secret_is_named_as_such_and_not_shown(kafka: KafkaContainer, provider: OidcServer) -> None:
    text = refusal(by_token(kafka, provider) | {"sasl_password": "not-the-secret"}, AuthenticationError)
    assert f"{provider.url} refused a token for the client 'gauge@clients': HTTP 401 (invalid_client" in text
    assert "not-the-secret" not in text


def test_an_endpoint_that_is_down_is_named(kafka: KafkaContainer, provider: OidcServer) -> None:
    text = refusal(by_token(kafka, provider) | {"sasl_token_url": "https://127.0.0.1:1/token"}, BrokerUnreachableError)
    assert "no token for the login: https://127.0.0.1:1/token does not answer: Connection refused" in text


def test_an_endpoint_that_is_not_trusted_gets_no_secret(
    kafka: KafkaContainer, provider: OidcServer, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    text = refusal(by_token(kafka, provider) | {"sasl_token_cafile": str(other)}, CertificateError)
    assert f"the certificate of {provider.url} is not trusted" in text
    assert "STREAMGAUGE_SASL_TOKEN_CAFILE" in text


def test_a_token_of_another_provider_is_refused_by_the_broker(kafka: KafkaContainer) -> None:
    with oidc_server(TokenIssuer(), kafka.authority) as stranger:
        text = refusal(by_token(kafka, stranger), AuthenticationError)
    assert f"{kafka.token_bootstrap} refused the login of 'gauge@clients' by OAUTHBEARER: it does not accept" in text


def test_a_worker_scores_on_while_its_tokens_expire(
    kafka: KafkaContainer, provider: OidcServer, names: dict[str, str], tmp_path: Path
) -> None:
    provider.life_s = LIFE_S
    settings = by_token(kafka, provider) | names
    with WorkerProcess(tmp_path / "worker.log", **settings) as worker:
        n_before, deadline_s, n_sent = provider.n_tokens, time.monotonic() + 3 * LIFE_S, 0
        while time.monotonic() < deadline_s:
            body = {"series": "shop/orders", "timestamp": 1_700_000_000_000 + n_sent * 60_000, "value": n_sent % 5}
            produce(kafka.bootstrap, names["metrics_topic"], [(b"shop/orders", json.dumps(body).encode())])
            n_sent += 1
            time.sleep(0.5)
        scores = [json.loads(record.value) for record in consume(kafka.bootstrap, names["scores_topic"], n_sent)]
        assert provider.secret not in worker.log.read_text()
        assert worker.process.poll() is None
    assert len({score["timestamp"] for score in scores}) == n_sent
    assert provider.n_tokens >= n_before + 3


def test_a_worker_with_an_encrypted_key_is_known_by_its_certificate(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    settings = by_certificate(kafka, tmp_path) | names
    with WorkerProcess(tmp_path / "worker.log", **settings) as worker:
        wait_for(lambda: worker.get("/readyz")[0] == 200 or None, "a worker that reads")
        assert KEY_PASSWORD not in worker.log.read_text()


def test_a_client_without_a_certificate_is_refused(kafka: KafkaContainer, tmp_path: Path) -> None:
    ours = ("ssl_certfile", "ssl_keyfile", "ssl_key_password")
    settings = {name: value for name, value in by_certificate(kafka, tmp_path).items() if name not in ours}
    assert "refused our certificate" in refusal(settings, CertificateError)
