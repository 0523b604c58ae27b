from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from stream.errors import SettingsError
from stream.kafka.clients import client_options, faust_options, producer_options
from stream.settings.settings import Settings

LOGIN = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "gauge", "sasl_password": "pw"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an authority, a certificate of it, its key, and the key of another."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    ours = authority.issue_cert("gauge@example.org")
    ours.cert_chain_pems[0].write_to_path(str(directory / "ours.pem"))
    ours.private_key_pem.write_to_path(str(directory / "ours.key"))
    authority.issue_cert("other@example.org").private_key_pem.write_to_path(str(directory / "other.key"))
    return directory


def test_both_clients_connect_to_the_same_brokers_without_a_login() -> None:
    settings = Settings(brokers="a:1, [::1]:2")
    assert client_options(settings)["bootstrap_servers"] == ["a:1", "[::1]:2"]
    faust = faust_options(settings)
    assert faust.broker == "kafka://a:1;kafka://[::1]:2"
    assert (faust.mechanism, faust.username, faust.password, faust.ssl_context) == (None, None, None, None)


def test_both_clients_get_the_same_login_and_a_context_that_checks_host_names(certificates: Path) -> None:
    flags = {**LOGIN, "security_protocol": "SASL_SSL", "ssl_cafile": str(certificates / "ca.pem")}
    settings = Settings.load(None, **flags)
    options, faust = client_options(settings), faust_options(settings)
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == (faust.mechanism, faust.username)
    for context in (options["ssl_context"], faust.ssl_context):
        assert isinstance(context, ssl.SSLContext)
        assert context.check_hostname
        assert len(context.get_ca_certs()) == 1


def test_a_dead_letter_of_the_largest_message_fits_into_what_either_client_sends() -> None:
    settings = Settings(max_message_bytes=5_000_000)
    assert faust_options(settings).max_request_bytes == 5_000_000 + (1 << 20)
    assert producer_options(settings)["max_request_size"] == 5_000_000 + (1 << 20)


def test_a_key_of_another_certificate_is_refused(certificates: Path) -> None:
    with pytest.raises(SettingsError, match=r"STREAMGAUGE_SSL_CERTFILE: .*other\.key.*mismatch"):
        client_options(with_certificate(certificates, "other.key"))


def test_a_file_without_certificates_is_refused(certificates: Path) -> None:
    settings = Settings(security_protocol="SSL", ssl_cafile=certificates / "ours.key")
    with pytest.raises(SettingsError, match="STREAMGAUGE_SSL_CAFILE: expected PEM certificates"):
        faust_options(settings)


def test_an_encrypted_key_is_refused_without_asking_on_the_terminal(certificates: Path) -> None:
    key = serialization.load_pem_private_key((certificates / "ours.key").read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (certificates / "encrypted.key").write_bytes(pem)
    with pytest.raises(SettingsError, match="unencrypted key"):
        client_options(with_certificate(certificates, "encrypted.key"))


def with_certificate(certificates: Path, key: str) -> Settings:
    return Settings(
        security_protocol="SSL",
        ssl_cafile=certificates / "ca.pem",
        ssl_certfile=certificates / "ours.pem",
        ssl_keyfile=certificates / key,
    )
