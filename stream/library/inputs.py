"""User input of the library, checked and converted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stream.detection.arrays import Bool, Float64, Int64
from stream.formats.limits import (
    LATEST_MS,
    MAX_SERIES_LENGTH,
    MAX_VALUE,
    OLDEST_MS,
    refused_timestamp,
    to_milliseconds,
)

Timestamp: TypeAlias = datetime | np.datetime64 | int | float | str
Value: TypeAlias = float | Sequence[float] | Mapping[str, float]
Timestamps: TypeAlias = ArrayLike | Sequence[datetime]
Values: TypeAlias = ArrayLike | Sequence[float | None]
"""Arrays, and what becomes one: lists, columns of pandas and polars."""

TIME = "a datetime, a datetime64, milliseconds since the epoch or ISO 8601 text"


def check_series(series: str) -> None:
    """Refuse what cannot be the name of a series.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(series, str):
        raise TypeError(f"series: expected its name as a str, found {series!r}")
    if not 1 <= len(series) <= MAX_SERIES_LENGTH:
        raise ValueError(f"series: expected a name of 1 to {MAX_SERIES_LENGTH} characters, found {len(series):,}")


def to_timestamps_ms(timestamps: Timestamps) -> Int64:
    """Turn times into milliseconds since the epoch.

    Parameters
    ----------
    timestamps : array_like, shape (points,)
        datetime64, datetimes, milliseconds since the epoch, or ISO 8601 texts. A time without an offset is UTC.

    Raises
    ------
    TypeError
        If they are no times.
    ValueError
        If one is missing, unreadable or outside of the years 1971 to 9999; the text names its index.
    """
    given = np.asarray(timestamps)
    if given.ndim != 1:
        raise ValueError(f"timestamps: expected one dimension, found an array of shape {given.shape}")
    if given.dtype.kind in "OU":
        found = np.array([_in_place(i, each) for i, each in enumerate(given.tolist())], np.int64)
    else:
        found = _milliseconds(given)
    refused = np.flatnonzero((found < OLDEST_MS) | (found > LATEST_MS))
    if len(refused):
        first = int(refused[0])
        raise ValueError(f"timestamps[{first}]: {_refusal(int(found[first]))}")
    return found


def to_timestamp_ms(timestamp: Timestamp) -> int:
    """Convert one time; see `to_timestamps_ms`."""
    try:
        found = _one(timestamp)
    except (TypeError, ValueError) as error:
        raise type(error)(f"timestamp: {error}") from None
    if not OLDEST_MS <= found <= LATEST_MS:
        raise ValueError(f"timestamp: {_refusal(found)}")
    return found


def to_values(values: Values, n_points: int, features: Sequence[str]) -> tuple[Float64, Bool]:
    """Convert values to an array; find missing ones.

    Parameters
    ----------
    values : array_like, shape (points,) or (points, features)
        NaN and None are missing values.
    n_points : int
        The number of timestamps.
    features : sequence of str
        Of the model.

    Returns
    -------
    values : float64, shape (points,), or (points, features) of a model with several
    is_missing : bool, shape (points,)

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If their number or shape is another, or one is infinite or too large; the text names its index.
    """
    given = np.asarray(values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values)
    if given.dtype.kind not in "iufO":
        raise TypeError(f"values: expected numbers, found an array of {given.dtype}")
    try:
        found = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"values: expected numbers, but {error}") from error
    expected = (n_points,) if len(features) == 1 else (n_points, len(features))
    if found.shape != expected:
        named = "" if len(features) == 1 else f" (features {', '.join(features)})"
        raise ValueError(f"values: expected shape {expected}, one for each timestamp{named}, found {found.shape}")
    refused = np.argwhere(np.abs(found) > MAX_VALUE)
    if len(refused):
        place = tuple(refused[0].tolist())
        index = ", ".join(map(str, place))
        raise ValueError(f"values[{index}]: expected at most {MAX_VALUE:.0e} in magnitude, found {found[place]}")
    return found, np.asarray(np.isnan(found.reshape(n_points, len(features))).any(axis=1))


def to_value(value: Value, features: Sequence[str]) -> Float64:
    """Convert one point's value to shape (features,)."""
    if isinstance(value, Mapping):
        if value.keys() != set(features):
            raise ValueError(f"value: expected the features {', '.join(features)}, found {', '.join(value) or 'none'}")
        value = [value[name] for name in features]
    several = len(features) > 1
    found, is_missing = to_values(np.asarray([value]).reshape((1, -1) if several else (1,)), 1, features)
    if is_missing[0]:
        raise ValueError(f"value: expected a number, found {value!r}: leave out points that have no value")
    return found.ravel()


def _milliseconds(given: NDArray[np.generic]) -> Int64:
    """Read an array of times of one type."""
    kind = given.dtype.kind
    missing = np.isnan(given) if kind == "f" else np.isnat(given) if kind == "M" else np.zeros(len(given), np.bool_)
    if missing.any():
        i = int(missing.argmax())
        raise ValueError(f"timestamps[{i}]: expected {TIME}, found {given[i]}")
    if kind == "M":
        return given.astype("datetime64[ms]").astype(np.int64)
    if kind in "iu":
        return given.astype(np.int64)
    if kind == "f":
        return np.rint(np.clip(given.astype(np.float64), -1e18, 1e18)).astype(np.int64)
    raise TypeError(f"timestamps: expected {TIME}, found an array of {given.dtype}")


def _in_place(i: int, given: object) -> int:
    try:
        return _one(given)
    except (TypeError, ValueError) as error:
        raise type(error)(f"timestamps[{i}]: {error}") from None


def _one(given: object) -> int:
    """Read one time."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise ValueError(f"expected {TIME}, found {given!r}") from None
    if isinstance(given, datetime) and given == given:  # pandas.NaT is a datetime, and not equal to itself.
        return to_milliseconds(given if given.tzinfo is not None else given.replace(tzinfo=UTC))
    if isinstance(given, np.datetime64) and not np.isnat(given):
        return int(given.astype("datetime64[ms]").astype(np.int64))
    if isinstance(given, int | float | np.number) and not isinstance(given, bool) and abs(float(given)) < 1e18:
        return round(float(given)) if not isinstance(given, int) else given
    raise TypeError(f"expected {TIME}, found {given!r}")


def _refusal(timestamp_ms: int) -> str:
    return f"expected a time from 1971 to 9999, but {refused_timestamp(timestamp_ms, LATEST_MS)}"
