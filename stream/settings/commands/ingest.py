"""Settings of `streamgauge ingest`: which topics it reads, what their messages mean, how series are named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from stream.settings.part import Part
from stream.settings.values import TimestampUnit, Zone


class IngestTopic(Part):
    """One `[[ingest.topics]]` table: a topic, or a pattern of topics, and what its messages mean."""

    topic: str = Field(min_length=1, description="Name or pattern: `*`, `?` and `[abc]` as in a shell.")
    format: str = Field(default="auto", description="Format of its messages; `auto` finds it from the first ones.")
    timestamp_unit: TimestampUnit = Field(
        default="auto", description="Unit of numbers that are times: `s`, `ms`, `us`, `ns`; `auto` tells by their size."
    )
    timezone: Zone = Field(default="UTC", description="Zone of ISO 8601 times without an offset.")
    points: str | None = Field(
        default=None, description="Path of the objects that hold a point each, such as `$.readings[*]`."
    )
    time: str | None = Field(default=None, description="Path of the time; without it the message's own.")
    name: str | None = Field(default=None, description="Path of the metric's name.")
    values: dict[str, str] = Field(default={}, description="Paths of the numbers, by name.")
    labels: dict[str, str] = Field(default={}, description="Paths of the labels, by name.")

    def conflicts(self) -> Iterator[str]:
        """Check that what describes JSON is for JSON."""
        yield from super().conflicts()
        others = [field for field in ("points", "time", "name", "labels") if getattr(self, field)]
        if others and not self.values:
            yield f"values together with {', '.join(others)}: without it nothing says what the numbers are"
        if self.values and self.format not in ("auto", "json"):
            yield "format json, or none, together with values, whose paths are those of JSON"
        has_times = (self.timestamp_unit, self.timezone) != ("auto", "UTC")
        if has_times and not self.values and self.format not in ("json", "native"):
            yield "format json or native together with timestamp_unit or timezone: other formats fix their times"


class IngestSettings(Part):
    """The `[ingest]` table."""

    topics: tuple[IngestTopic, ...] = Field(default=(), description="Topics to read, as `[[ingest.topics]]` tables.")
    name: str = Field(
        default="{name}", description="What stands before the labels of a series, such as `{host}/{name}`."
    )
    drop_labels: tuple[str, ...] = Field(default=(), description="Labels that are left out of series' names.")
    keep_labels: tuple[str, ...] = Field(default=(), description="The only labels that are kept; all without it.")
    new_series: int = Field(default=10_000, ge=1, description="New series a minute that are admitted.")


def _table(value: object) -> object:
    """Parse JSON of an environment variable; pass a table through."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError(f'a JSON object such as {{"drop_labels": ["pod_uid"]}} ({error})') from error


Ingest = Annotated[IngestSettings, NoDecode, BeforeValidator(_table)]

INGEST_TABLES = {"ingest": tuple(IngestSettings.model_fields), "topics": tuple(IngestTopic.model_fields)}
"""Fields of each table, as they are written in a file."""


class IngestPart(Part):
    """Settings of ingest among all settings."""

    ingest: Ingest = Field(
        default=IngestSettings(), description="Settings of streamgauge ingest, as a JSON object: see docs/ingest.md."
    )
