"""The JSON Schemas of what crosses the topics; each is a file of the package, for those who are not Python."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

import msgspec


def schema(name: Literal["point", "episode", "silence", "score"]) -> dict[str, Any]:
    """Read the JSON Schema (draft 2020-12) of a point message, an event of an episode or a silence, or a score."""
    text = files("stream.events").joinpath("schema", f"{name}.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])
