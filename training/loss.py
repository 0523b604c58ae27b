"""How badly a forecast fits what came: the negative log likelihood of a mixture of three logistics."""

from __future__ import annotations

import tensorflow as tf

LOG_SCALE_LIMITS = (-6.0, 3.0)
"""A component narrower than e^-6 would win by betting on repeated values; one wider than e^3 says nothing."""


def negative_log_likelihood(parameters: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Give -log p(target) of each record under the mixture that was forecast for it.

    Parameters
    ----------
    parameters : float32, shape (batch, length, 9)
        3 logits, 3 centres (relative to input 0, the record before), 3 log scales (clipped to [-6, 3]).
    inputs : float32, shape (batch, length, 17)
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
