"""Layout of a key's packed little-endian record.

Sizes and meanings are those of section 7 of the detector's specification, and what the worker keeps beside them: 4,549
bytes, and 8 more for each record that a windowed model looks back. `stream.detection.state.key` declares the fields.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from stream.detection.arrays import Layout, Records
from stream.detection.field import Field, fields_of, layout_of, number, vector
from stream.detection.state.key import DetectorFields

VERSION: Final = 6
"""Version of the record's layout, its `version` byte: a record of another version cannot be read."""


def history_fields(n_history: int) -> dict[str, Field[Any, Any]]:
    """Declare what a windowed forecaster looks back on, `n_history` records; nothing for 0."""
    if n_history == 0:
        return {}
    return {
        "history": vector(np.float64, n_history, "Ring of the last values: that of record t is at t % n_history."),
        "model": number(np.uint64, "Fingerprint of what the model looks at."),
    }


def layout(n_history: int = 0) -> Layout:
    """Return the dtype for a history of `n_history` records."""
    return layout_of(history_fields(n_history) | fields_of(DetectorFields))


RECORD: Final = layout()
"""The record of a key whose forecaster carries what it remembers in `h` and `c`."""


def unseen(record: Layout, fields: dict[str, Field[Any, Any]], version: int, model: int = 0) -> Records:
    """Return the record of a key that has not been seen yet, an array of shape ().

    Parameters
    ----------
    model : int
        What a windowed model looks at, as `stream.detection.forecast.windows.fingerprint` gives it.
    """
    made = np.zeros((), record)
    for name, field in fields.items():
        made[name] = field.unseen
    made["version"] = version
    if "model" in (record.names or ()):
        made["model"] = model
    return made


def blank(record: Layout = RECORD, model: int = 0) -> Records:
    """Return the record of a key that has not been seen yet, of a dtype made by `layout`."""
    return unseen(record, fields_of(DetectorFields), VERSION, model)
