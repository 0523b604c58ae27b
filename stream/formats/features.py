"""Values of several features per point, as a flat table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from msgspec import Meta

from stream.formats.rejections import BadMessageError, Reason, excerpt

MAX_NAME_LENGTH = 256
"""Characters of a feature's name."""

MAX_FEATURES = 256
"""Features of a point where any are taken: each is a series of its own, not to be made by thousands in one message."""

PLAIN: tuple[str, ...] = ("value",)
"""The features of a model of plain numbers."""

FeatureName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH)]
Value = float | dict[FeatureName, float] | list[float]
"""A plain number, or the numbers of several features: by name, or in their order."""


class Table(NamedTuple):
    """The values of a message's points, row by row."""

    features: tuple[str, ...]
    """Names of the columns."""
    values: list[float]
    """One number a feature, one row a point."""
    n_names: int
    """How often a feature was named in the message."""


def tabulate(values: Sequence[Value], features: tuple[str, ...] | None) -> Table:
    """Lay out the values of a message's points.

    Parameters
    ----------
    values : sequence of Value
        One a point, at least one.
    features : tuple of str or None
        Those that every point must have, in the order wanted; None takes any, in the order of the first point, and
        calls the numbers of an array "0", "1" and so on.

    Raises
    ------
    BadMessageError
        If a point has other features: `missing_feature` or `unknown_feature`, or `mixed_features` where it differs
        from the first point only.
    """
    names = _names(values[0]) if features is None else features
    is_numbered = features is not None or names == _numbers(len(names))
    is_plain = not names or features == PLAIN
    flat: list[float] = []
    n_names = 0
    for i, value in enumerate(values):
        row = _row(value, names, is_numbered, is_plain)
        if row is None:
            raise _mixed(i) if features is None else feature_mismatch(value, names)
        flat += row
        n_names += len(value) if isinstance(value, dict) else 0
    return Table(names, flat, n_names)


def feature_mismatch(value: Value, names: tuple[str, ...]) -> BadMessageError:
    """Describe how a point's features differ from expected ones."""
    expected = f"expected {len(names)}: {excerpt(', '.join(names), 80)}"
    if isinstance(value, float):
        return BadMessageError(Reason.MISSING_FEATURE, f"the value is a plain number, {expected}")
    if isinstance(value, list):
        reason = Reason.MISSING_FEATURE if len(value) < len(names) else Reason.UNKNOWN_FEATURE
        return BadMessageError(reason, f"the value is an array of {len(value)} numbers, {expected}")
    missing = next((name for name in names if name not in value), None)
    if missing is not None:
        return BadMessageError(Reason.MISSING_FEATURE, f"no feature '{excerpt(missing, 60)}', {expected}")
    unknown = next(name for name in value if name not in names)
    return BadMessageError(Reason.UNKNOWN_FEATURE, f"feature '{excerpt(unknown, 60)}' is unknown, {expected}")


def is_whole(value: Value) -> bool:
    """Check whether every number of a point has a value."""
    numbers = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(map(math.isnan, numbers))


def spread(values: list[float], features: tuple[str, ...]) -> list[dict[str, float]]:
    """Undo `tabulate`: give one object a point."""
    starts = range(0, len(values), len(features))
    return [dict(zip(features, values[start : start + len(features)], strict=True)) for start in starts]


def _names(value: Value) -> tuple[str, ...]:
    """Return the first point's feature names; none if plain."""
    if isinstance(value, float):
        return ()
    if not value:
        raise BadMessageError(Reason.MISSING_FEATURE, "the value has no numbers in it")
    if len(value) > MAX_FEATURES:
        raise BadMessageError(
            Reason.TOO_MANY_FEATURES, f"the value has {len(value):,} numbers, expected at most {MAX_FEATURES}"
        )
    return tuple(value) if isinstance(value, dict) else _numbers(len(value))


def _numbers(n_features: int) -> tuple[str, ...]:
    return tuple(map(str, range(n_features)))


def _row(value: Value, names: tuple[str, ...], is_numbered: bool, is_plain: bool) -> list[float] | None:
    """Return a point's numbers in order; None if features differ.

    An array will do if `is_numbered`, a plain number if `is_plain`.
    """
    if isinstance(value, float):
        return [value] if is_plain else None
    if not names or len(value) != len(names):
        return None
    if isinstance(value, list):
        return value if is_numbered else None
    try:
        return [value[name] for name in names]
    except KeyError:
        return None


def _mixed(i: int) -> BadMessageError:
    return BadMessageError(Reason.MIXED_FEATURES, f"points 0 and {i} have different features: send two messages")
