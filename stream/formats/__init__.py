"""Bytes to points, events to bytes: everything that crosses a topic, without a broker in sight."""

from __future__ import annotations

from stream.formats.csv_columns import CsvFormat
from stream.formats.csv_points import CsvReader, Row
from stream.formats.dead_letter import dead_letter_headers
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
    event_id,
    severity,
)
from stream.formats.points import Decoder, Points, encode_points
from stream.formats.reasons import BadMessageError, Reason
from stream.formats.schemas import schema

__all__ = [
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
    "dead_letter_headers",
    "decode_episode",
    "direction",
    "encode_episode",
    "encode_points",
    "encode_score",
    "episode_headers",
    "episode_id",
    "event_id",
    "schema",
    "severity",
]
