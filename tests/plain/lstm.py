"""A small LSTM with fixed random weights: a forecaster for tests that need one and not a good one."""

import numpy as np
from numpy import float32

from tests.plain.single import Vector
from tests.plain.stepwise import Stepwise

N_INPUTS = 26
N_UNITS = 32
N_OUTPUTS = 11


class SmallLstm(Stepwise):
    """LSTM(26 -> 32) and Dense(32 + 26 -> 11) in numpy, a row at a time: no row can depend on its batch."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.kernel = rng.normal(0, 0.2, (4 * N_UNITS, N_INPUTS + N_UNITS)).astype(float32)
        self.dense = rng.normal(0, 0.1, (N_OUTPUTS, N_UNITS + N_INPUTS)).astype(float32)

    def step(self, inputs: Vector, h: Vector, c: Vector) -> tuple[Vector, Vector, Vector]:
        """Take one step with every row of a batch, as a `Forecaster` of ``stream.detection`` does."""
        rows = [self.step_one(*row) for row in zip(inputs, h, c, strict=True)]
        parameters, next_h, next_c = (np.array(column) for column in zip(*rows, strict=True))
        return parameters, next_h, next_c

    def step_one(self, inputs: Vector, h: Vector, c: Vector) -> tuple[Vector, Vector, Vector]:
        """Take one step of one key, as the plain detector does."""
        gates = self.kernel @ np.concatenate([inputs, h])
        update, forget, output = (_sigmoid(gate) for gate in np.split(gates, 4)[:3])
        next_c = forget * c + update * np.tanh(gates[3 * N_UNITS :])
        next_h = output * np.tanh(next_c)
        return self.dense @ np.concatenate([next_h, inputs]), next_h, next_c


def _sigmoid(x: Vector) -> Vector:
    return np.asarray((1 + np.tanh(x / 2)) / 2, float32)
