"""Settings of the connection to Kafka: brokers, login and encryption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import Field, SecretStr

from stream.settings.sources import variable
from stream.settings.values import Addresses, File, Mechanism, Name, Pairs, Part, Protocol, Url, Version

_PASSWORD = ("sasl_password", "sasl_password_file")
_KEY_PASSWORD = ("ssl_key_password", "ssl_key_password_file")


class KafkaSettings(Part):
    """How to reach Kafka."""

    brokers: Addresses = Field(
        default="localhost:9092", description="Brokers to ask first, host:port with commas between."
    )
    broker_version: Version | None = Field(
        default=None, description="Kafka version to assume, such as 2.3, where a broker does not tell its own."
    )
    broker_wait: bool = Field(default=False, description="Wait until a broker answers instead of giving up.")
    app_id: Name = Field(
        default="streamgauge",
        description="Application id: name of the consumer group, and first part of the changelog topic's name.",
    )
    instance_id: Name | None = Field(
        default=None,
        description="Static group member id: a name that outlives a restart, so that the partitions wait for it.",
    )


class _LoginFields(NamedTuple):
    """Settings of a mechanism: needed ones, whether it has a password, optional ones."""

    needed: tuple[str, ...] = ()
    password: bool = False
    optional: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        return (*self.needed, *(_PASSWORD if self.password else ()), *self.optional)


_BY_PASSWORD = _LoginFields(("sasl_username",), password=True)


LOGINS: Mapping[Mechanism, _LoginFields] = {
    "PLAIN": _BY_PASSWORD,
    "SCRAM-SHA-256": _BY_PASSWORD,
    "SCRAM-SHA-512": _BY_PASSWORD,
    "OAUTHBEARER": _LoginFields(
        ("sasl_username", "sasl_token_url"),
        password=True,
        optional=("sasl_token_scope", "sasl_token_extensions", "sasl_token_cafile"),
    ),
    "AWS_MSK_IAM": _LoginFields(("sasl_aws_region",)),
    "GSSAPI": _LoginFields(optional=("sasl_kerberos_service",)),
}
"""Settings that each mechanism reads."""


_LOGIN_FIELDS = sorted({field for login in LOGINS.values() for field in login.all()})


class SecuritySettings(KafkaSettings):
    """Login, and certificates."""

    security_protocol: Protocol = Field(default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
    sasl_mechanism: Mechanism | None = Field(
        default=None, description="PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, AWS_MSK_IAM or GSSAPI."
    )
    sasl_username: str | None = Field(
        default=None, description="User name of the login; for OAUTHBEARER the client id."
    )
    sasl_password: SecretStr | None = Field(
        default=None,
        description="Password of the login, or client secret; not a flag, others would see it.",
    )
    sasl_password_file: File | None = Field(
        default=None, description="File whose only line is the password of the login."
    )
    sasl_token_url: Url | None = Field(
        default=None, description="Token endpoint of the OpenID Connect provider, for OAUTHBEARER."
    )
    sasl_token_scope: str | None = Field(default=None, description="Scope to ask the token endpoint for.")
    sasl_token_extensions: Pairs | None = Field(
        default=None, description="SASL extensions sent with the token, such as logicalCluster=lkc-1."
    )
    sasl_token_cafile: File | None = Field(
        default=None, description="PEM file of authorities for the token endpoint; without it the system's."
    )
    sasl_aws_region: str | None = Field(default=None, description="Region of the MSK cluster, for AWS_MSK_IAM.")
    sasl_kerberos_service: str | None = Field(
        default=None, description="Service name of the brokers' principal, for GSSAPI; without it kafka."
    )
    allow_sasl_without_tls: bool = Field(
        default=False, description="Allow SASL_PLAINTEXT, which sends the login unencrypted."
    )
    ssl_cafile: File | None = Field(
        default=None, description="PEM file of trusted certificate authorities; without it the system's."
    )
    ssl_certfile: File | None = Field(
        default=None, description="PEM file of our own certificate, where brokers ask for one."
    )
    ssl_keyfile: File | None = Field(default=None, description="PEM file of the key of our own certificate.")
    ssl_key_password: SecretStr | None = Field(
        default=None, description="Password of an encrypted key; not a flag, others would see it."
    )
    ssl_key_password_file: File | None = Field(
        default=None, description="File whose only line is the password of an encrypted key."
    )

    @property
    def login_name(self) -> str:
        """Who logs in; empty without a login."""
        names = {"AWS_MSK_IAM": "the AWS credentials", "GSSAPI": "the Kerberos ticket", None: ""}
        return names.get(self.sasl_mechanism, self.sasl_username or "")

    @property
    def login_fields(self) -> list[str]:
        """Settings that the login needs."""
        login = _LoginFields() if self.sasl_mechanism is None else LOGINS[self.sasl_mechanism]
        return [*login.needed, *(_PASSWORD[:1] if login.password else ())]

    def conflicts(self) -> Iterator[str]:
        """Check login and encryption."""
        yield from super().conflicts()
        yield from self._login() if self.security_protocol.startswith("SASL") else self._login_unused()
        yield from self._certificates()

    def _login(self) -> Iterator[str]:
        protocol, mechanism = self.security_protocol, self.sasl_mechanism
        if mechanism is None:
            yield f"{variable('sasl_mechanism')}: not given, but {protocol} needs it"
            return
        login = LOGINS[mechanism]
        for field in login.needed:
            if getattr(self, field) is None:
                yield f"{variable(field)}: not given, but {protocol} needs it for {mechanism}"
        if login.password:
            if all(getattr(self, field) is None for field in _PASSWORD):
                yield f"{variable(_PASSWORD[0])}: not given, nor {variable(_PASSWORD[1])}; {protocol} needs one"
            yield from self._two_passwords(*_PASSWORD)
        for field in self._given(_LOGIN_FIELDS):
            if field not in login.all():
                yield f"{variable(field)}: given, but {mechanism} does not use it; expected it to be left out"
        yield from self._unencrypted_login()

    def _unencrypted_login(self) -> Iterator[str]:
        if self.allow_sasl_without_tls:
            return
        allow = f"or {variable('allow_sasl_without_tls')}=true if you want just that"
        if self.security_protocol == "SASL_PLAINTEXT":
            what = "SASL_PLAINTEXT sends the login unencrypted"
            yield f"{variable('security_protocol')}: {what}; expected SASL_SSL, {allow}"
        if self.sasl_token_url is not None and self.sasl_token_url.startswith("http:"):
            yield f"{variable('sasl_token_url')}: http sends the client secret unencrypted; expected https, {allow}"

    def _login_unused(self) -> Iterator[str]:
        for field in self._given(["sasl_mechanism", *_LOGIN_FIELDS]):
            yield (
                f"{variable(field)}: given, but {variable('security_protocol')} is {self.security_protocol}, "
                "which has no login; expected SASL_SSL"
            )

    def _certificates(self) -> Iterator[str]:
        yield from self._two_passwords(*_KEY_PASSWORD)
        if not self.security_protocol.endswith("SSL"):
            for field in self._given(["ssl_cafile", "ssl_certfile", "ssl_keyfile", *_KEY_PASSWORD]):
                yield (
                    f"{variable(field)}: given, but {variable('security_protocol')} is {self.security_protocol}, "
                    "which is not encrypted; expected SSL or SASL_SSL"
                )
        elif (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            missing = "ssl_certfile" if self.ssl_certfile is None else "ssl_keyfile"
            yield f"{variable(missing)}: not given; a certificate and its key belong together"
        elif self.ssl_keyfile is None:
            for field in self._given(_KEY_PASSWORD):
                yield f"{variable(field)}: given, but {variable('ssl_keyfile')} is not; expected both or none"

    def _two_passwords(self, field: str, file_field: str) -> Iterator[str]:
        if None not in (getattr(self, field), getattr(self, file_field)):
            yield f"{variable(field)} and {variable(file_field)}: both given; expected one of them"

    def _given(self, fields: Iterable[str]) -> list[str]:
        return [field for field in fields if getattr(self, field) is not None]
