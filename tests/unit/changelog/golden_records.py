"""Golden state records, read from their files."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from typing import Any, NamedTuple

from tests.unit.changelog.golden_state import FOLDER


class Golden(NamedTuple):
    """A record of the changelog as a version wrote it."""

    kind: str
    key: bytes
    value: bytes


@cache
def document(version: int) -> dict[str, Any]:
    """Return the file of a layout."""
    found: dict[str, Any] = json.loads((FOLDER / f"layout-{version}.json").read_text())
    return found


def golden(version: int, kind: str) -> list[Golden]:
    """Return the records of a kind of model in a layout."""
    return [
        Golden(kind, each["key"].encode(), zlib.decompress(base64.b64decode(each["value"])))
        for each in document(version)["records"]
        if each["kind"] == kind
    ]
