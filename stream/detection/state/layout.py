"""The record: everything the detector remembers of one key, as one packed little-endian structure.

Sizes and meanings are those of section 7 of the detector's specification (C5f), plus what the worker keeps beside them:
where the last message came from, the mixture of the last forecast, the parts of the score, the transform, and the open
episode: 4,549 bytes, and 8 more for each record that a windowed model looks back. The fields of 8 bytes come first and
the bytes last, so that each lies on its natural boundary without padding.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Bool: TypeAlias = npt.NDArray[np.bool_]
Int8: TypeAlias = npt.NDArray[np.int8]
Int16: TypeAlias = npt.NDArray[np.int16]
Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
UInt8: TypeAlias = npt.NDArray[np.uint8]
UInt16: TypeAlias = npt.NDArray[np.uint16]
UInt32: TypeAlias = npt.NDArray[np.uint32]
UInt64: TypeAlias = npt.NDArray[np.uint64]
Float32: TypeAlias = npt.NDArray[np.float32]
Float64: TypeAlias = npt.NDArray[np.float64]
Records: TypeAlias = npt.NDArray[np.void]
Layout: TypeAlias = np.dtype[np.void]

VERSION: Final = 5
"""Version of the record's layout, its `version` byte: a record of another version cannot be read."""

N_INPUTS: Final = 26
N_UNITS: Final = 32
N_COMPONENTS: Final = 3
N_PARAMETERS: Final = 3 * N_COMPONENTS
"""Of the forecast of the next record: a mixture of three logistics."""

N_FAR_PARAMETERS: Final = 2
"""Of the forecast of a farther record: one logistic."""

N_OUTPUTS: Final = N_PARAMETERS + N_FAR_PARAMETERS

STATISTICS: Final = ("value", "residual_3", "level", "residual_12", "pair")
"""What is looked at for novelty, in the order of every axis of length 5; the first four have a 1-D map each."""

TAILS: Final = (
    *("value_high", "value_low", "residual_3_high", "residual_3_low", "level_high", "level_low"),
    *("residual_12", "mixture", "forecast_error", "run_high", "run_low", "unchanged"),
)
"""Quantities whose upper tails are followed, in the order of every axis of length 12."""

N_MAPS: Final = 4
N_BINS: Final = 256
N_ROWS: Final = 66
N_COLUMNS: Final = 128
WINDOW: Final = 24
RESIDUAL_WINDOW: Final = 12
OUTLOOK: Final = 24
"""Far forecasts that wait for their record."""

DAY_SLOTS: Final = 24
WEEK_SLOTS: Final = 168
N_SIZES: Final = DAY_SLOTS + WEEK_SLOTS + DAY_SLOTS
"""Spreads of the hours of the day and of the week, then the usual changes in the hours of the day."""

EMPTY_EXPONENT: Final = -107
"""Start of every grid: bins of 2^-107, so that the first two different values choose the scale."""


def layout(n_history: int = 0) -> Layout:
    """Lay out the record of a key whose forecaster looks back `n_history` records."""
    return np.dtype(
        [
            ("x0", "<f8"),
            ("timestamp_s", "<f8"),
            ("rotation_s", "<f8"),
            ("week_on_since_s", "<f8"),
            ("reference", "<f8"),
            ("offset", "<i8"),
            ("episode_start_ms", "<i8"),
            ("episode_update_ms", "<i8"),
            ("episode_calm_ms", "<i8"),
            ("bits", "<u8", (2, N_MAPS, N_BINS // 64)),
            ("pair_bits", "<u8", (2, N_ROWS, N_COLUMNS // 64)),
            *([("history", "<f8", n_history), ("model", "<u8")] if n_history else []),
            ("t", "<u4"),
            ("rotation_t", "<u4"),
            ("alarm_t", "<u4"),
            ("warm_until", "<u4"),
            ("episode_closed_t", "<u4"),
            ("partition", "<i4"),
            ("base", "<i4", N_MAPS),
            ("pair_base", "<i4", 2),
            ("forecast", "<f4"),
            ("interval_s", "<f4"),
            ("magnitude", "<f4"),
            ("last_residual", "<f4"),
            ("residual_before", "<f4"),
            ("z", "<f4"),
            ("previous", "<f4"),
            ("change", "<f4"),
            ("level", "<f4"),
            ("mean_12", "<f4"),
            ("centre", "<f4"),
            ("mean_24", "<f4"),
            ("variance", "<f4"),
            ("variance_24", "<f4"),
            ("moment_fast", "<f4"),
            ("moment", "<f4"),
            ("moment_age", "<f4"),
            ("moment_high", "<f4"),
            ("moment_peak", "<f4"),
            ("quiet_high", "<f4"),
            ("quiet_peak", "<f4"),
            ("slot", "<f4", 2),
            ("slot_count", "<f4", 2),
            ("slot_sum", "<f4", 2),
            ("slot_deviation", "<f4", 2),
            ("slot_change", "<f4"),
            ("profile_error", "<f4", 2),
            ("centre_error", "<f4", 2),
            ("energy", "<f4", len(STATISTICS)),
            ("event_distance", "<f4", len(STATISTICS)),
            ("event_peak", "<f4", len(STATISTICS)),
            ("event_count", "<f4", len(STATISTICS)),
            ("event_weight", "<f4", len(STATISTICS)),
            ("event_sizes", "<f4", len(STATISTICS)),
            ("tail_threshold", "<f4", len(TAILS)),
            ("tail_excess", "<f4", len(TAILS)),
            ("tail_square", "<f4", len(TAILS)),
            ("tail_rate", "<f4", len(TAILS)),
            ("tail_clusters", "<f4", len(TAILS)),
            ("tail_peak", "<f4", len(TAILS)),
            ("tail_largest", "<f4", len(TAILS)),
            ("run", "<f4", 2),
            ("low", "<f4", N_MAPS),
            ("high", "<f4", N_MAPS),
            ("previous_low", "<f4", N_MAPS),
            ("previous_high", "<f4", N_MAPS),
            ("peak", "<f4"),
            ("irregularity", "<f4"),
            ("absence_s", "<f4"),
            ("episode_peak", "<f4"),
            ("episode_reference", "<f4"),
            ("episode_deviation", "<f4"),
            ("calm_low", "<f4"),
            ("calm_high", "<f4"),
            ("calm_level", "<f4"),
            ("calm_centre", "<f4"),
            ("calm_variance", "<f4"),
            ("parameters", "<f4", N_PARAMETERS),
            ("h", "<f4", N_UNITS),
            ("c", "<f4", N_UNITS),
            ("outlook", "<f4", OUTLOOK),
            ("outlook_sharpness", "<f4", OUTLOOK),
            ("window", "<f4", WINDOW),
            ("residual_window", "<f4", RESIDUAL_WINDOW),
            ("exponent", "<i2", N_MAPS),
            ("pair_exponent", "<i2"),
            ("occupied", "<u2", N_MAPS),
            ("tail_age", "<u2", len(TAILS)),
            ("tail_alerted", "<u2", len(TAILS)),
            ("unchanged", "<u2"),
            ("tendency", "<u2", 2),
            ("profile", "<u2", DAY_SLOTS + WEEK_SLOTS),
            ("episode_settled", "<u2"),
            ("pending_n", "<u2"),
            ("pending_off", "<u2"),
            ("profile_size", "u1", N_SIZES),
            ("event_age", "u1", len(STATISTICS)),
            ("tail_gap", "u1", len(TAILS)),
            ("version", "u1"),
            ("absurd_run", "u1"),
            ("outliers", "u1"),
            ("transform", "u1"),
            ("notes", "u1"),
            ("silence", "u1"),
            ("episode_direction", "i1"),
            ("episode_calm", "u1"),
            ("episode_repeats", "u1"),
            ("episode_phase", "u1"),
            ("episode_kind", "u1"),
            ("episode_severity", "u1"),
            ("counter", "u1"),
            ("episode_held", "u1"),
            ("episode_id", "u1", 16),
        ]
    )


RECORD: Final = layout()
"""The record of a key whose forecaster carries what it remembers in `h` and `c`."""


def blank(record: Layout = RECORD, model: int = 0) -> Records:
    """Return the record of a key that has not been seen yet, an array of shape () of a dtype made by `layout`.

    Parameters
    ----------
    model : int
        What a windowed model looks at, as `stream.detection.forecast.windows.fingerprint` gives it.
    """
    unseen = np.zeros((), record)
    unseen["version"] = VERSION
    if "model" in (record.names or ()):
        unseen["model"] = model
    unseen["offset"] = -1
    unseen["partition"] = -1
    unseen["exponent"] = EMPTY_EXPONENT
    unseen["pair_exponent"] = EMPTY_EXPONENT
    unseen["base"] = -N_BINS // 2
    unseen["pair_base"] = -N_COLUMNS // 2, -N_ROWS // 2
    return unseen
