"""The registry's HTTP API, as far as readers need it."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple
from urllib.parse import quote

from stream.errors import AuthenticationError, BrokerUnreachableError
from stream.kafka.login.http import NoAnswerError, ask
from stream.kafka.login.passwords import read_password
from stream.kafka.login.tls import trusting
from stream.settings.commands import SchemaRegistrySettings
from stream.settings.sources import variable

ACCEPTED = "application/vnd.schemaregistry.v1+json, application/json"

MAX_REFERENCES = 100
"""Schemas that one schema may need."""


class Reference(NamedTuple):
    """A schema that another one imports by a name."""

    name: str
    text: str


class RegisteredSchema(NamedTuple):
    """A schema as it is registered."""

    kind: str
    """AVRO, PROTOBUF or JSON."""
    text: str
    references: list[Reference]
    """What it needs, each after those that it needs itself."""


class UnknownSchemaError(Exception):
    """The registry has no such schema."""


class RegistryClient:
    """Asks a registry for schemas."""

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        self._url = settings.schema_registry_url or ""
        self._context = trusting(settings.schema_registry_cafile, "schema_registry_cafile")
        self._headers = {"Accept": ACCEPTED} | _login(settings)

    def schema(self, schema_id: int) -> RegisteredSchema:
        """Return a schema with all that it needs.

        Raises
        ------
        UnknownSchemaError
            If there is none with this id.
        BrokerUnreachableError
            If the registry does not answer as one.
        AuthenticationError, CertificateError
            If it refuses the login, or is not trusted.
        """
        document = self._get(f"/schemas/ids/{schema_id}")
        references: dict[str, str] = {}
        self._collect(document, references)
        found = [Reference(name, text) for name, text in references.items()]
        return RegisteredSchema(document.get("schemaType") or "AVRO", document["schema"], found)

    def _collect(self, document: dict[str, Any], references: dict[str, str]) -> None:
        for each in document.get("references") or []:
            name = each["name"]
            if name in references:
                continue
            if len(references) >= MAX_REFERENCES:
                raise UnknownSchemaError(f"more than {MAX_REFERENCES} references")
            needed = self._get(f"/subjects/{quote(each['subject'], safe='')}/versions/{each['version']}")
            self._collect(needed, references)
            references[name] = needed["schema"]

    def _get(self, path: str) -> dict[str, Any]:
        try:
            answer = ask(self._url + path, self._context, "schema_registry_cafile", self._headers, None)
        except NoAnswerError as error:
            raise BrokerUnreachableError(
                f"the Schema Registry {self._url} does not answer: {error}. Check {variable('schema_registry_url')}"
            ) from error
        if answer.status in (401, 403):
            raise AuthenticationError(
                f"the Schema Registry {self._url} refused the login: HTTP {answer.status}. "
                f"Check {variable('schema_registry_username')} and {variable('schema_registry_password')}"
            )
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if answer.status == 404 and isinstance(document, dict) and "error_code" in document:
            raise UnknownSchemaError(str(document.get("message") or "HTTP 404"))
        if answer.status != 200 or not isinstance(document, dict) or not isinstance(document.get("schema"), str):
            raise BrokerUnreachableError(
                f"the Schema Registry {self._url} gave HTTP {answer.status} and no schema for {path}. "
                f"Check {variable('schema_registry_url')}, with the path of its API if it has one"
            )
        return document


def _login(settings: SchemaRegistrySettings) -> dict[str, str]:
    password = read_password(
        "schema_registry_password_file", settings.schema_registry_password, settings.schema_registry_password_file
    )
    if password is None:
        return {}
    if settings.schema_registry_username is None:
        return {"Authorization": f"Bearer {password!s}"}
    login = base64.b64encode(f"{settings.schema_registry_username}:{password!s}".encode())
    return {"Authorization": f"Basic {login.decode()}"}
