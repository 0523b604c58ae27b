"""The one name of a series, whichever sender it comes from: `name{label="value",...}`, labels sorted."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from stream.formats.limits import MAX_SERIES_LENGTH
from stream.formats.rejections import BadMessageError, Reason, excerpt
from stream.ingest.samples.sample import Sample

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class SeriesNames:
    """Names series.

    Parameters
    ----------
    drop_labels : collection of str
        Labels that are left out, such as one that changes with each restart of a pod.
    """

    def __init__(self, drop_labels: Collection[str] = ()) -> None:
        self._dropped = frozenset(drop_labels)
        self._labels: Mapping[str, str] = {}
        self._text = ""

    def name(self, sample: Sample) -> str:
        """Return the name of a sample's series.

        Raises
        ------
        BadMessageError
            If it is longer than the key of a series may be.
        """
        if sample.labels is not self._labels:  # The samples of a message share their labels.
            self._labels, self._text = sample.labels, self._spell(sample.labels)
        series = sample.name + self._text
        if len(series) > MAX_SERIES_LENGTH:
            raise BadMessageError(
                Reason.SERIES_TOO_LONG,
                f"the name {excerpt(series, 60)} has {len(series):,} characters, the limit is {MAX_SERIES_LENGTH:,}: "
                "drop labels",
            )
        return series

    def _spell(self, labels: Mapping[str, str]) -> str:
        kept = sorted((label, text) for label, text in labels.items() if label not in self._dropped and text)
        pairs = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in kept)
        return f"{{{pairs}}}" if pairs else ""
