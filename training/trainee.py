"""One seed's network with its optimizer: it learns from stretches of series and is judged on others."""

from __future__ import annotations

from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stream.detection import N_UNITS
from training.examples import Examples
from training.loss import negative_log_likelihood
from training.network import Network
from training.plan import Plan

Float32: TypeAlias = NDArray[np.float32]
State: TypeAlias = tuple[tf.Tensor, tf.Tensor]


class Trainee:
    """A network that learns.

    Parameters
    ----------
    plan : Plan
    seed : int
        Decides the first weights and the noise on the targets.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        self.seed = seed
        self.network = Network(seed)
        self._plan = plan
        self._schedule = keras.optimizers.schedules.CosineDecay(
            plan.learning_rate, plan.n_rounds * plan.n_round_updates, plan.final_rate_share
        )
        self._optimizer = keras.optimizers.Adam(self._schedule, global_clipnorm=plan.gradient_norm)
        self._optimizer.build(self.network.weights)
        self._n_skipped = keras.Variable(0, dtype="int32", trainable=False)
        self._judge = tf.function(self._stretch_loss, autograph=False)

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
        """Learn from one stretch of a round; to be traced by `tf.function`.

        Parameters
        ----------
        inputs : float32, shape (batch, length, 17)
        targets : float32, shape (batch, length)
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
        noise = tf.random.stateless_normal(tf.shape(targets), [self.seed, counter], stddev=self._plan.target_noise)
        with tf.GradientTape() as tape:
            loss, state = self._stretch_loss(inputs, targets + noise, scored, state)
        gradients = self._finite(tape.gradient(loss, self.network.weights))
        self._optimizer.apply_gradients(zip(gradients, self.network.weights, strict=True))
        return loss, state

    def _finite(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Drop a gradient that overflowed on its way through 192 records: clipped, it would make every weight NaN."""
        finite = tf.math.is_finite(tf.linalg.global_norm(gradients))
        self._n_skipped.assign_add(tf.cast(~finite, tf.int32))
        return [tf.where(finite, gradient, 0.0) for gradient in gradients]

    def judge(self, examples: Examples) -> float:
        """Give the mean negative log likelihood of series that were not learned from, in nats a record."""
        noise = np.random.default_rng(self._plan.held_out_seed).normal(size=examples.targets.shape)
        targets = (examples.targets + self._plan.target_noise * noise).astype(np.float32)
        state, total, n_scored = start_state(len(targets)), 0.0, 0.0
        for stretch, scored in stretches(self._plan):
            loss, state = self._judge(examples.inputs[:, stretch], targets[:, stretch], scored, state)
            total += float(loss) * float(scored.sum())
            n_scored += float(scored.sum())
        return total / n_scored

    def _stretch_loss(
        self, inputs: tf.Tensor, targets: tf.Tensor, scored: tf.Tensor, state: State
    ) -> tuple[tf.Tensor, State]:
        parameters, h, c = self.network.unroll(inputs, *state)
        losses = tf.reduce_mean(negative_log_likelihood(parameters, inputs, targets), axis=0)
        return tf.reduce_sum(losses * scored) / tf.reduce_sum(scored), (h, c)


def start_state(n_series: int) -> State:
    """Give the state of series that have not begun: zeros."""
    return tf.zeros((n_series, N_UNITS)), tf.zeros((n_series, N_UNITS))


def stretches(plan: Plan) -> list[tuple[slice, Float32]]:
    """Cut a series into the stretches of truncated back-propagation, each with its scored records marked 1."""
    scored = (np.arange(plan.n_steps) >= plan.n_unscored).astype(np.float32)
    starts = range(0, plan.n_steps, plan.n_unrolled)
    cuts = [slice(start, start + plan.n_unrolled) for start in starts]
    return [(cut, scored[cut]) for cut in cuts]
