from __future__ import annotations

import time
from pathlib import Path

import pytest
import trustme

from stream.errors import AuthenticationError, BrokerUnreachableError, CertificateError, StreamgaugeError
from stream.kafka.connection import connect
from stream.settings.settings import Settings
from tests.e2e.kafka_container import KafkaContainer

PROMISED_S = 10.0


def with_login(kafka: KafkaContainer, **flags: object) -> Settings:
    given = {
        "brokers": kafka.secure_bootstrap,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": kafka.user,
        "sasl_password": kafka.password,
        "ssl_cafile": str(kafka.ca_file),
    }
    return Settings.load(None, **given | flags)


def refusal(settings: Settings, kind: type[StreamgaugeError]) -> str:
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        connect(settings)
    assert time.monotonic() - started < PROMISED_S
    return str(caught.value)


def test_a_login_over_tls_is_let_in(kafka: KafkaContainer) -> None:
    with connect(with_login(kafka)) as admin:
        assert len(admin.describe_cluster()["brokers"]) == 1


def test_a_password_is_read_from_its_file(kafka: KafkaContainer, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{kafka.password}\n")
    with connect(with_login(kafka, sasl_password=None, sasl_password_file=str(file))) as admin:
        assert len(admin.describe_cluster()["brokers"]) == 1


def test_a_wrong_password_is_named_as_such_and_not_shown(kafka: KafkaContainer) -> None:
    text = refusal(with_login(kafka, sasl_password="not-the-password"), AuthenticationError)
    assert (
        f"{kafka.secure_bootstrap} refused the login of 'gauge' by SCRAM-SHA-512: user name or password is wrong"
        in text
    )
    assert "not-the-password" not in text


def test_a_mechanism_that_the_broker_does_not_offer_is_named(kafka: KafkaContainer) -> None:
    text = refusal(with_login(kafka, sasl_mechanism="SCRAM-SHA-256"), AuthenticationError)
    assert "by SCRAM-SHA-256: it does not offer this mechanism" in text


def test_a_login_where_none_is_taken_is_named(kafka: KafkaContainer) -> None:
    flags = {"brokers": kafka.bootstrap, "security_protocol": "SASL_PLAINTEXT", "allow_sasl_without_tls": True}
    text = refusal(with_login(kafka, **flags, ssl_cafile=None), AuthenticationError)
    assert "this listener takes no login" in text


def test_an_untrusted_certificate_is_named_before_any_password_is_sent(kafka: KafkaContainer, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    text = refusal(with_login(kafka, ssl_cafile=str(other)), CertificateError)
    assert f"the certificate of {kafka.secure_bootstrap} is not trusted" in text


def test_a_listener_without_tls_is_named(kafka: KafkaContainer) -> None:
    text = refusal(with_login(kafka, brokers=kafka.bootstrap), CertificateError)
    assert "If this listener is not encrypted" in text


def test_no_tls_where_the_listener_wants_it_is_named(kafka: KafkaContainer) -> None:
    text = refusal(Settings(brokers=kafka.secure_bootstrap), BrokerUnreachableError)
    assert "is a listener with TLS, and expects an encrypted connection" in text
    assert "set STREAMGAUGE_SECURITY_PROTOCOL to SSL" in text
