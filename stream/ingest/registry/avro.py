"""Avro messages to JSON values."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

from stream.ingest.registry.client import RegisteredSchema


def decoder(schema: RegisteredSchema) -> Callable[[bytes], Any]:
    """Return what decodes the messages of a schema.

    Raises
    ------
    ValueError
        If the schema cannot be used. The decoder raises one for a message that does not fit.
    """
    named: dict[str, Any] = {}
    try:
        for reference in schema.references:
            fastavro.parse_schema(json.loads(reference.text), named_schemas=named)
        parsed = fastavro.parse_schema(json.loads(schema.text), named_schemas=named)
    except (SchemaParseException, UnknownType, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"an Avro schema that cannot be used: {error}") from error

    def decode(data: bytes) -> Any:
        stream = io.BytesIO(data)
        try:
            # A damaged message makes the library fail in many ways.
            document = fastavro.schemaless_reader(stream, parsed, None)
        except Exception as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error
        if stream.tell() != len(data):
            raise ValueError(f"{len(data) - stream.tell()} bytes after the end of the message")
        return document

    return decode
