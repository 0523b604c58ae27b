"""The one name of a series, whichever sender it comes from: `name{label="value",...}`, labels sorted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from stream.formats.limits import MAX_SERIES_LENGTH
from stream.formats.rejections import BadMessageError, Reason, excerpt
from stream.ingest.samples.name_template import NameTemplate
from stream.ingest.samples.sample import SampleRow

MAX_KNOWN_ROWS: Final = 50_000
"""Rows whose names are kept; when there are more, all are made anew: an explosion of labels must not fill memory."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Named = str | BadMessageError
"""Name of a series, or why it can have none."""


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
