"""Templates of series' names, such as `{host}/{name}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Self

from stream.errors import SettingsError

NAME: Final = "name"

_FIELD = re.compile(r"\{([^{}]*)\}")


class NameTemplate:
    """What stands before the labels in the name of a series.

    Parameters
    ----------
    text : str
        `{name}` is the metric's name, every other `{label}` the value of that label, or nothing where it has none.

    Attributes
    ----------
    labels : frozenset of str
        Labels that it uses.

    Raises
    ------
    SettingsError
        If it has no `{name}`, so that all metrics would be one, or a brace that is none of a field.
    """

    def __init__(self, text: str) -> None:
        fields = _FIELD.findall(text)
        rest = _FIELD.sub("", text)
        if NAME not in fields or "" in fields or "{" in rest or "}" in rest:
            raise SettingsError(
                f"template {text!r}: expected text with {{name}} and, if wanted, labels, such as {{host}}/{{name}}"
            )
        self._text = text
        self.labels = frozenset(fields) - {NAME}

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return the template; None for the plain name."""
        return None if text == f"{{{NAME}}}" else cls(text)

    def fill(self, name: str, labels: Mapping[str, str]) -> str:
        """Return the text with its fields filled in."""
        return _FIELD.sub(lambda found: name if found[1] == NAME else labels.get(found[1], ""), self._text)
