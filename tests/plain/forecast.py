"""What the next value is expected to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple, Protocol

import numpy as np
from numpy import float32

from tests.plain.hull import Hull
from tests.plain.moments import Moments
from tests.plain.single import Vector

N_UNITS = 32
N_COMPONENTS = 3
FAR = 3 * N_COMPONENTS
LIMIT = 9
SOUND = 6e4

NO_MIXTURE: Vector = np.zeros(FAR, float32)
"""Three components on the last value, as of a key without a forecast."""

Step = Callable[[Vector, Vector, Vector], tuple[Vector, Vector, Vector]]


class Ahead(NamedTuple):
    """The next value, relative to the key's first, and what the model says of it and, if it does, of the far record."""

    value: float32
    far: Vector | None = None
    mixture: Vector = NO_MIXTURE


class Forecast(Protocol):
    """Foretells the value of the next record and what a far one shows."""

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> Ahead:
        """Return the forecasts made from what is known after a record."""
        ...


@dataclass
class GivenForecast:
    """Forecasts that somebody else made."""

    values: Iterator[float32]

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> Ahead:
        """Return the next given value."""
        return Ahead(next(self.values))


@dataclass
class LstmForecast:
    """Mixture of 3 components, and a far one, from an LSTM step a record."""

    step: Step
    h: Vector = field(default_factory=lambda: np.zeros(N_UNITS, float32))
    c: Vector = field(default_factory=lambda: np.zeros(N_UNITS, float32))

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> Ahead:
        """Return the mean of the mixture in units of x, at most a tenth of the hull of x outside it.

        A step that gives no usable numbers is forgotten with all before it, and the last value goes on.
        """
        parameters, h, c = self.step(inputs, self.h, self.c)
        if not all((abs(numbers) < SOUND).all() for numbers in (parameters[:FAR], h, c)):
            h, c, parameters = np.zeros_like(h), np.zeros_like(c), np.zeros_like(parameters)
            parameters[FAR:] = np.nan
        self.h, self.c = h, c
        logits, centres = parameters[:N_COMPONENTS], parameters[N_COMPONENTS : 2 * N_COMPONENTS]
        weights = np.exp(logits - logits.max())
        ahead = float32((weights * centres).sum() / weights.sum()) + inputs[0]
        value = moments.mean + moments.scale * float32(np.sinh(min(max(ahead, float32(-LIMIT)), float32(LIMIT))))
        margin = 0.1 * (hull.hi - hull.lo)
        return Ahead(min(max(value, hull.lo - margin), hull.hi + margin), parameters[FAR:], parameters[:FAR])


def unlikeliness(away: float, mixture: Vector) -> float:
    """Return -ln(2 min(F, 1 - F)), F being the mixture's distribution function at a value less input 0."""
    logits, centres, log_scales = mixture.reshape(3, N_COMPONENTS)
    weights = np.exp(logits - logits.max())
    scales = np.exp(np.clip(log_scales.astype(float), -6, 3))
    below = float((weights / weights.sum() * (0.5 + 0.5 * np.tanh((away - centres) / (2 * scales)))).sum())
    return -log(max(2 * min(below, 1 - below), 1e-16))
