from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import SettingsError
from stream.settings.settings import Settings

LOGIN = {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_username": "gauge", "sasl_password": "pw"}
OAUTH = {**LOGIN, "sasl_mechanism": "OAUTHBEARER", "sasl_token_url": "https://idp/token"}


def refused(config: Path | None = None, flags: dict[str, object] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.load(config, **flags or {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("partitions", "eight", "a whole number"),
        ("partitions", "0", "1 or more"),
        ("level", "1", "less than 1"),
        ("level", "nan", "a finite number"),
        ("health_port", "70000", "65535 or less"),
        ("create_topics", "perhaps", "true or false"),
        ("security_protocol", "TLS", "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ("log_format", "xml", "'auto', 'json' or 'console'"),
        ("metrics_topic", "a topic", "1 to 200 letters, digits, '.', '_' or '-', as Kafka allows them in names"),
        ("metrics_retention_h", "0", "1 or more hours, or -1 to keep for ever"),
        ("broker_version", "two", "a version such as 2.3"),
        ("model", "/no/such/file", "the path of a file that is there"),
        ("brokers", "kafka", "host:port, several with commas between, such as kafka-1:9092,kafka-2:9092"),
        ("brokers", "kafka:99999", "host:port, several with commas between, such as kafka-1:9092,kafka-2:9092"),
    ],
)
def test_a_wrong_variable_is_named_with_what_was_expected_and_found(
    field: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"STREAMGAUGE_{field.upper()}"
    monkeypatch.setenv(variable, value)
    assert refused() == f"{variable}: expected {expected}; found '{value}'"


def test_a_wrong_flag_is_named_as_it_was_typed() -> None:
    text = refused(flags={"partitions": "eight"})
    assert text == "STREAMGAUGE_PARTITIONS (given as --partitions): expected a whole number; found 'eight'"


def test_a_wrong_value_in_the_file_is_named_with_its_key_and_the_file(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text("max_keys = 1.5")
    assert refused(config) == f"STREAMGAUGE_MAX_KEYS (max_keys in {config}): expected a whole number; found 1.5"


def test_every_wrong_value_has_a_line_of_its_own() -> None:
    assert len(refused(flags={"partitions": "x", "level": "y", "brokers": "z"}).splitlines()) == 3


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_BROKER", "kafka:9092")
    assert refused() == "STREAMGAUGE_BROKER: there is no such setting; did you mean STREAMGAUGE_BROKERS?"


def test_an_unknown_key_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text('metric_topic = "m"')
    assert refused(config) == f"metric_topic in {config}: there is no such setting; did you mean metrics_topic?"


def test_a_name_like_no_other_is_refused_with_where_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_XYZZY", "1")
    assert refused().endswith("docs/settings.md lists them")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert refused(path) == f"--config {path}: expected a readable TOML file, found: No such file or directory"


def test_a_file_that_is_not_toml_is_refused_with_the_place(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text("brokers: localhost")
    assert "expected TOML in UTF-8, found: " in refused(config)
    assert "line 1" in refused(config)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({**LOGIN, "sasl_username": None}, "STREAMGAUGE_SASL_USERNAME: not given, but SASL_SSL needs it"),
        ({**LOGIN, "sasl_mechanism": None}, "STREAMGAUGE_SASL_MECHANISM: not given, but SASL_SSL needs it"),
        ({**LOGIN, "sasl_password": None}, "STREAMGAUGE_SASL_PASSWORD: not given, nor STREAMGAUGE_SASL_PASSWORD_FILE"),
        ({**LOGIN, "sasl_password_file": __file__}, "both given; expected one of them"),
        ({**LOGIN, "sasl_aws_region": "eu-west-1"}, "STREAMGAUGE_SASL_AWS_REGION: given, but PLAIN does not use it"),
        ({**OAUTH, "sasl_token_url": None}, "STREAMGAUGE_SASL_TOKEN_URL: not given, but SASL_SSL needs it for OAUTH"),
        ({**OAUTH, "sasl_token_url": "http://idp/token"}, "http sends the client secret unencrypted; expected https"),
        ({**OAUTH, "sasl_token_url": "https://id:secret@idp"}, "expected https://HOST/PATH without a login"),
        ({**OAUTH, "sasl_token_extensions": "lkc-1"}, "expected name=value, several with commas between"),
        ({**LOGIN, "sasl_mechanism": "AWS_MSK_IAM"}, "STREAMGAUGE_SASL_AWS_REGION: not given"),
        ({**LOGIN, "sasl_mechanism": "GSSAPI"}, "STREAMGAUGE_SASL_PASSWORD: given, but GSSAPI does not use it"),
        ({"replication_factor": 0}, "expected 1 or more replicas, or -1 for the broker's default; found 0"),
        ({"ssl_key_password": "pw", "security_protocol": "SSL"}, "STREAMGAUGE_SSL_KEYFILE is not; expected both"),
        ({**LOGIN, "security_protocol": "SASL_PLAINTEXT"}, "sends the login unencrypted"),
        ({**LOGIN, "security_protocol": "SSL"}, "STREAMGAUGE_SECURITY_PROTOCOL is SSL, which has no login"),
        ({"ssl_cafile": __file__}, "STREAMGAUGE_SSL_CAFILE: given, but STREAMGAUGE_SECURITY_PROTOCOL is PLAINTEXT"),
        ({"security_protocol": "SSL", "ssl_certfile": __file__}, "STREAMGAUGE_SSL_KEYFILE: not given"),
        ({"security_protocol": "SSL", "ssl_keyfile": __file__}, "STREAMGAUGE_SSL_CERTFILE: not given"),
        ({"anomalies_topic": "metrics"}, "topic 'metrics' stands for 2 different topics"),
        ({"scores_topic": "metrics.dlq"}, "topic 'metrics.dlq' stands for 2 different topics"),
        ({"heartbeat_interval_s": 5}, "expected at most a third of STREAMGAUGE_SESSION_TIMEOUT_S (10); found 5"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(flags: dict[str, object], text: str) -> None:
    assert text in refused(flags=flags)


def test_a_login_without_tls_is_allowed_by_name() -> None:
    flags = {**LOGIN, "security_protocol": "SASL_PLAINTEXT", "allow_sasl_without_tls": True}
    assert Settings.load(None, **flags).security_protocol == "SASL_PLAINTEXT"
