"""Schemas of the three kinds, and messages of each in the registry's wire format."""

from __future__ import annotations

import io
import json
import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import fastavro

T = 1_795_466_329_005
MOMENT = datetime.fromtimestamp(T / 1000, UTC)

AVRO = json.dumps(
    {
        "type": "record",
        "name": "Reading",
        "namespace": "shop",
        "fields": [
            {"name": "host", "type": "string"},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "cpu", "type": ["null", "double"]},
            {"name": "queue", "type": "long"},
            {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}},
            {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["UP", "DOWN"]}},
        ],
    }
)
COMMON_PROTO = 'syntax = "proto3"; package shop; message Host { string name = 1; }'
PROTO = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "common.proto";
message Other {
  message Reading {
    Host host = 1;
    google.protobuf.Timestamp at = 2;
    double cpu = 3;
    int64 queue = 4;
    optional double absent = 5;
    repeated double many = 6;
    map<string, double> used = 7;
  }
}
"""
JSON_SCHEMA = json.dumps({"type": "object", "properties": {"cpu": {"type": "number"}}})

LABELS = '{host="h",state="UP"}'
AVRO_POINTS = {f"cpu{LABELS}": (T, 0.5), f"queue{LABELS}": (T, 3.0), f"price{LABELS}": (T, 9.95)}
PROTO_POINTS = {
    f'{name}{{host.name="h"}}': (T, value) for name, value in (("cpu", 0.5), ("queue", 0.0), ("used.sda", 0.25))
}
JSON_POINTS = {'cpu{host="j"}': (T, 0.5)}


def framed(schema_id: int, body: bytes) -> bytes:
    return struct.pack(">BI", 0, schema_id) + body


def avro_message(schema_id: int, **more: Any) -> bytes:
    reading = {"host": "h", "at": MOMENT, "cpu": 0.5, "queue": 3, "price": Decimal("9.95"), "state": "UP"}
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(AVRO)), reading | more)
    return framed(schema_id, stream.getvalue())


def proto_message(schema_id: int) -> bytes:
    """Write the bytes by hand: the path to the first type in the first type, then the fields; the queue is 0."""
    at = b"\x08" + _varint(T // 1000) + b"\x10" + _varint(T % 1000 * 1_000_000)
    used = b"\x0a\x03sda\x11" + struct.pack("<d", 0.25)
    body = b"\x0a\x03\x0a\x01h" + b"\x12" + bytes([len(at)]) + at + b"\x19" + struct.pack("<d", 0.5)
    return framed(schema_id, b"\x04\x00\x00" + body + b"\x3a" + bytes([len(used)]) + used)


def json_message(schema_id: int) -> bytes:
    return framed(schema_id, json.dumps({"host": "j", "ts": T, "cpu": 0.5}).encode())


def _varint(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])
