"""Metadata property of a bundle: read, written, hashed."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec.structs import replace

from stream.errors import ModelError
from stream.model.document import Metadata
from stream.model.onnx.graph import METADATA_PROPERTIES, Description
from stream.model.onnx.wire import ProtobufMessage, write_bytes_field
from stream.model.windowed import KINDS, Kind

PROPERTY = "streamgauge"
FORMAT = 1
UNKNOWN = "0" * 64


class _Header(msgspec.Struct):
    format: int
    kind: str


def digest(model: bytes) -> str:
    """Hash a model without its metadata property.

    The same before and after sealing, so that it names the network whatever it is called later.

    Parameters
    ----------
    model : bytes
        A serialised ONNX model, sealed or not.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    ModelError
        If the bytes are not a message of protocol buffers.
    """
    return sha256(unsealed(model)).hexdigest()


def checksum(document: bytes, stored: str) -> str:
    """Hash a metadata document with zeroed checksum digits.

    Parameters
    ----------
    document : bytes
        The JSON as it stands in the file; no other spelling of the same document has its checksum.
    stored : str
        The checksum in the document.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    return sha256(document.replace(stored.encode(), UNKNOWN.encode())).hexdigest()


def unsealed(model: bytes) -> bytes:
    """Return a model's bytes without the metadata property.

    Raises
    ------
    ModelError
        If the bytes are not a message of protocol buffers.
    """
    return ProtobufMessage.read(model).without(METADATA_PROPERTIES, lambda entry: entry.text(1) == PROPERTY)


def property_of(description: Description) -> bytes:
    """Find the metadata document of a bundle.

    Raises
    ------
    ModelError
        If there is none, or more than one.
    """
    documents = [value for key, value in description.metadata if key == PROPERTY]
    if len(documents) != 1:
        raise ModelError(
            f"expected one metadata property `{PROPERTY}`, found {len(documents)}: a bare ONNX model is no bundle, "
            "make one of it with `streamgauge model wrap`"
        )
    return documents[0]


def read_metadata(document: bytes) -> Kind:
    """Parse a metadata document strictly.

    Raises
    ------
    ModelError
        If it is not JSON, of another format, of an unknown kind, or any field is wrong; the text names the field.
    """
    try:
        header = msgspec.json.decode(document, type=_Header)
        if header.format != FORMAT:
            raise ModelError(
                f"expected metadata of format {FORMAT}, found {header.format}: "
                "the bundle was made for another version of streamgauge, export it again"
            )
        if header.kind not in KINDS:
            raise ModelError(f"expected a kind out of {', '.join(KINDS)}, found `{header.kind}`")
        return msgspec.json.decode(document, type=KINDS[header.kind])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"the metadata is not a document of format {FORMAT}: {error}") from error


def with_metadata(model: bytes, metadata: Metadata) -> bytes:
    """Write metadata with both hashes into a model.

    Parameters
    ----------
    model : bytes
        A serialised ONNX model without the property.
    metadata : Metadata
        Its `digest` and `checksum` are overwritten.

    Returns
    -------
    bytes
        The bundle: the model's own bytes, then the property.
    """
    blank = msgspec.json.encode(replace(metadata, digest=digest(model), checksum=UNKNOWN))
    document = blank.replace(UNKNOWN.encode(), checksum(blank, UNKNOWN).encode())
    return with_document(model, document)


def with_document(model: bytes, document: bytes) -> bytes:
    """Append a metadata document to a model's bytes."""
    entry = write_bytes_field(1, PROPERTY.encode()) + write_bytes_field(2, document)
    return model + write_bytes_field(METADATA_PROPERTIES, entry)
