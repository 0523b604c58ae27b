"""The scale: values as every key's look alike."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Float32
from stream.detection.kernel.scale import Scale, standardised

PLAIN = Scale(np.float32(0), np.float32(1))


def standard(*values: float) -> Float32:
    return np.array([standardised(np.float32(value), PLAIN) for value in values], np.float32)


def test_values_are_standardised_by_asinh() -> None:
    values = np.concatenate([-np.logspace(-9, 4, 400), [0], np.logspace(-9, 4, 400)])
    np.testing.assert_allclose(standard(*values), np.arcsinh(values.astype(np.float32)), rtol=0, atol=1e-6)


def test_a_value_and_its_opposite_are_opposite() -> None:
    assert (standard(3.7, 0.2, 1e9) == -standard(-3.7, -0.2, -1e9)).all()


def test_the_largest_values_stay_finite() -> None:
    assert standard(3e38)[0] == pytest.approx(np.arcsinh(1e18), rel=1e-6)


def test_a_value_is_seen_from_the_centre_in_spreads() -> None:
    scale = Scale(np.float32(5), np.float32(3))
    assert standardised(np.float32(11), scale) == pytest.approx(np.arcsinh(2))
