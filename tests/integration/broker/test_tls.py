from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from stream.errors import CertificateError
from stream.kafka import handshake
from stream.kafka.connection import connect
from stream.settings.settings import Settings
from tests.integration.broker.listeners import hanging_up, speaking_tls


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def reason(port: int, cafile: Path | None) -> str:
    with pytest.raises(CertificateError) as caught:
        connect(Settings(brokers=f"127.0.0.1:{port}", security_protocol="SSL", ssl_cafile=cafile))
    return str(caught.value)


def test_a_certificate_of_an_unknown_authority_is_not_trusted(authority: trustme.CA) -> None:
    with speaking_tls(server_context(authority.issue_cert("127.0.0.1"))) as port:
        text = reason(port, cafile=None)
    assert f"the certificate of 127.0.0.1:{port} is not trusted: unable to get local issuer certificate" in text
    assert "Set STREAMGAUGE_SSL_CAFILE to the authority that signed it" in text


def test_a_certificate_of_another_host_is_not_trusted(authority: trustme.CA, trusting: Path) -> None:
    with speaking_tls(server_context(authority.issue_cert("kafka.example.org"))) as port:
        text = reason(port, trusting)
    assert "IP address mismatch" in text
    assert "STREAMGAUGE_BROKERS to a host name that it is made for" in text


def test_a_listener_without_tls_is_told_from_a_wrong_certificate(trusting: Path) -> None:
    with hanging_up() as port:
        text = reason(port, trusting)
    assert "the TLS handshake" in text
    assert "failed: the other side closed the connection. If this listener is not encrypted" in text


def test_a_broker_that_wants_a_certificate_of_ours_says_so(authority: trustme.CA, trusting: Path) -> None:
    context = server_context(authority.issue_cert("127.0.0.1"))
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with speaking_tls(context) as port:
        text = reason(port, trusting)
    assert "refused our certificate" in text
    assert "Set STREAMGAUGE_SSL_CERTFILE and STREAMGAUGE_SSL_KEYFILE" in text


def test_the_refusal_of_our_certificate_is_read_from_a_connection_where_nothing_is_written(
    authority: trustme.CA, trusting: Path
) -> None:
    context = server_context(authority.issue_cert("127.0.0.1"))
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with speaking_tls(context) as port:
        alert = handshake.late_alert(("127.0.0.1", port), ssl.create_default_context(cafile=str(trusting)))
    assert "certificate required" in str(alert)


def test_a_broker_that_trusts_us_sends_no_alert(authority: trustme.CA, trusting: Path) -> None:
    with speaking_tls(server_context(authority.issue_cert("127.0.0.1"))) as port:
        assert handshake.late_alert(("127.0.0.1", port), ssl.create_default_context(cafile=str(trusting))) is None
