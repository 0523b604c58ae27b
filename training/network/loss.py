"""How badly forecasts fit what came: negative log likelihoods, of a mixture of logistics and of a single one."""

from __future__ import annotations

import tensorflow as tf

LOG_SCALE_LIMITS = (-6.0, 3.0)
"""A component narrower than e^-6 would win by betting on repeated values; one wider than e^3 has no information."""


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


FAR_LOG_WIDTH_LIMITS = (-4.0, 3.0)


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
