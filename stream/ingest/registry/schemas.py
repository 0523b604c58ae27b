"""Schemas by id: fetched once, and waited for while the registry is down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import msgspec
import structlog

from stream.errors import SettingsError, StreamgaugeError
from stream.formats.rejections import BadMessageError
from stream.ingest.readers.flat import TIMES
from stream.ingest.registry.client import RegisteredSchema, RegistryClient, UnknownSchemaError
from stream.ingest.registry.wire_format import FORMAT, payload, schema_id
from stream.ingest.samples.decoding import mismatch
from stream.ingest.samples.sample import Histogram, Reader, Sample, SampleRow
from stream.settings.commands import SchemaRegistrySettings
from stream.settings.sources import variable

Decoder = Callable[[bytes], Any]
"""The bytes of a message to JSON values; a ValueError says why not."""

PAUSE_S: Final = 5.0
"""Between two tries while the registry does not answer."""

COMPILED: Final = ("AVRO", "PROTOBUF")
"""Kinds of schemas from which a decoder is built."""

NEEDED: Final = ("fastavro", "grpc_tools")
INSTALL: Final = "install the extra registry, from a clone: pip install -c constraints.txt '.[registry]'"

log = structlog.get_logger(__name__)


class Schemas:
    """Decodes messages of the registry's wire format.

    `prepare` fetches what is missing; `to_json` then asks nobody.

    Raises
    ------
    SettingsError
        If the packages of the extra are not installed, or a file of the settings cannot be used.
    """

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        self._decoders: dict[int, Decoder | BadMessageError] = {}
        self._client = None
        if settings.schema_registry_url is not None:
            missing = [name for name in NEEDED if find_spec(name) is None]
            if missing:
                raise SettingsError(f"{', '.join(missing)}: not installed; {INSTALL}")
            self._client = RegistryClient(settings)

    async def prepare(self, values: Iterable[bytes | None]) -> None:
        """Fetch the schemas of messages, waiting for a registry that does not answer."""
        if self._client is None:
            return
        ids = {schema_id(value) for value in values if value is not None}
        for missing in sorted(each for each in ids if each is not None and each not in self._decoders):
            self._decoders[missing] = await self._fetch(missing, self._client)

    async def _fetch(self, missing: int, client: RegistryClient) -> Decoder | BadMessageError:
        while True:
            try:
                return await asyncio.to_thread(_decoder, client, missing)
            except StreamgaugeError as error:
                log.warning("waiting for the Schema Registry", schema=missing, text=str(error))
            await asyncio.sleep(PAUSE_S)

    def to_json(self, value: bytes) -> bytes:
        """Return a message as JSON.

        Raises
        ------
        BadMessageError
            If it has another format, its schema is unknown or cannot be used, or it does not fit the schema.
        """
        found = schema_id(value)
        if found is None:
            raise mismatch(FORMAT, "no zero byte and schema id at the beginning")
        if self._client is None:
            raise mismatch(FORMAT, f"schema {found}; set {variable('schema_registry_url')} to read it")
        decoder = self._decoders[found]
        if isinstance(decoder, BadMessageError):
            raise decoder
        try:
            return msgspec.json.encode(_plain(decoder(payload(value))))
        except (ValueError, OverflowError, RecursionError) as error:
            raise mismatch(FORMAT, f"schema {found}: {error}") from None


def _decoder(client: RegistryClient, schema: int) -> Decoder | BadMessageError:
    try:
        registered = client.schema(schema)
    except UnknownSchemaError as error:
        return mismatch(FORMAT, f"the registry has no schema {schema}: {error}")
    if registered.kind == "JSON":
        return msgspec.json.decode
    if registered.kind not in COMPILED:
        return mismatch(FORMAT, f"schema {schema} of the kind {registered.kind}, expected AVRO, PROTOBUF or JSON")
    try:
        return _compiled(registered)
    except ValueError as error:
        return mismatch(FORMAT, f"schema {schema}: {error}")


def _compiled(registered: RegisteredSchema) -> Decoder:
    """Build the decoder of an Avro or Protobuf schema, whose packages are loaded when one comes."""
    if registered.kind == "AVRO":
        avro: Decoder = import_module("stream.ingest.registry.avro").decoder(registered)
        return avro
    protobuf: Decoder = import_module("stream.ingest.registry.protobuf").decoder(registered)
    return protobuf


def _plain(document: Any) -> Any:
    """Return a document as JSON values, with its time in a field that is known to hold one.

    A moment that is not the document's time is left out: it would become a series.
    """
    if not isinstance(document, dict):
        return _value(document)
    moments = {name: found for name, found in document.items() if isinstance(found, datetime)}
    own = next((name for name in document if name.lower() in TIMES), None) or next(iter(moments), None)
    plain = {name: _value(found) for name, found in document.items() if name not in moments}
    if own is not None and own in moments:
        plain = {own if own.lower() in TIMES else "timestamp": _milliseconds(moments[own])} | plain
    return plain


def _value(found: Any) -> Any:
    match found:
        case dict():
            return {str(name): _value(each) for name, each in found.items() if not isinstance(each, datetime)}
        case list() | tuple():
            return [_value(each) for each in found]
        case Decimal():
            return float(found)
        case date():
            return found.isoformat()
        case bool() | int() | float() | str():
            return found
    return None


def _milliseconds(moment: datetime) -> int:
    """Return a moment as milliseconds; one without a zone is in UTC."""
    return round(1000 * (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class RegistryReader:
    """Reads messages whose fields mean what those of a JSON object do.

    Parameters
    ----------
    schemas : Schemas
        Prepared for every message that is read.
    of_json : Reader
        What reads a JSON object of this topic.
    """

    def __init__(self, schemas: Schemas, of_json: Reader) -> None:
        self._schemas = schemas
        self._of_json = of_json

    def __call__(self, value: bytes, received_ms: int) -> Iterator[Sample | SampleRow | Histogram]:
        """Read a message."""
        yield from self._of_json(self._schemas.to_json(value), received_ms)
