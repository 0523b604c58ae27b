"""Single precision, in which most of the specification calculates."""

import numpy as np
from numpy import float32
from numpy.typing import NDArray

Vector = NDArray[float32]
ZERO = float32(0)


def zeros(length: int) -> Vector:
    """Vector of `length` zeros."""
    return np.zeros(length, float32)
