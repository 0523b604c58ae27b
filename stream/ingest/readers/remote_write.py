"""The part of Prometheus' remote-write protocol 1 that we read, as a protobuf message.

No package carries it. Names and numbers of the fields are those of the specification,
https://prometheus.io/docs/specs/prw/remote_write_spec/; what it has beyond these is passed over.
"""

from __future__ import annotations

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "string": _FIELD.TYPE_STRING,
    "double": _FIELD.TYPE_DOUBLE,
    "int64": _FIELD.TYPE_INT64,
}
_PACKAGE = "streamgauge.prometheus"

_MESSAGES = {
    "Label": [("name", 1, "string"), ("value", 2, "string")],
    "Sample": [("value", 1, "double"), ("timestamp", 2, "int64")],
    "TimeSeries": [("labels", 1, "Label"), ("samples", 2, "Sample")],
    "WriteRequest": [("timeseries", 1, "TimeSeries")],
}
"""Each field's name, number and type; one that is a message is repeated."""


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="streamgauge/remote.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            if kind in _TYPES:
                message.field.add(name=field, number=number, type=_TYPES[kind], label=_FIELD.LABEL_OPTIONAL)
            else:
                type_name = f".{_PACKAGE}.{kind}"
                message.field.add(
                    name=field,
                    number=number,
                    type=_FIELD.TYPE_MESSAGE,
                    type_name=type_name,
                    label=_FIELD.LABEL_REPEATED,
                )
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())

WriteRequest = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{_PACKAGE}.WriteRequest"))
"""The message of a request, unpacked."""
