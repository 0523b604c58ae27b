"""Paths into JSON documents: the part of JSONPath that names one place, or all objects of an array."""

from __future__ import annotations

import re
from typing import Final

from stream.errors import SettingsError

_STEP = re.compile(r"\.(?P<name>[^.\[\]'\"\s]+)|\['(?P<quoted>[^']+)'\]|\[(?P<index>\d+)\]|(?P<all>\[\*\])")
_ALL: Final = object()


class JsonPath:
    """A path such as `$.host.name`, `$['cpu load']`, `$.values[0]` or `$.readings[*]`.

    Parameters
    ----------
    text : str
        Begins with `$`, the message, or with `@`, the object that holds the point.

    Attributes
    ----------
    is_relative : bool
        Whether it begins with `@`.

    Raises
    ------
    SettingsError
        If it is no such path.
    """

    def __init__(self, text: str) -> None:
        steps = list(_STEP.finditer(text, 1))
        if text[:1] not in ("$", "@") or sum(len(step[0]) for step in steps) != len(text) - 1:
            raise SettingsError(
                f"path {text!r}: expected $ (the message) or @ (the object of the point) and then .field, ['field'], "
                "[0] or [*], such as $.host.name or $.readings[*]"
            )
        self.is_relative = text.startswith("@")
        self._steps = [_step(found) for found in steps]

    def find(self, document: object) -> object:
        """Return what is at the place; None where there is nothing."""
        return next(iter(self.find_all(document)), None)

    def find_all(self, document: object) -> list[object]:
        """Return everything that the path names."""
        found = [document]
        for step in self._steps:
            found = [child for each in found for child in _children(each, step)]
        return found


def _step(found: re.Match[str]) -> object:
    if found["all"]:
        return _ALL
    return int(found["index"]) if found["index"] else found["name"] or found["quoted"]


def _children(document: object, step: object) -> list[object]:
    if step is _ALL:
        return document if isinstance(document, list) else []
    if isinstance(step, str) and isinstance(document, dict):
        return [document[step]] if step in document else []
    if isinstance(step, int) and isinstance(document, list):
        return document[step : step + 1]
    return []
