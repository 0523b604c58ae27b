"""Numbers as senders write them."""

from __future__ import annotations

import math
from typing import Final

from stream.formats.rejections import BadMessageError, Reason, excerpt, shown
from stream.formats.tolerant.counts import Tolerance, Tolerated

MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none"})
"""Texts, in lower case, that mean a missing value: no point, and no error either."""

_INFINITE: Final = frozenset({"inf", "infinity"})


def number(value: object) -> float | None:
    """Return the finite number that a value is; None for a text, a null, a NaN, an infinity or a nested value."""
    if not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def number_in_text(text: str) -> float | None:
    """Return the finite number that a text writes; None for a NaN or an infinity.

    Raises
    ------
    ValueError
        If the text is no number.
    """
    return number(float(text))


def measured(value: object, tolerated: Tolerated) -> float | None:
    """Return the number of a point; None for a missing value.

    Parameters
    ----------
    value : object
        A number, the same in a text, a boolean, or what stands for a missing value: null, NaN, an infinity, and the
        texts of `MISSING`.
    tolerated : Tolerated
        Counts what is no plain number.

    Raises
    ------
    BadMessageError
        If it is none of these, or larger than any float.
    """
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, bool):
        tolerated.kinds[Tolerance.BOOLEAN] += 1
        return float(value)
    if isinstance(value, int):
        return _finite(value)
    if isinstance(value, str):
        return _of_text(value, tolerated)
    if value is not None:
        raise BadMessageError(Reason.WRONG_TYPE, f"expected a number, found {shown(value)}")
    tolerated.kinds[Tolerance.MISSING_VALUE] += 1
    return None


def _of_text(text: str, tolerated: Tolerated) -> float | None:
    word = text.strip().lower()
    if word in MISSING or word.lstrip("+-") in _INFINITE:
        tolerated.kinds[Tolerance.MISSING_VALUE] += 1
        return None
    try:
        found = float(text.replace("_", "?"))  # Python's own 1_000 is no number that a sender writes.
    except ValueError:
        raise BadMessageError(Reason.WRONG_TYPE, f"expected a number, found the text {excerpt(text, 60)!r}") from None
    tolerated.kinds[Tolerance.QUOTED_NUMBER] += 1
    return _finite(found)


def _finite(value: float) -> float:
    found = number(value)
    if found is None:
        raise BadMessageError(Reason.VALUE_TOO_LARGE, "the value is larger than any float")
    return found
