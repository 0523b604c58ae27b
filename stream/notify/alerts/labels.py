"""Labels in a series' name, `name{label="value",...}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PAIR = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.:-]*)="((?:[^"\\]|\\.)*)"\s*(,|$)')
_ESCAPED = re.compile(r"\\(.)")
_UNESCAPED: Mapping[str, str] = {"n": "\n"}


def parse_series(series: str) -> tuple[str, dict[str, str]]:
    """Split a series' name into metric name and labels.

    A name of another form is a metric name without labels.
    """
    name, brace, rest = series.partition("{")
    if not brace or not rest.endswith("}"):
        return series, {}
    text, at, labels = rest[:-1], 0, {}
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            return series, {}
        labels[pair[1]] = _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), pair[2])
        at = pair.end()
    return name, labels


def labels_of(series: str, feature: str | None, kind: str) -> dict[str, str]:
    """Return the labels that routes and groups go by.

    Those of the series' name, and `series`, `name`, `kind` and, where there is one, `feature`; these four win.
    """
    name, labels = parse_series(series)
    return {**labels, "series": series, "name": name, "kind": kind} | ({} if feature is None else {"feature": feature})
