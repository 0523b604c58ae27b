"""The validation pass: the network runs over every series once, for warm states and the validation loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from stream.detection.arrays import N_INPUTS, N_PARAMETERS, N_UNITS, Float32, Int64
from training.fit.dataset import N_TARGETS, Dataset
from training.fit.plan import N_STRETCH
from training.network.network import Network, negative_log_likelihood
from training.synthetic.examples import NEXT

N_SIDE_BY_SIDE = 64
"""Series that are run together."""


class ValidationResult(NamedTuple):
    """Results of a validation pass."""

    h: Float32
    c: Float32
    """Shape (windows, 32). The state in which the network comes to each window."""
    validation_loss: float
    """Mean negative log likelihood of the validation points under the forecasts of the next one, in nats a point."""


class ValidationPass:
    """Runs over all series from their first record to the end of their validation part, as a worker would.

    Parameters
    ----------
    windows : int64, shape (windows, 2)
        Pairs of series and stretch whose states are wanted.
    """

    def __init__(self, dataset: Dataset, windows: Int64, network: Network) -> None:
        self._dataset = dataset
        self._n_windows = len(windows)
        self._rows = {(int(i), int(k)): row for row, (i, k) in enumerate(windows)}
        state = tf.TensorSpec((None, N_UNITS))
        stretch = tf.TensorSpec((None, N_STRETCH, N_INPUTS)), tf.TensorSpec((None, N_STRETCH, N_TARGETS))

        def step(inputs: tf.Tensor, targets: tf.Tensor, h: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, ...]:
            parameters, h, c = network.unroll(inputs, h, c)
            near = parameters[..., :N_PARAMETERS]
            return negative_log_likelihood(near, inputs, targets[..., NEXT]), h, c

        self.step = tf.function(step, input_signature=(*stretch, state, state), autograph=False)

    def run(self) -> ValidationResult:
        """Run with the weights that the network has now."""
        h, c = np.zeros((2, self._n_windows, N_UNITS), np.float32)
        total, n_points = 0.0, 0
        for group in self._groups():
            for number, losses, before in self._along(group):
                here = [(row, self._rows.get((int(i), number))) for row, i in enumerate(group)]
                for row, window in here:
                    if window is not None:
                        h[window], c[window] = before[0][row], before[1][row]
                evaluated = self._is_validation(group, number)
                total += float(losses[evaluated].sum(dtype=np.float64))
                n_points += int(np.count_nonzero(evaluated))
        return ValidationResult(h, c, total / n_points)

    def _groups(self) -> Iterator[Int64]:
        order = np.argsort(-self._dataset.lengths, kind="stable")
        for start in range(0, len(order), N_SIDE_BY_SIDE):
            yield order[start : start + N_SIDE_BY_SIDE]

    def _along(self, group: Int64) -> Iterator[tuple[int, Float32, tuple[Float32, Float32]]]:
        """Return each stretch's number, losses, and the states before it."""
        h, c = np.zeros((2, len(group), N_UNITS), np.float32)
        for number in range(-(-int(self._dataset.lengths[group].max()) // N_STRETCH)):
            inputs, targets = self._dataset.read(np.column_stack([group, np.full(len(group), number)]))
            losses, h_next, c_next = (np.asarray(array) for array in self.step(inputs, targets, h, c))
            yield number, losses, (h, c)
            h, c = h_next, c_next

    def _is_validation(self, group: Int64, number: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Mark the records of a stretch whose targets are validation points."""
        records = number * N_STRETCH + np.arange(N_STRETCH)
        first = np.array([self._dataset.splits[i].n_learned - 1 for i in group])
        return (records >= first[:, None]) & (records < self._dataset.lengths[group][:, None])
