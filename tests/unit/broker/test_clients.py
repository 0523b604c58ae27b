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
KEY_PASSWORD = "the-password-of-the-key"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority, a certificate of it, its key plain and encrypted, and the key of another."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    ours = authority.issue_cert("gauge@example.org")
    ours.cert_chain_pems[0].write_to_path(str(directory / "ours.pem"))
    ours.private_key_pem.write_to_path(str(directory / "ours.key"))
    key = serialization.load_pem_private_key(ours.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(KEY_PASSWORD.encode())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (directory / "encrypted.key").write_bytes(pem)
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


def test_an_encrypted_key_without_a_password_is_refused_and_not_asked_for_on_the_terminal(certificates: Path) -> None:
    with pytest.raises(SettingsError, match=r"STREAMGAUGE_SSL_KEY_PASSWORD .*not given, but .* is encrypted"):
        client_options(with_certificate(certificates, "encrypted.key"))


def test_a_wrong_password_of_a_key_is_refused_and_not_shown(certificates: Path) -> None:
    with pytest.raises(SettingsError, match="does not decrypt") as caught:
        faust_options(with_certificate(certificates, "encrypted.key", ssl_key_password="not-the-password"))
    assert "not-the-password" not in str(caught.value)


def test_an_encrypted_key_is_opened_for_both_clients(certificates: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{KEY_PASSWORD}\n")
    for given in ({"ssl_key_password": KEY_PASSWORD}, {"ssl_key_password_file": str(file)}):
        settings = with_certificate(certificates, "encrypted.key", **given)
        assert isinstance(client_options(settings)["ssl_context"], ssl.SSLContext)
        assert faust_options(settings).ssl_context is not None


def test_an_encrypted_key_of_another_certificate_is_named_as_such(certificates: Path) -> None:
    settings = with_certificate(certificates, "encrypted.key", ssl_key_password=KEY_PASSWORD)
    other = settings.model_copy(update={"ssl_certfile": certificates / "ca.pem"})
    with pytest.raises(SettingsError, match=r"STREAMGAUGE_SSL_CERTFILE: .*mismatch"):
        client_options(other)


def with_certificate(certificates: Path, key: str, **more: str) -> Settings:
    files = {"ssl_cafile": "ca.pem", "ssl_certfile": "ours.pem", "ssl_keyfile": key}
    paths = {field: str(certificates / name) for field, name in files.items()}
    return Settings.load(None, security_protocol="SSL", **paths, **more)
