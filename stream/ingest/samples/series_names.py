"""Names of series from metrics and labels, and how many new ones are admitted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, Self

from stream.errors import SettingsError
from stream.formats.limits import MAX_SERIES_LENGTH
from stream.formats.rejections import BadMessageError, Reason, excerpt
from stream.ingest.samples.sample import SampleRow

NAME: Final = "name"

_FIELD = re.compile(r"\{([^{}]*)\}")

MAX_KNOWN_ROWS: Final = 50_000
"""Rows whose names are kept; when there are more, all are made anew: an explosion of labels must not fill memory."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Named = str | BadMessageError
"""Name of a series, or why it can have none."""

WINDOW_S = 60.0
FORGET_AFTER_S = 3600.0
"""A series without a point for this long, or twice as long, counts as new again."""


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


class SeriesNames:
    """Names series.

    Parameters
    ----------
    drop_labels : collection of str
        Labels that are left out, such as one that changes with each restart of a pod.
    keep_labels : collection of str
        The only labels that are kept; all where there are none.
    template : NameTemplate or None
        The part before the labels; a label that it uses is not repeated among them.
    """

    def __init__(
        self,
        drop_labels: Collection[str] = (),
        keep_labels: Collection[str] = (),
        template: NameTemplate | None = None,
    ) -> None:
        self._dropped, self._kept = frozenset(drop_labels), frozenset(keep_labels)
        self._template = template
        self._labels: Mapping[str, str] = {}
        self._text = ""
        self._rows: dict[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], list[Named]] = {}

    def name(self, metric: str, labels: Mapping[str, str]) -> str:
        """Return the name of a series.

        Raises
        ------
        BadMessageError
            If it is longer than the key of a series may be.
        """
        if labels is not self._labels:  # The samples of a message share their labels.
            self._labels, self._text = labels, self._spell(labels)
        stem = metric if self._template is None else self._template.fill(metric, labels)
        series = stem + self._text
        if len(series) > MAX_SERIES_LENGTH:
            raise BadMessageError(
                Reason.SERIES_TOO_LONG,
                f"the name {excerpt(series, 60)} has {len(series):,} characters, the limit is {MAX_SERIES_LENGTH:,}: "
                "drop labels",
            )
        return series

    def of_row(self, row: SampleRow) -> list[Named]:
        """Return the name of each number of a row, in the order of its fields."""
        key = row.prefix, tuple(row.labels.items()), tuple(row.fields)
        names = self._rows.get(key)
        if names is None:
            if len(self._rows) >= MAX_KNOWN_ROWS:
                self._rows.clear()
            names = self._rows[key] = [self._try_name(f"{row.prefix}{field}", row.labels) for field in row.fields]
        return names

    def _try_name(self, metric: str, labels: Mapping[str, str]) -> Named:
        try:
            return self.name(metric, labels)
        except BadMessageError as bad:
            return bad

    def _spell(self, labels: Mapping[str, str]) -> str:
        kept = sorted((label, text) for label, text in labels.items() if text and self._is_kept(label))
        pairs = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in kept)
        return f"{{{pairs}}}" if pairs else ""

    def _is_kept(self, label: str) -> bool:
        if label in self._dropped or (self._template is not None and label in self._template.labels):
            return False
        return not self._kept or label in self._kept


class NewSeriesLimit:
    """Admits all series that are known, and so many new ones a minute.

    Parameters
    ----------
    now_s : float
        Of a clock that never goes back, as in `admits`.

    Attributes
    ----------
    n_refused : int
        Samples of series that were not admitted.
    """

    def __init__(self, per_minute: int, now_s: float) -> None:
        self._per_minute = per_minute
        self._window_start_s = self._generation_start_s = now_s
        self._n_new = 0
        self._known: set[str] = set()
        self._known_before: set[str] = set()
        self.n_refused = 0

    def admits(self, series: str, now_s: float) -> bool:
        """Return whether a sample of a series may pass, and count it if not."""
        if series in self._known:
            return True
        self._turn(now_s)
        if series not in self._known_before:
            if self._n_new >= self._per_minute:
                self.n_refused += 1
                return False
            self._n_new += 1
        self._known.add(series)
        return True

    def _turn(self, now_s: float) -> None:
        if now_s - self._window_start_s >= WINDOW_S:
            self._window_start_s, self._n_new = now_s, 0
        if now_s - self._generation_start_s >= FORGET_AFTER_S:
            self._generation_start_s = now_s
            self._known, self._known_before = set(), self._known
