"""JSON Schemas of published messages, as package files."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

import msgspec


def schema(name: Literal["point", "episode", "silence", "score"]) -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) by name."""
    text = files("stream.events").joinpath("schema", f"{name}.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])
