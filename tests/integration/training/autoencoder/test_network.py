"""The chapter's network: the gradient that it learns by, what is written, and that it learns at all."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from stream.detection.arrays import Float32
from stream.model import describe
from training.autoencoder.network import Fitted, build, export, fit
from training.autoencoder.plan import NetworkPlan

SMALL = NetworkPlan(time_steps=7, n_epochs=2, n_batch=4, n_units=5)
STEP = 1e-2


@pytest.fixture
def windows() -> Float32:
    return np.random.default_rng(3).random((20, 7, 1)).astype(np.float32)


def test_the_gradient_is_that_of_differences(windows: Float32) -> None:
    network = build(SMALL)
    loss = tf.function(lambda: tf.reduce_mean((network(windows, training=True) - windows) ** 2))
    with tf.GradientTape() as tape:
        value = loss()
    gradients = tape.gradient(value, network.trainable_variables)
    for weights, gradient in zip(network.trainable_variables, gradients, strict=True):
        place = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        assert difference(weights, place, loss) == pytest.approx(float(gradient[place]), rel=0.01)


def difference(
    weights: keras.Variable, place: tuple[np.intp, ...], loss: tf.types.experimental.GenericFunction
) -> float:
    start = weights.numpy()
    sides = []
    for sign in (1, -1):
        moved = np.copy(start)
        moved[place] += sign * STEP
        weights.assign(moved)
        sides.append(float(loss()))
    weights.assign(start)
    return (sides[0] - sides[1]) / (2 * STEP)


def test_the_exported_graph_has_one_lstm_node(windows: Float32) -> None:
    description = describe(export(build(SMALL)))
    assert [node.op_type for node in description.nodes].count("LSTM") == 1


def test_a_fit_lowers_the_loss_and_tells_every_epoch(windows: Float32) -> None:
    reported: list[int] = []

    def watch(epoch: int, fitted: Fitted) -> None:
        reported.append(epoch)
        assert len(fitted.epochs) == epoch

    fitted = fit(SMALL, windows, windows, watch)
    assert reported == [1, 2]
    assert fitted.epochs[1].validation_loss < fitted.epochs[0].validation_loss


def test_a_seed_repeats_itself_to_the_bit(windows: Float32) -> None:
    first, second = (fit(SMALL, windows, windows, lambda epoch, fitted: None) for _ in range(2))
    assert first.epochs == second.epochs
