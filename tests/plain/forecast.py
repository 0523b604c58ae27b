"""What the next value is expected to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy import float16, float32
from numpy.typing import NDArray

from tests.plain.hull import Hull
from tests.plain.moments import Moments
from tests.plain.single import Vector

N_UNITS = 32
N_COMPONENTS = 3
LIMIT = 9

Step = Callable[[Vector, Vector, Vector], tuple[Vector, Vector, Vector]]


class Forecast(Protocol):
    """Foretells the value of the next record, relative to the key's first value."""

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> float32:
        """Return the forecast made from what is known after a record."""
        ...


@dataclass
class GivenForecast:
    """Forecasts that somebody else made."""

    values: Iterator[float32]

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> float32:
        """Return the next given value."""
        return next(self.values)


@dataclass
class LstmForecast:
    """Mixture of 3 components from one LSTM step a record; its state is kept in half precision between records."""

    step: Step
    h: NDArray[float16] = field(default_factory=lambda: np.zeros(N_UNITS, float16))
    c: NDArray[float16] = field(default_factory=lambda: np.zeros(N_UNITS, float16))

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> float32:
        """Return the mean of the mixture in units of x, at most a tenth of the hull of x outside it."""
        parameters, h, c = self.step(inputs, self.h.astype(float32), self.c.astype(float32))
        self.h, self.c = h.astype(float16), c.astype(float16)
        logits, centres = parameters[:N_COMPONENTS], parameters[N_COMPONENTS : 2 * N_COMPONENTS]
        weights = np.exp(logits - logits.max())
        ahead = float32((weights * centres).sum() / weights.sum()) + inputs[0]
        value = moments.mean + moments.scale * float32(np.sinh(min(max(ahead, float32(-LIMIT)), float32(LIMIT))))
        margin = 0.1 * (hull.hi - hull.lo)
        return min(max(value, hull.lo - margin), hull.hi + margin)
