"""What Keras exports through tf2onnx becomes a bundle, as docs/bring-your-own-model.md shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf2onnx
from click.testing import CliRunner
from keras import layers

from stream.calibration import reconstruction_errors
from stream.cli.model.command import command
from stream.detection.forecast.windows import Scaling, sliding_windows
from stream.model import Bundle, WindowedMetadata, WindowedReconstruction

WINDOW, SCALING = 24, Scaling(np.array([40.0]), np.array([20.0]))


def values(n_points: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return 50 + 10 * np.sin(2 * np.pi * np.arange(n_points) / WINDOW)[:, None] + random.normal(0, 0.3, (n_points, 1))


def export(model: keras.Model, path: Path) -> Path:
    """Write a model of windows as the document shows."""
    predict = tf.function(lambda windows: model(windows, training=False), autograph=False)
    signature = [tf.TensorSpec((None, WINDOW, 1), tf.float32, "windows")]
    exported, _ = tf2onnx.convert.from_function(predict, input_signature=signature, opset=18)
    path.write_bytes(exported.SerializeToString())
    return path


def wrapped(model: Path, kind: str) -> Bundle:
    rows = [f"{1_700_000_000 + 60 * i},{value!r}" for i, value in enumerate(values(400, seed=2)[:, 0].tolist())]
    (model.parent / "values.csv").write_text("\n".join(["timestamp,value", *rows]))
    scaling = {"offset": SCALING.offset.tolist(), "scale": SCALING.scale.tolist()}
    (model.parent / "scaling.json").write_text(json.dumps(scaling))
    data = ["--calibrate", str(model.parent / "values.csv"), "--scaling", str(model.parent / "scaling.json")]
    out = model.with_name("bundle.onnx")
    words = ["wrap", str(model), "--kind", kind, "--window", str(WINDOW), *data, "--out", str(out)]
    assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    return Bundle.load(out)


def autoencoder() -> keras.Model:
    """The chapter's network: an LSTM over the window and a dense layer on each of its states."""
    keras.utils.set_random_seed(1)
    stack = [layers.LSTM(16, return_sequences=True), layers.Dense(1, activation="sigmoid")]
    return keras.Sequential([keras.Input((WINDOW, 1)), *stack])


def test_a_trained_autoencoder_scores_a_fault_above_1_and_most_of_the_rest_below(tmp_path: Path) -> None:
    model = autoencoder()
    rows = SCALING.scaled(values(2000, seed=1))
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(sliding_windows(rows, WINDOW, 4), sliding_windows(rows, WINDOW, 4), batch_size=64, epochs=5, verbose=0)
    bundle = wrapped(export(model, tmp_path / "autoencoder.onnx"), "reconstruct")
    assert isinstance(bundle.metadata, WindowedReconstruction)
    unseen = values(480, seed=3)
    unseen[240:246] += 30
    scores = reconstruction_errors(bundle.window_model(), SCALING.scaled(unseen), WINDOW) / bundle.metadata.cutoff
    far = np.r_[0:210, 250 : len(scores)]
    assert scores[220:240].min() > 1
    assert np.mean(scores[far] > 1) < 0.05


def test_the_bundle_predicts_what_keras_does(tmp_path: Path) -> None:
    model = autoencoder()
    bundle = wrapped(export(model, tmp_path / "autoencoder.onnx"), "reconstruct")
    windows = sliding_windows(SCALING.scaled(values(100, seed=3)), WINDOW, 1)
    np.testing.assert_allclose(bundle.window_model().predict(windows), model.predict(windows, verbose=0), atol=1e-5)


def lstm() -> list[keras.Layer]:
    return [layers.LSTM(8), layers.Dense(1), layers.Reshape((1, 1))]


def bidirectional() -> list[keras.Layer]:
    return [layers.Bidirectional(layers.LSTM(8, return_sequences=True)), layers.Dense(1)]


def repeated() -> list[keras.Layer]:
    return [layers.LSTM(8), layers.RepeatVector(WINDOW), layers.LSTM(8, return_sequences=True), layers.Dense(1)]


def convolution() -> list[keras.Layer]:
    down = layers.Conv1D(8, 5, 2, padding="same", activation="relu")
    return [down, layers.Conv1DTranspose(1, 5, 2, padding="same")]


def dense() -> list[keras.Layer]:
    return [layers.Flatten(), layers.Dense(8, "elu"), layers.Dense(WINDOW), layers.Reshape((WINDOW, 1))]


def normalised() -> list[keras.Layer]:
    return [
        layers.Conv1D(4, 3, padding="same"),
        layers.LayerNormalization(),
        layers.BatchNormalization(),
        layers.Dense(1),
    ]


@pytest.mark.parametrize(
    ("stack", "n_together"),
    [(lstm, 32), (bidirectional, 32), (repeated, 32), (convolution, 32), (dense, 1), (normalised, 32)],
)
def test_common_networks_are_wrapped_and_give_the_same_bits_in_any_batch(
    stack: Callable[[], list[keras.Layer]], n_together: int, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((WINDOW, 1)), *stack()])
    bundle = wrapped(export(model, tmp_path / "model.onnx"), "forecast")
    assert isinstance(bundle.metadata, WindowedMetadata)
    windows = sliding_windows(SCALING.scaled(values(100, seed=3)), WINDOW, 1)
    alone = np.concatenate([bundle.window_model().predict(windows[i : i + 1]) for i in range(len(windows))])
    assert bundle.n_together == n_together
    assert np.array_equal(bundle.window_model().predict(windows), alone)
