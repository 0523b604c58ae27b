"""Array types, and the sizes of what is remembered of a key."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Bool: TypeAlias = npt.NDArray[np.bool_]
Int32: TypeAlias = npt.NDArray[np.int32]
Int64: TypeAlias = npt.NDArray[np.int64]
UInt8: TypeAlias = npt.NDArray[np.uint8]
UInt16: TypeAlias = npt.NDArray[np.uint16]
UInt64: TypeAlias = npt.NDArray[np.uint64]
Float32: TypeAlias = npt.NDArray[np.float32]
Float64: TypeAlias = npt.NDArray[np.float64]
Records: TypeAlias = npt.NDArray[np.void]
Layout: TypeAlias = np.dtype[np.void]

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
