"""The forecasting network in Keras: an LSTM, and a dense layer that reads the LSTM and its inputs."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from stream.detection.arrays import N_INPUTS, N_OUTPUTS, N_UNITS

LOG_SCALE_LIMITS = (-6.0, 3.0)
"""A component narrower than e^-6 would win by betting on repeated values; one wider than e^3 has no information."""

FAR_LOG_WIDTH_LIMITS = (-4.0, 3.0)

DENSE_START = 0.3
"""Factor on the dense layer's first weights: a full Glorot start forecasts jumps that no series makes."""


def negative_log_likelihood(parameters: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return -log p(target) of each record under the mixture that was forecast for it.

    Parameters
    ----------
    parameters : float32, shape (batch, length, 9)
        3 logits, 3 centres (relative to input 0, the record before), 3 log scales (clipped to [-6, 3]).
    inputs : float32, shape (batch, length, 26)
    targets : float32, shape (batch, length)
        The next record, on the scale of `inputs`.

    Returns
    -------
    float32, shape (batch, length)
        In nats.
    """
    logits, centres, log_scales = tf.split(parameters, 3, axis=-1)
    log_scales = tf.clip_by_value(log_scales, *LOG_SCALE_LIMITS)
    deviations = (targets[..., None] - inputs[..., :1] - centres) * tf.exp(-log_scales)
    log_densities = -deviations - log_scales - 2.0 * tf.nn.softplus(-deviations)
    return -tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_densities, axis=-1)


def far_negative_log_likelihood(parameters: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Return -log p(target) of each far record under the logistic that was forecast for it; 0 where it is NaN.

    Parameters
    ----------
    parameters : float32, shape (batch, length, 2)
        Centre (relative to what is usual then, see `Described.usual`) and log width (clipped to [-4, 3]).
    inputs : float32, shape (batch, length, 26)
    targets : float32, shape (batch, length)

    Returns
    -------
    float32, shape (batch, length)
        In nats.
    """
    known = tf.math.is_finite(targets)
    usual = inputs[..., 20] + (1.0 - inputs[..., 22]) * inputs[..., 17]
    log_width = tf.clip_by_value(parameters[..., 1], *FAR_LOG_WIDTH_LIMITS)
    away = tf.where(known, targets, usual) - usual - parameters[..., 0]
    deviation = away * tf.exp(-log_width)
    return tf.where(known, deviation + log_width + 2.0 * tf.nn.softplus(-deviation), 0.0)


# One thread an operation, so that a run repeats itself to the bit; the seeds' own operations still share the cores.
tf.config.threading.set_intra_op_parallelism_threads(1)


tf.config.threading.set_inter_op_parallelism_threads(2)


class Network:
    """LSTM(26 -> 32), then Dense(32 + 26 -> 11) on [h, inputs].

    Out come 3 logits, 3 centres, 3 log scales for the next record; a centre and a log width for the far one.

    Parameters
    ----------
    seed : int
        Seed of the first weights.
    """

    def __init__(self, seed: int) -> None:
        kernel, recurrent, dense = (int(state) for state in np.random.SeedSequence(seed).generate_state(3))
        self._lstm = keras.layers.LSTM(
            N_UNITS,
            return_state=True,
            kernel_initializer=keras.initializers.GlorotUniform(kernel),
            recurrent_initializer=keras.initializers.Orthogonal(seed=recurrent),
        )
        self._dense = keras.layers.Dense(
            N_OUTPUTS,
            kernel_initializer=keras.initializers.VarianceScaling(DENSE_START**2, "fan_avg", "uniform", dense),
        )
        self._lstm.build((None, None, N_INPUTS))
        self._dense.build((None, N_UNITS + N_INPUTS))

    @property
    def weights(self) -> list[keras.Variable]:
        """The LSTM's kernel, recurrent kernel and bias, then the dense layer's kernel and bias."""
        return [*self._lstm.trainable_variables, *self._dense.trainable_variables]

    def step(self, inputs: tf.Tensor, h: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Forecast the record after one record; this is what is exported.

        Parameters
        ----------
        inputs : float32, shape (batch, 26)
        h, c : float32, shape (batch, 32)
            The LSTM's state after the record before; zeros at the start of a series.

        Returns
        -------
        parameters : float32, shape (batch, 11)
        h_next, c_next : float32, shape (batch, 32)
        """
        output, h_next, c_next = self._lstm(inputs[:, None, :], initial_state=[h, c])
        return self._dense(tf.concat([output, inputs], axis=-1)), h_next, c_next

    def unroll(self, inputs: tf.Tensor, h: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Do `step` along the records of series, with gradients; this is what is trained.

        Keras has no fused LSTM for CPUs: its loop took 41 ms an update of 48 x 192 steps on one thread, TensorFlow's
        fused kernel 21 ms. It reads Keras's own weights, its gates in another order and time first. BlockLSTMV2 has
        Keras's order, but its gradient mixes up forget and candidate gate (TensorFlow 2.21); BlockLSTM's is right.

        Parameters
        ----------
        inputs : float32, shape (batch, length, 26)
        h, c : float32, shape (batch, 32)

        Returns
        -------
        parameters : float32, shape (batch, length, 11)
        h_next, c_next : float32, shape (batch, 32)
        """
        cell = self._lstm.cell
        sequence = tf.transpose(inputs, (1, 0, 2))
        no_peephole = tf.zeros(N_UNITS)
        weights = tf.concat([cell.kernel, cell.recurrent_kernel], axis=0)
        run = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(sequence, out_type=tf.int64)[0],
            x=sequence,
            cs_prev=c,
            h_prev=h,
            w=_fused_order(weights),
            wci=no_peephole,
            wcf=no_peephole,
            wco=no_peephole,
            b=_fused_order(cell.bias),
            forget_bias=0.0,
            cell_clip=-1.0,
            use_peephole=False,
        )
        parameters = self._dense(tf.concat([tf.transpose(run.h, (1, 0, 2)), inputs], axis=-1))
        return parameters, run.h[-1], run.cs[-1]


def _fused_order(columns: tf.Tensor) -> tf.Tensor:
    """Bring Keras's gates (input, forget, candidate, output) into the fused kernel's order."""
    input_gate, forget_gate, candidate, output_gate = tf.split(columns, 4, axis=-1)
    return tf.concat([input_gate, candidate, forget_gate, output_gate], axis=-1)
