"""Kinds `windowed-forecast` and `windowed-reconstruction`: scaled windows."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from stream.model.document import Metadata, Rows, Signature, Tolerance
from stream.model.stateful import StatefulForecast

MAX_WINDOW = 4096

Length = Annotated[int, Meta(ge=1, le=MAX_WINDOW)]
Positive = Annotated[float, Meta(gt=0)]
ArrayName = Annotated[str, Meta(min_length=1, max_length=256)]


class WindowedGolden(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stored golden rows of a windowed model."""

    rows: Rows
    """Windows, and as many predictions."""
    tolerance: Tolerance
    """As in `StatefulGolden`."""
    windows: bytes
    """Shape (rows, window, features), scaled."""
    predicted: bytes
    """Shape (rows, n_steps, features)."""


class WindowedMetadata(Metadata, frozen=True):
    """Metadata of both windowed kinds."""

    window: Length
    """Points that the model looks at."""
    offset: tuple[float, ...]
    scale: tuple[Positive, ...]
    """One per feature: the model's input is float32((value - offset) / scale); in the metric's unit, `scale` > 0."""
    input: ArrayName
    output: ArrayName
    """Names of the graph's one input, shape (batch, window, features), and of its one output, shape (batch, n_steps,
    features)."""
    n_steps: Length
    """1 or `window`."""
    golden: WindowedGolden

    def signature(self) -> Signature:
        """Return the two arrays; graphs may leave axes free."""
        n_features = len(self.features)
        return Signature(
            inputs={self.input: (self.window, n_features)},
            outputs={self.output: (self.n_steps, n_features)},
            declared=False,
        )

    def golden_arrays(self) -> dict[str, bytes]:
        """Return the golden rows by the graph's names."""
        return {self.input: self.golden.windows, self.output: self.golden.predicted}

    def per_feature(self) -> dict[str, tuple[float, ...]]:
        """Return the fields with one number per feature."""
        return {"offset": self.offset, "scale": self.scale}


class WindowedForecast(WindowedMetadata, frozen=True, tag="windowed-forecast"):
    """A window in, the next point out, as last step."""

    spread: tuple[Positive, ...]
    """One per feature: scale of the logistic distribution of the forecast's errors, in the metric's unit, > 0; makes
    the band."""

    def per_feature(self) -> dict[str, tuple[float, ...]]:
        """Return the fields with one number per feature."""
        return {**WindowedMetadata.per_feature(self), "spread": self.spread}


class WindowedReconstruction(WindowedMetadata, frozen=True, tag="windowed-reconstruction"):
    """A window in, its reconstruction or last point out."""

    cutoff: Positive
    """Window error at which the score is 1: the vector norm, over window and features, of the scaled difference."""
    stride: Length
    """Points from one scored window to the next, 1 to `window`."""


Kind = StatefulForecast | WindowedForecast | WindowedReconstruction

KINDS: dict[str, type[Kind]] = {
    "stateful-forecast": StatefulForecast,
    "windowed-forecast": WindowedForecast,
    "windowed-reconstruction": WindowedReconstruction,
}
