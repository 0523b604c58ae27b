"""Protobuf messages to JSON values, by schemas in the language of .proto files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from grpc_tools import protoc

from stream.formats.rejections import BadMessageError
from stream.ingest.registry.client import RegisteredSchema
from stream.ingest.registry.wire_format import message_indexes

SCHEMA_FILE = "streamgauge_schema.proto"

TIMESTAMP = "google.protobuf.Timestamp"
_WRAPPED = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String")
WRAPPERS = frozenset(f"google.protobuf.{kind}Value" for kind in _WRAPPED)
"""Messages that hold one value, so that it may be absent."""


def decoder(schema: RegisteredSchema) -> Callable[[bytes], Any]:
    """Return what decodes the messages of a schema.

    Raises
    ------
    ValueError
        If the schema cannot be used. The decoder raises one for a message that does not fit.
    """
    pool = descriptor_pool.DescriptorPool()
    for file in _compiled(schema):
        pool.Add(file)
    types = pool.FindFileByName(SCHEMA_FILE)
    classes: dict[tuple[int, ...], Any] = {}

    def decode(data: bytes) -> Any:
        try:
            indexes, message = message_indexes(data)
        except BadMessageError as bad:
            raise ValueError(bad.detail) from None
        key = tuple(indexes)
        if key not in classes:
            classes[key] = message_factory.GetMessageClass(_message_type(types, indexes))
        try:
            return _document(classes[key].FromString(message))
        except (DecodeError, OSError) as error:  # A moment that the C library does not know is an OSError.
            raise ValueError(str(error)) from error

    return decode


def _compiled(schema: RegisteredSchema) -> Iterator[descriptor_pb2.FileDescriptorProto]:
    """Compile a schema and what it imports, in order; the compiler reads and writes files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "schemas")
        for name, text in [*schema.references, (SCHEMA_FILE, schema.text)]:
            path = root / name
            if not path.resolve().is_relative_to(root.resolve()):
                raise ValueError(f"a Protobuf schema that imports {name}, which is no relative path")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        output = Path(folder, "descriptors")
        well_known = files("grpc_tools") / "_proto"
        arguments = [f"-I{root}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={output}", SCHEMA_FILE]
        if protoc.main(["protoc", *arguments]) != 0:
            raise ValueError("a Protobuf schema that cannot be compiled; the compiler wrote why to stderr")
        yield from descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file


def _message_type(types: Any, indexes: list[int]) -> Any:
    """Find a message type: an index among the file's types, then among the nested ones of each."""
    found, children = None, list(types.message_types_by_name.values())
    for index in indexes:
        if not 0 <= index < len(children):
            raise ValueError(f"message indexes {indexes}, which the schema does not have")
        found = children[index]
        children = list(found.nested_types)
    return found


def _document(message: Any) -> Any:
    """Return a message as JSON values: fields without presence have their default, others only what was set."""
    name = message.DESCRIPTOR.full_name
    if name == TIMESTAMP:
        return datetime.fromtimestamp(message.seconds + message.nanos / 1e9, UTC)
    if name in WRAPPERS:
        return message.value
    return {field.name: _value(message, field) for field in message.DESCRIPTOR.fields if _is_there(message, field)}


def _is_there(message: Any, field: Any) -> bool:
    return field.type != field.TYPE_BYTES and (not field.has_presence or message.HasField(field.name))


def _value(message: Any, field: Any) -> Any:
    found = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        values = field.message_type.fields_by_name["value"]
        return {str(key): _plain(found[key], values) for key in found}
    if field.is_repeated:
        return [_plain(each, field) for each in found]
    return _plain(found, field)


def _plain(value: Any, field: Any) -> Any:
    if field.type == field.TYPE_MESSAGE or field.type == field.TYPE_GROUP:
        return _document(value)
    if field.type == field.TYPE_ENUM:
        known = field.enum_type.values_by_number.get(value)
        return str(value) if known is None else known.name
    return value
