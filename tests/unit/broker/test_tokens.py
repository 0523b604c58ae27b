from __future__ import annotations

import base64
import sys
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from aiokafka.abc import AbstractTokenProvider

from stream.errors import AuthenticationError, BrokerUnreachableError, SettingsError
from stream.kafka.clients import client_options, faust_options
from stream.kafka.login.msk import sign_token
from stream.kafka.login.tokens import RETRY_S, Tokens, tokens
from stream.settings.settings import Settings
from stream.worker.login import credentials

OAUTH = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "OAUTHBEARER",
    "sasl_username": "gauge",
    "sasl_password": "client-secret-of-the-test",
    "sasl_token_url": "https://idp.example/token",
}


class Endpoint:
    """Gives token-1, token-2, ... of 100 s, unless it is down."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.now_s = 0.0
        self.is_down = False
        self.tokens = Tokens(self._fetch, {}, clock=lambda: self.now_s)

    def _fetch(self) -> tuple[str, float]:
        if self.is_down:
            raise BrokerUnreachableError("no token")
        return f"token-{next(self._numbers)}", 100.0

    def at(self, now_s: float) -> str:
        self.now_s = now_s
        return self.tokens.current()


def test_a_token_is_kept_and_renewed_before_it_expires() -> None:
    endpoint = Endpoint()
    given = [endpoint.at(now_s) for now_s in (0, 79, 81, 160, 162)]
    assert given == ["token-1", "token-1", "token-2", "token-2", "token-3"]


def test_while_the_endpoint_is_down_a_valid_token_is_used_and_retries_are_rare() -> None:
    endpoint = Endpoint()
    endpoint.at(0)
    endpoint.is_down = True
    assert endpoint.at(81) == "token-1"
    endpoint.is_down = False
    assert endpoint.at(81 + RETRY_S / 2) == "token-1"
    assert endpoint.at(81 + RETRY_S) == "token-2"


def test_an_expired_token_is_never_used() -> None:
    endpoint = Endpoint()
    endpoint.at(0)
    endpoint.is_down = True
    with pytest.raises(BrokerUnreachableError):
        endpoint.at(101)


def test_all_clients_of_a_login_share_its_tokens() -> None:
    settings = Settings.load(None, **OAUTH)
    assert tokens(settings) is tokens(settings.model_copy(update={"metrics_topic": "others"}))
    assert tokens(settings) is faust_options(settings).tokens
    assert tokens(settings) is not tokens(settings.model_copy(update={"sasl_username": "another"}))


def test_extensions_go_with_the_token() -> None:
    settings = Settings.load(None, **OAUTH, sasl_token_extensions="logicalCluster=lkc-1, identityPoolId=pool-2")
    source = tokens(settings)
    assert source is not None
    assert source.extensions == {"logicalCluster": "lkc-1", "identityPoolId": "pool-2"}


def test_faust_gets_the_same_login() -> None:
    login = credentials(Settings.load(None, **OAUTH, sasl_token_extensions="logicalCluster=lkc-1"))
    assert isinstance(login.oauth_cb, AbstractTokenProvider)
    assert (login.mechanism.value, login.oauth_cb.extensions()) == ("OAUTHBEARER", {"logicalCluster": "lkc-1"})


def test_kerberos_is_passed_on_to_every_client() -> None:
    settings = Settings.load(
        None, security_protocol="SASL_SSL", sasl_mechanism="GSSAPI", sasl_kerberos_service="broker"
    )
    options, login = client_options(settings), credentials(settings)
    assert (options["sasl_mechanism"], options["sasl_kerberos_service_name"]) == ("GSSAPI", "broker")
    assert (login.mechanism.value, login.kerberos_service_name) == ("GSSAPI", "broker")


def test_no_text_of_the_options_contains_the_client_secret() -> None:
    settings = Settings.load(None, **OAUTH)
    texts = [repr(settings), repr(client_options(settings)), repr(faust_options(settings)), repr(tokens(settings))]
    assert not any(str(OAUTH["sasl_password"]) in text for text in texts)


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key-of-the-test")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")


@pytest.mark.usefixtures("aws_environment")
def test_a_token_for_msk_is_a_signed_request_to_connect_in_the_region() -> None:
    settings = Settings.load(
        None, security_protocol="SASL_SSL", sasl_mechanism="AWS_MSK_IAM", sasl_aws_region="eu-west-1"
    )
    assert client_options(settings)["sasl_mechanism"] == "OAUTHBEARER"
    token, life_s = sign_token("eu-west-1")
    request = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    fields = {name: values[0] for name, values in parse_qs(request.query).items()}
    assert (request.scheme, request.hostname) == ("https", "kafka.eu-west-1.amazonaws.com")
    assert fields["Action"] == "kafka-cluster:Connect"
    assert fields["X-Amz-Credential"].startswith("AKIAEXAMPLE/")
    assert fields["X-Amz-Credential"].endswith("/eu-west-1/kafka-cluster/aws4_request")
    assert fields["X-Amz-Security-Token"] == "session"
    assert len(fields["X-Amz-Signature"]) == 64
    assert 890 <= life_s <= 900
    assert "secret-key-of-the-test" not in request.query


def test_without_aws_credentials_it_is_said_where_they_may_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(AuthenticationError, match=r"no token for the login by AWS_MSK_IAM: .*Give AWS credentials"):
        sign_token("eu-west-1")


def test_without_the_signer_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aws_msk_iam_sasl_signer.MSKAuthTokenProvider", None)
    with pytest.raises(SettingsError, match=r"aws-msk-iam-sasl-signer-python: not installed.*\.\[msk\]"):
        sign_token("eu-west-1")
