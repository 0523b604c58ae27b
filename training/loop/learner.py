"""A network with its optimizer: it learns from stretches of series, whatever they are."""

from __future__ import annotations

from typing import TypeAlias

import keras
import tensorflow as tf

from stream.detection.arrays import N_PARAMETERS, N_UNITS
from training.network.network import Network, far_negative_log_likelihood, negative_log_likelihood
from training.synthetic.examples import FAR, NEXT

State: TypeAlias = tuple[tf.Tensor, tf.Tensor]

FAR_WEIGHT = 0.5
"""Weight of the far forecast's loss beside that of the next record's."""


class Learner:
    """A network that learns.

    Parameters
    ----------
    seed : int
        Decides the noise on the targets.
    schedule : keras.optimizers.schedules.LearningRateSchedule
        Of Adam's rate, over updates.
    gradient_norm : float
        Gradients are clipped to this global norm.
    target_noise : float
        Standard deviation of what is added to targets, so that a flat line is not worth an infinite likelihood.
    """

    def __init__(
        self,
        network: Network,
        seed: int,
        schedule: keras.optimizers.schedules.LearningRateSchedule,
        gradient_norm: float,
        target_noise: float,
    ) -> None:
        self.seed = seed
        self.network = network
        self._schedule = schedule
        self._target_noise = target_noise
        self._optimizer = keras.optimizers.Adam(schedule, global_clipnorm=gradient_norm)
        self._optimizer.build(network.weights)
        self._n_skipped = keras.Variable(0, dtype="int32", trainable=False)

    @property
    def variables(self) -> list[keras.Variable]:
        """Everything that learning changes: weights, the optimizer's counter and moments, the skipped updates."""
        return [*self.network.weights, *self._optimizer.variables, self._n_skipped]

    @property
    def n_skipped(self) -> int:
        """Updates that taught nothing because their gradient overflowed."""
        return int(self._n_skipped.numpy())

    @property
    def learning_rate(self) -> float:
        """Rate of the next update."""
        return float(self._schedule(self._optimizer.iterations))

    def update(self, inputs: tf.Tensor, targets: tf.Tensor, scored: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Learn from one stretch of a batch of series; to be traced by `tf.function`.

        Parameters
        ----------
        inputs : float32, shape (batch, length, 26)
        targets : float32, shape (batch, length, 2)
        scored : float32, shape (length,)
            1 where the record counts in the loss, 0 where not.
        state : (h, c), each float32, shape (batch, 32)

        Returns
        -------
        loss : float32, shape ()
            Mean over the scored records, in nats.
        state : (h, c)
            Carried to the next stretch; no gradient flows back through it.
        """
        counter = tf.cast(self._optimizer.iterations, tf.int32)
        noise = tf.random.stateless_normal(tf.shape(targets), [self.seed, counter], stddev=self._target_noise)
        with tf.GradientTape() as tape:
            loss, state = self.loss(inputs, targets + noise, scored, state)
        gradients = self._finite(tape.gradient(loss, self.network.weights))
        self._optimizer.apply_gradients(zip(gradients, self.network.weights, strict=True))
        return loss, state

    def loss(self, inputs: tf.Tensor, targets: tf.Tensor, scored: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Evaluate one stretch as `update` does, and learn nothing."""
        parameters, h, c = self.network.unroll(inputs, *state)
        near, far = parameters[..., :N_PARAMETERS], parameters[..., N_PARAMETERS:]
        each = negative_log_likelihood(near, inputs, targets[..., NEXT])
        each += FAR_WEIGHT * far_negative_log_likelihood(far, inputs, targets[..., FAR])
        losses = tf.reduce_mean(each, axis=0)
        return tf.reduce_sum(losses * scored) / tf.reduce_sum(scored), (h, c)

    def _finite(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Drop a gradient that overflowed on its way through 192 records: clipped, it would make every weight NaN."""
        finite = tf.math.is_finite(tf.linalg.global_norm(gradients))
        self._n_skipped.assign_add(tf.cast(~finite, tf.int32))
        return [tf.where(finite, gradient, 0.0) for gradient in gradients]


def start_state(n_series: int) -> State:
    """Return the state of series that have not begun: zeros."""
    return tf.zeros((n_series, N_UNITS)), tf.zeros((n_series, N_UNITS))
