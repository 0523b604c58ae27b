"""Bytes to points, events to bytes: everything that crosses a topic, without a broker in sight."""

from __future__ import annotations

from stream.formats.anomalies import AnyEvent, decode_event
from stream.formats.cloud_event import event_id
from stream.formats.csv_columns import CsvFormat
from stream.formats.csv_points import CsvReader, Row
from stream.formats.dead_letter import check_headers, dead_letter
from stream.formats.events import (
    Episode,
    Input,
    Model,
    Score,
    Shares,
    decode_episode,
    direction,
    encode_episode,
    encode_score,
    episode_headers,
    episode_id,
)
from stream.formats.points import Decoder, Points, encode_points
from stream.formats.reasons import BadMessageError, Reason
from stream.formats.schemas import schema
from stream.formats.silences import Silence, encode_silence, silence_headers, silence_id

__all__ = [
    "AnyEvent",
    "BadMessageError",
    "CsvFormat",
    "CsvReader",
    "Decoder",
    "Episode",
    "Input",
    "Model",
    "Points",
    "Reason",
    "Row",
    "Score",
    "Shares",
    "Silence",
    "check_headers",
    "dead_letter",
    "decode_episode",
    "decode_event",
    "direction",
    "encode_episode",
    "encode_points",
    "encode_score",
    "encode_silence",
    "episode_headers",
    "episode_id",
    "event_id",
    "schema",
    "silence_headers",
    "silence_id",
]
