"""State of keys whose windows are scored."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.field import Field, fields_of, layout_of, number, vector
from stream.detection.state.key_fields import KeyFields
from stream.detection.state.key_state import KeyState
from stream.detection.state.record import unseen

WINDOWS: Final = ("history", "history_ms")

VERSION: Final = 128
"""Version of the record's layout; those of the detector's own record count from 1."""


def window_fields(window: int, n_features: int) -> dict[str, Field[Any, Any]]:
    """Declare the fields of a key whose windows are scored."""
    return {
        "history": vector(
            np.float64,
            (window, n_features),
            "Ring of values in the metric's unit; record t is at t % window.",
        ),
        "history_ms": vector(np.int64, window, "Their event times."),
        "model": number(np.uint64, "Fingerprint of what the model looks at."),
        **fields_of(KeyFields),
    }


def blank_window(window: int, n_features: int, model: int) -> Records:
    """Return the record of an unseen key, shape ()."""
    fields = window_fields(window, n_features)
    return unseen(layout_of(fields), fields, VERSION, model)


class WindowState(KeyState):
    """State with each key's last points, unscaled.

    Parameters
    ----------
    capacity : int
        Slots to make room for at once.
    window, n_features : int
    model : int
        Fingerprint of what the model looks at; a record with another one is not taken in.

    Attributes
    ----------
    history : float64, shape (capacity, window, features)
        Ring of values in the metric's unit: those of record t are at t % window.
    history_ms : int64, shape (capacity, window)
        Their event times.
    records : structured array, shape (capacity,)
        All but these two side by side.
    """

    history: Float64
    history_ms: Int64
    records: Records

    def __init__(self, capacity: int, window: int, n_features: int, model: int = 0) -> None:
        super().__init__(blank_window(window, n_features, model), capacity)

    def _arrays(self, capacity: int) -> dict[str, NDArray[Any]]:
        """Make the arrays; all but the windows are views of `records`."""
        arrays = super()._arrays(capacity)
        beside = [name for name in arrays if name not in WINDOWS]
        records: Records = np.zeros(
            capacity, [(name, self.layout[name].base, self.layout[name].shape) for name in beside]
        )
        return arrays | {name: records[name] for name in beside} | {"records": records}
