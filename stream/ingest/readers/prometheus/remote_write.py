"""The parts of Prometheus' remote write 1 and 2 that we read, as one protobuf message.

No package carries them. Names and numbers of the fields are those of the specifications,
https://prometheus.io/docs/specs/prw/remote_write_spec/ and remote_write_spec_2_0/; what they have beyond these is
passed over. A request is of one version: the second keeps the numbers of the first free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_TYPES: Mapping[str, int] = {
    "double": _FIELD.TYPE_DOUBLE,
    "int64": _FIELD.TYPE_INT64,
    "sint32": _FIELD.TYPE_SINT32,
    "sint64": _FIELD.TYPE_SINT64,
    "string": _FIELD.TYPE_STRING,
    "uint32": _FIELD.TYPE_UINT32,
    "uint64": _FIELD.TYPE_UINT64,
}
_PACKAGE = "streamgauge.prometheus"


class _Field(NamedTuple):
    """A field of a message; a type that is no scalar is a message's name."""

    name: str
    number: int
    kind: str
    repeated: bool = False


_MESSAGES: Mapping[str, Sequence[_Field]] = {
    "Label": [_Field("name", 1, "string"), _Field("value", 2, "string")],
    "Sample": [_Field("value", 1, "double"), _Field("timestamp", 2, "int64")],
    "BucketSpan": [_Field("offset", 1, "sint32"), _Field("length", 2, "uint32")],
    "Histogram": [
        _Field("count_int", 1, "uint64"),
        _Field("count_float", 2, "double"),
        _Field("sum", 3, "double"),
        _Field("schema", 4, "sint32"),
        _Field("zero_threshold", 5, "double"),
        _Field("zero_count_int", 6, "uint64"),
        _Field("zero_count_float", 7, "double"),
        _Field("negative_spans", 8, "BucketSpan", repeated=True),
        _Field("negative_deltas", 9, "sint64", repeated=True),
        _Field("negative_counts", 10, "double", repeated=True),
        _Field("positive_spans", 11, "BucketSpan", repeated=True),
        _Field("positive_deltas", 12, "sint64", repeated=True),
        _Field("positive_counts", 13, "double", repeated=True),
        _Field("reset_hint", 14, "uint32"),
        _Field("timestamp", 15, "int64"),
        _Field("custom_values", 16, "double", repeated=True),
    ],
    "Metadata": [_Field("type", 1, "uint32")],
    "TimeSeries": [
        _Field("labels", 1, "Label", repeated=True),
        _Field("samples", 2, "Sample", repeated=True),
        _Field("histograms", 4, "Histogram", repeated=True),
    ],
    "TimeSeries2": [
        _Field("labels_refs", 1, "uint32", repeated=True),
        _Field("samples", 2, "Sample", repeated=True),
        _Field("histograms", 3, "Histogram", repeated=True),
        _Field("metadata", 5, "Metadata"),
    ],
    "WriteRequest": [
        _Field("timeseries", 1, "TimeSeries", repeated=True),
        _Field("symbols", 4, "string", repeated=True),
        _Field("timeseries2", 5, "TimeSeries2", repeated=True),
    ],
}
"""Fields of each message. An enumeration is read as the number that it is on the wire."""


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="streamgauge/remote.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields:
            described = message.field.add(name=field.name, number=field.number)
            described.label = _FIELD.LABEL_REPEATED if field.repeated else _FIELD.LABEL_OPTIONAL
            described.type = _TYPES.get(field.kind, _FIELD.TYPE_MESSAGE)
            if field.kind not in _TYPES:
                described.type_name = f".{_PACKAGE}.{field.kind}"
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())

WriteRequest = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{_PACKAGE}.WriteRequest"))
"""The message of a request of either version, unpacked."""
