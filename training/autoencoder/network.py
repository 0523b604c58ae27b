"""The network in Keras: an LSTM that reads a window and a dense layer that redraws it; fitted, exported."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
import tf2onnx

from stream.detection.arrays import Float32
from stream.errors import TrainingError
from training.autoencoder.plan import NetworkPlan
from training.network.bundling import OPSET

# A run fits many networks on purpose; TensorFlow takes each for a mistake and warns of its tracing.
tf.get_logger().setLevel("ERROR")

N_EVALUATE = 256
"""Windows redrawn at once where nothing is learned."""

PARITY = 1e-5
"""Largest difference between Keras and ONNX Runtime, in scaled units."""


class Epoch(NamedTuple):
    """Losses after an epoch: mean squared and mean absolute error, in scaled units."""

    loss: float
    mae: float
    validation_loss: float
    validation_mae: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network that has learned."""

    network: keras.Sequential
    epochs: list[Epoch]
    duration_s: float

    def predict(self, windows: Float32) -> Float32:
        """Redraw windows, by Keras itself."""
        predicted: Float32 = self.network.predict(windows, batch_size=N_EVALUATE, verbose=0)
        return predicted


Watch = Callable[[int, Fitted], None]
"""Called after each epoch with its number, from 1, and what has been learned so far."""


def build(plan: NetworkPlan) -> keras.Sequential:
    """Stack LSTM and Dense(sigmoid), compiled with adam, mean squared error, and mean absolute error as metric.

    The dense layer redraws every point of the window. Keras's own loop over the points is used, whose gradient is right
    (a test compares it with differences); TensorFlow 2.21's fused one is not, see `training.network.network`.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(plan.seed)
    network = keras.Sequential(
        [
            keras.layers.Input((plan.time_steps, plan.n_features), name="window"),
            keras.layers.LSTM(plan.n_units, return_sequences=True, name="lstm"),
            keras.layers.Dense(plan.n_features, activation="sigmoid", name="dense"),
        ],
        name="autoencoder",
    )
    network.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])
    return network


def fit(plan: NetworkPlan, windows: Float32, validation: Float32, watch: Watch, logdir: Path | None = None) -> Fitted:
    """Fit a new network to redraw windows.

    Parameters
    ----------
    plan : NetworkPlan
        With a patience the fit ends early, and with the weights of its best epoch.
    windows, validation : float32, shape (n, time_steps, features)
        Learned from, and looked at after each epoch; scaled.
    logdir : Path or None
        For TensorBoard's curves and graph.
    """
    fitted = Fitted(build(plan), [], 0.0)

    def note(epoch: int, logs: dict[str, float]) -> None:
        fitted.epochs.append(Epoch(*(float(logs[name]) for name in ("loss", "mae", "val_loss", "val_mae"))))
        watch(epoch + 1, fitted)

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=note)]
    if plan.patience is not None:
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=plan.patience, restore_best_weights=True))
    if logdir is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(logdir), write_graph=True))
    start_s = time.monotonic()
    fitted.network.fit(
        windows,
        windows,
        batch_size=plan.n_batch,
        epochs=plan.n_epochs,
        validation_data=(validation, validation),
        validation_batch_size=N_EVALUATE,
        callbacks=callbacks,
        verbose=0,
    )
    return Fitted(fitted.network, fitted.epochs, time.monotonic() - start_s)


def export(network: keras.Sequential) -> bytes:
    """Write a network as an ONNX model with one LSTM node.

    Returns
    -------
    bytes
        Input `windows` and output `redrawn`, both (batch, time_steps, features), float32, the batch free.
    """

    def redraw(windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"redrawn": network(windows, training=False)}

    signature = [tf.TensorSpec(network.input_shape, tf.float32, "windows")]
    traced = tf.function(redraw, autograph=False)
    model, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)
    return bytes(model.SerializeToString())


def check_parity(by_keras: Float32, by_onnx: Float32) -> float:
    """Return the largest difference between Keras and ONNX Runtime.

    Raises
    ------
    TrainingError
        If it is above `PARITY`.
    """
    difference = float(np.abs(by_keras - by_onnx).max())
    if not difference <= PARITY:
        raise TrainingError(
            f"expected ONNX Runtime to redraw windows as Keras does, within {PARITY:g}; found a difference of "
            f"{difference:.2g}: the export is wrong, check the versions of tensorflow and tf2onnx"
        )
    return difference
