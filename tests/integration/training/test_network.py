"""The network that is trained and the step that is exported are one."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from stream.detection.arrays import N_INPUTS
from training.network.network import DENSE_START, Network


def test_unrolling_equals_stepping_record_by_record() -> None:
    rng, network = np.random.default_rng(0), Network(seed=1)
    inputs = rng.normal(0, 2, (5, 100, N_INPUTS)).astype(np.float32)
    h = c = np.zeros((5, 32), np.float32)
    unrolled, h_last, c_last = network.unroll(inputs, h, c)
    for t in range(100):
        parameters, h, c = network.step(inputs[:, t], h, c)
        np.testing.assert_allclose(parameters, unrolled[:, t], atol=1e-5)
    np.testing.assert_allclose(h, h_last, atol=1e-5)
    np.testing.assert_allclose(c, c_last, atol=1e-5)


def test_both_ways_have_the_same_gradients() -> None:
    rng, network = np.random.default_rng(0), Network(seed=1)
    inputs = rng.normal(size=(4, 10, N_INPUTS)).astype(np.float32)
    h, c = rng.normal(size=(2, 4, 32)).astype(np.float32)
    with tf.GradientTape(persistent=True) as tape:
        unrolled = tf.reduce_sum(network.unroll(inputs, h, c)[0][:, -1] ** 2)
        for t in range(10):
            parameters, h, c = network.step(inputs[:, t], h, c)
        stepped = tf.reduce_sum(parameters**2)
    pairs = zip(tape.gradient(unrolled, network.weights), tape.gradient(stepped, network.weights), strict=True)
    for ours, keras in pairs:
        np.testing.assert_allclose(ours, keras, rtol=1e-4, atol=1e-5)


def test_a_seed_decides_the_first_weights() -> None:
    first, again, other = Network(seed=1), Network(seed=1), Network(seed=2)
    for a, b in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.weights[0], other.weights[0])


def test_the_dense_layer_starts_small() -> None:
    kernel = np.asarray(Network(seed=1).weights[3])
    glorot_limit = np.sqrt(6 / sum(kernel.shape))
    assert 0.9 * DENSE_START * glorot_limit < np.abs(kernel).max() <= DENSE_START * glorot_limit
