from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import SettingsError
from stream.kafka.clients import client_options, faust_options, producer_options
from stream.settings.settings import Settings

LOGIN = {
    "security_protocol": "SASL_PLAINTEXT",
    "allow_sasl_without_tls": True,
    "sasl_mechanism": "PLAIN",
    "sasl_username": "gauge",
}
PASSWORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12)
"""Long enough not to be a part of another setting by chance."""


def with_password(password: str) -> Settings:
    return Settings.load(None, **LOGIN, sasl_password=password)


@given(PASSWORDS)
def test_no_text_of_the_settings_contains_the_password(password: str) -> None:
    settings = with_password(password)
    texts = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), f"{settings}"]
    assert not any(password in text for text in texts)


@given(PASSWORDS)
def test_no_text_of_the_rendered_options_contains_the_password(password: str) -> None:
    settings = with_password(password)
    texts = [str(client_options(settings)), str(producer_options(settings)), repr(faust_options(settings))]
    assert not any(password in text for text in texts)
    assert client_options(settings)["sasl_plain_password"] == faust_options(settings).password == password


@given(PASSWORDS)
def test_no_error_contains_the_password(password: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(None, sasl_password=password, partitions="x", level=2)
    assert password not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text("sasl_password = 918273645")
    with pytest.raises(SettingsError) as caught:
        Settings.load(config)
    assert str(caught.value).endswith("expected text; found a value that is not shown")


def test_a_password_is_read_from_its_file_without_the_end_of_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" with spaces \n")
    settings = pickle.loads(pickle.dumps(from_file(file)))
    assert faust_options(settings).password == " with spaces "


@pytest.mark.parametrize(("content", "found"), [(b"\n", "an empty file"), (b"\xff\xfe", "no UTF-8 text")])
def test_a_file_without_a_password_is_refused(content: bytes, found: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"STREAMGAUGE_SASL_PASSWORD_FILE: expected a password in {file}.*{found}"):
        client_options(from_file(file))


def from_file(file: Path) -> Settings:
    return Settings.load(None, **LOGIN, sasl_password_file=str(file))
