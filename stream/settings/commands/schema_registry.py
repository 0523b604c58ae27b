"""Settings of the Schema Registry that ingest asks."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, SecretStr

from stream.settings.part import Part
from stream.settings.sources import variable
from stream.settings.values import File, Url

_LOGIN = ("schema_registry_username", "schema_registry_password", "schema_registry_password_file")


class SchemaRegistrySettings(Part):
    """How to reach the registry."""

    schema_registry_url: Url | None = Field(
        default=None, description="Schema Registry for streamgauge ingest: Avro, Protobuf and JSON Schema."
    )
    schema_registry_username: str | None = Field(default=None, description="User name for the registry, or API key.")
    schema_registry_password: SecretStr | None = Field(
        default=None,
        description="Password for the registry, or API secret; without a user name it is sent as bearer token.",
    )
    schema_registry_password_file: File | None = Field(
        default=None, description="File whose only line is the password for the registry."
    )
    schema_registry_cafile: File | None = Field(
        default=None, description="PEM file of authorities for the registry; without it the system's."
    )
    allow_registry_without_tls: bool = Field(
        default=False, description="Allow a login to a registry by http, which sends it unencrypted."
    )

    def conflicts(self) -> Iterator[str]:
        """Check the login."""
        yield from super().conflicts()
        given = [field for field in _LOGIN if getattr(self, field) is not None]
        if self.schema_registry_url is None:
            for field in (*given, *(["schema_registry_cafile"] if self.schema_registry_cafile else [])):
                yield f"{variable(field)}: given, but {variable('schema_registry_url')} is not; expected both or none"
            return
        if given == ["schema_registry_username"]:
            yield f"{variable(_LOGIN[1])}: not given, nor {variable(_LOGIN[2])}; the user name needs one"
        if self.schema_registry_password is not None and self.schema_registry_password_file is not None:
            yield f"{variable(_LOGIN[1])} and {variable(_LOGIN[2])}: both given; expected one of them"
        if given and self.schema_registry_url.startswith("http:") and not self.allow_registry_without_tls:
            yield (
                f"{variable('schema_registry_url')}: http sends the login unencrypted; expected https, or "
                f"{variable('allow_registry_without_tls')}=true if you want just that"
            )
