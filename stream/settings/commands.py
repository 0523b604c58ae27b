"""Settings of single commands: ingest with its Schema Registry, notify and the page."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from stream.settings.sources import variable
from stream.settings.values import File, Part, TimestampUnit, Url, Zone, is_loopback

REGISTRY = (
    *("schema_registry_url", "schema_registry_username", "schema_registry_password_file"),
    *("schema_registry_cafile", "allow_registry_without_tls"),
)
"""Fields of the Schema Registry that are flags; a password is none."""

_LOGIN = ("schema_registry_username", "schema_registry_password", "schema_registry_password_file")


class IngestTopic(Part):
    """One `[[ingest.topics]]` table: a topic, or a pattern of topics, and what its messages mean."""

    topic: str = Field(min_length=1, description="Name or pattern: `*`, `?` and `[abc]` as in a shell.")
    format: str = Field(default="auto", description="Format of its messages; `auto` finds it from the first ones.")
    timestamp_unit: TimestampUnit = Field(
        default="auto", description="Unit of numbers that are times: `s`, `ms`, `us`, `ns`; `auto` tells by their size."
    )
    timezone: Zone = Field(default="UTC", description="Zone of ISO 8601 times without an offset.")
    points: str | None = Field(
        default=None, description="Path of the objects that hold a point each, such as `$.readings[*]`."
    )
    time: str | None = Field(default=None, description="Path of the time; without it the message's own.")
    name: str | None = Field(default=None, description="Path of the metric's name.")
    values: dict[str, str] = Field(default={}, description="Paths of the numbers, by name.")
    labels: dict[str, str] = Field(default={}, description="Paths of the labels, by name.")

    def conflicts(self) -> Iterator[str]:
        """Check that what describes JSON is for JSON."""
        yield from super().conflicts()
        others = [field for field in ("points", "time", "name", "labels") if getattr(self, field)]
        if others and not self.values:
            yield f"values together with {', '.join(others)}: without it nothing says what the numbers are"
        if self.values and self.format not in ("auto", "json"):
            yield "format json, or none, together with values, whose paths are those of JSON"
        has_times = (self.timestamp_unit, self.timezone) != ("auto", "UTC")
        if has_times and not self.values and self.format not in ("json", "native"):
            yield "format json or native together with timestamp_unit or timezone: other formats fix their times"


class IngestSettings(Part):
    """The `[ingest]` table."""

    topics: tuple[IngestTopic, ...] = Field(default=(), description="Topics to read, as `[[ingest.topics]]` tables.")
    name: str = Field(
        default="{name}", description="What stands before the labels of a series, such as `{host}/{name}`."
    )
    drop_labels: tuple[str, ...] = Field(default=(), description="Labels that are left out of series' names.")
    keep_labels: tuple[str, ...] = Field(default=(), description="The only labels that are kept; all without it.")
    new_series: int = Field(default=10_000, ge=1, description="New series a minute that are admitted.")


def _table(value: object) -> object:
    """Parse JSON of an environment variable; pass a table through."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError(f'a JSON object such as {{"drop_labels": ["pod_uid"]}} ({error})') from error


Ingest = Annotated[IngestSettings, NoDecode, BeforeValidator(_table)]


INGEST_TABLES = {"ingest": tuple(IngestSettings.model_fields), "topics": tuple(IngestTopic.model_fields)}
"""Fields of each table, as they are written in a file."""


class IngestPart(Part):
    """Settings of ingest among all settings."""

    ingest: Ingest = Field(
        default=IngestSettings(), description="Settings of streamgauge ingest, as a JSON object: see docs/ingest.md."
    )


class NotifySettings(Part):
    """Where the notifier finds its receivers and routes."""

    notify_file: File | None = Field(
        default=None, description="TOML file of receivers and routes of `streamgauge notify`."
    )


class PageSettings(Part):
    """How the live page is served."""

    page_host: str = Field(default="127.0.0.1", min_length=1, description="Address of the live page.")
    page_port: int = Field(default=8720, ge=0, le=65535, description="Port of the live page; 0 takes a free one.")
    page_token_file: File | None = Field(
        default=None,
        description="File whose only line is the token that a browser must give; needed beyond loopback.",
    )
    page_user_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="Header with the user's name that a trusted proxy sets after login, instead of a token.",
    )
    page_proxies: str = Field(
        default="127.0.0.1,::1", description="Addresses whose user header is believed, with commas between."
    )
    page_names: str = Field(
        default="",
        description="Further host names under which browsers may open the page, with commas between.",
    )
    page_data: Path | None = Field(
        default=None,
        description="Folder of the page's history; without it streamgauge/page in the user's state folder.",
    )
    page_days: float = Field(default=7, gt=0, le=365, description="Days for which the page keeps what it has seen.")
    page_max_mb: int = Field(default=2_000, ge=50, description="Megabytes that the page's history may take.")

    @property
    def page_is_open(self) -> bool:
        """Whether anybody who reaches the page may use it."""
        return self.page_token_file is None and self.page_user_header is None

    def conflicts(self) -> Iterator[str]:
        """Check that a page for others asks who they are."""
        yield from super().conflicts()
        if self.page_is_open and not is_loopback(self.page_host):
            yield (
                f"{variable('page_host')}: {self.page_host} is not loopback, so others could mute your alerts; "
                f"expected {variable('page_token_file')}, or {variable('page_user_header')} behind a proxy that logs in"
            )
        for address in self.page_proxies.split(","):
            try:
                ipaddress.ip_network(address.strip())
            except ValueError:
                yield f"{variable('page_proxies')}: expected addresses or networks; found {address!r}"


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
