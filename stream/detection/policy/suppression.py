"""Suppression: which alarms the rules of a series hold back."""

from __future__ import annotations

from enum import IntEnum

from stream.detection.compiler.stage import compiled
from stream.detection.policy.policy import SeriesPolicyRow


class Suppression(IntEnum):
    """Why an alarm was suppressed: by a rule, or as an anomaly that is expected.

    An expected one has an episode like any other, of which nothing is published.
    """

    NONE = 0
    MIN_DEVIATION = 1
    DIRECTION = 2
    EXPECTED = 3


@compiled
def suppression_reason(
    policy: SeriesPolicyRow, above: bool, kind: int, expected_kinds: int, largest: float, usual: float
) -> int:
    """Return why an alarm is suppressed, or `NONE`.

    Parameters
    ----------
    above, kind
        Which way it goes, and its `AnomalyKind`.
    expected_kinds : int
        Of a `Point`.
    largest, usual : float
        Largest deviation that any evidence knows, and what was expected: a rule may ask for a part of it.
    """
    if is_wrong_direction(policy, above):
        return Suppression.DIRECTION.value
    if largest < policy.min_deviation or largest < policy.min_deviation_share * abs(usual):
        return Suppression.MIN_DEVIATION.value
    return Suppression.EXPECTED.value if is_expected(kind, expected_kinds) else Suppression.NONE.value


@compiled
def is_wrong_direction(policy: SeriesPolicyRow, above: bool) -> bool:
    """Check whether a deviation goes in an unwatched direction."""
    return bool(policy.direction == (-1 if above else 1))


@compiled
def is_expected(kind: int, expected_kinds: int) -> bool:
    """Check whether this kind is among those expected now."""
    return (expected_kinds >> kind) & 1 == 1
