"""Settings of the connection to Kafka: brokers, login, encryption, and who we are in the group."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, SecretStr

from stream.settings.part import Part
from stream.settings.sources import variable
from stream.settings.values import Addresses, File, Mechanism, Name, Protocol, Version


class KafkaSettings(Part):
    """How to reach Kafka."""

    brokers: Addresses = Field(
        default="localhost:9092", description="Brokers to ask first, host:port with commas between."
    )
    broker_version: Version | None = Field(
        default=None, description="Kafka version to assume, such as 2.3, where a broker does not tell its own."
    )
    broker_wait: bool = Field(default=False, description="Wait until a broker answers instead of giving up.")
    security_protocol: Protocol = Field(default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
    sasl_mechanism: Mechanism | None = Field(default=None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    sasl_username: str | None = Field(default=None, description="User name of the login.")
    sasl_password: SecretStr | None = Field(
        default=None, description="Password of the login; not a flag, others would see it."
    )
    sasl_password_file: File | None = Field(
        default=None, description="File whose only line is the password of the login."
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
    ssl_keyfile: File | None = Field(
        default=None, description="PEM file of the key of our own certificate, not encrypted."
    )

    app_id: Name = Field(
        default="streamgauge",
        description="Application id: name of the consumer group, and first part of the changelog topic's name.",
    )
    instance_id: Name | None = Field(
        default=None,
        description="Static group member id: a name that outlives a restart, so that the partitions wait for it.",
    )

    def conflicts(self) -> Iterator[str]:
        """Check login and encryption."""
        yield from super().conflicts()
        yield from self._login() if self.security_protocol.startswith("SASL") else self._login_unused()
        yield from self._certificates()

    def _login(self) -> Iterator[str]:
        protocol = self.security_protocol
        for field in ("sasl_mechanism", "sasl_username"):
            if getattr(self, field) is None:
                yield f"{variable(field)}: not given, but {protocol} needs it"
        if self.sasl_password is None and self.sasl_password_file is None:
            yield f"{variable('sasl_password')}: not given, nor {variable('sasl_password_file')}; {protocol} needs one"
        if self.sasl_password is not None and self.sasl_password_file is not None:
            yield f"{variable('sasl_password')} and {variable('sasl_password_file')}: both given; expected one of them"
        if protocol == "SASL_PLAINTEXT" and not self.allow_sasl_without_tls:
            yield (
                f"{variable('security_protocol')}: SASL_PLAINTEXT sends the login unencrypted; expected SASL_SSL, "
                f"or {variable('allow_sasl_without_tls')}=true if you want just that"
            )

    def _login_unused(self) -> Iterator[str]:
        for field in ("sasl_mechanism", "sasl_username", "sasl_password", "sasl_password_file"):
            if getattr(self, field) is not None:
                yield (
                    f"{variable(field)}: given, but {variable('security_protocol')} is {self.security_protocol}, "
                    "which has no login; expected SASL_SSL"
                )

    def _certificates(self) -> Iterator[str]:
        if not self.security_protocol.endswith("SSL"):
            for field in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
                if getattr(self, field) is not None:
                    yield (
                        f"{variable(field)}: given, but {variable('security_protocol')} is {self.security_protocol}, "
                        "which is not encrypted; expected SSL or SASL_SSL"
                    )
        elif (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            missing = "ssl_certfile" if self.ssl_certfile is None else "ssl_keyfile"
            yield f"{variable(missing)}: not given; a certificate and its key belong together"
