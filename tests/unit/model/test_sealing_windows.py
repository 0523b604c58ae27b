"""Sealing an exported model that looks at windows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto

from stream.errors import ModelError
from stream.model import Bundle
from tests.unit.model.window_graphs import (
    FORECAST,
    N_GOLDEN,
    RECONSTRUCTION,
    array,
    metadata_of,
    model_of,
    reconstruction_bundle,
    sealed,
    window_model,
    windows,
)


def test_sealing_twice_gives_the_same_bytes() -> None:
    assert sealed(model_of(reconstruction_bundle()), RECONSTRUCTION) == reconstruction_bundle()


def test_a_sealed_model_is_still_an_onnx_model() -> None:
    onnx.checker.check_model(onnx.load_from_string(reconstruction_bundle()))


def test_golden_outputs_are_what_the_model_predicts() -> None:
    model = Bundle.from_bytes(reconstruction_bundle(), Path("memory")).window_model()
    assert metadata_of(reconstruction_bundle()).golden.predicted == model.predict(windows(N_GOLDEN)).tobytes()


def test_numbers_come_back_to_the_last_bit() -> None:
    numbers = [1 / 3, 1e-17 + 0.1]
    metadata = metadata_of(sealed(window_model(), RECONSTRUCTION | {"offset": numbers, "scale": np.array(numbers)}))
    assert (metadata.offset, metadata.scale) == (tuple(numbers), tuple(numbers))


def test_a_forecast_may_have_as_many_steps_as_its_window() -> None:
    assert metadata_of(sealed(window_model(), FORECAST)).n_steps == 12


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "stateful-forecast"}, "expected a kind out of windowed-forecast, windowed-reconstruction, found"),
        ({"version": "1"}, r"\$\.version"),
        ({"cutoff": None}, "missing required field `cutoff`"),
        ({"cutoff": 0.0}, r"\$\.cutoff"),
        ({"spread": [1.0, 1.0]}, "unknown field `spread`"),
        ({"scale": [1.0, 0.0]}, r"\$\.scale"),
        ({"scale": [1.0]}, "expected one `scale` for each of 2 features, found 1"),
        ({"window": 24}, r"expected `values` of shape \(free, 24, 2\), found \(free, 12, 2\)"),
        ({"features": ("cpu",)}, r"expected `values` of shape \(free, 12, 1\), found \(free, 12, 2\)"),
    ],
)
def test_what_would_be_refused_on_load_is_not_sealed(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        sealed(window_model(), RECONSTRUCTION | changes)


@pytest.mark.parametrize(
    ("golden", "reason"),
    [
        (windows(0), "expected at least one golden row, found none"),
        (windows(4, window=9), r"expected golden windows of shape \(rows, 12, 2\), found \(4, 9, 2\)"),
        (windows(4) * np.float32(np.nan), "NaN or infinity"),
    ],
    ids=["none", "shape", "NaN"],
)
def test_golden_windows_that_show_nothing_are_refused(golden: Any, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        sealed(window_model(), RECONSTRUCTION, golden)


def second_input(model: ModelProto) -> None:
    model.graph.input.append(array("state", ["batch", 8]))


def second_output(model: ModelProto) -> None:
    model.graph.output.append(array("last", [1, "batch", 8]))


def float64(model: ModelProto) -> None:
    model.graph.input[0].CopyFrom(array("values", ["batch", 12, 2], TensorProto.DOUBLE))


def fixed_batch(model: ModelProto) -> None:
    model.graph.input[0].CopyFrom(array("values", [1, 12, 2]))


def flat_output(model: ModelProto) -> None:
    model.graph.node[-1].output[0] = "series"
    model.graph.node.append(onnx.helper.make_node("Flatten", ["series"], ["predicted"], "flat"))
    model.graph.output[0].CopyFrom(array("predicted", ["batch", 24]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (second_input, "expected one graph input, found 2: `values`, `state`"),
        (second_output, "expected one graph output, found 2: `predicted`, `last`"),
        (float64, "expected `values` of float32, found float64"),
        (fixed_batch, r"expected `values` of shape \(free, 12, 2\), found \(1, 12, 2\): export the batch free"),
        (flat_output, r"shape \(batch, 1 or 12, 2\), found \(16, 24\) for 16 windows: end the network with a reshape"),
    ],
)
def test_a_graph_that_is_not_one_window_to_one_window_is_not_sealed(change: Any, reason: str) -> None:
    model = window_model()
    change(model)
    with pytest.raises(ModelError, match=reason):
        sealed(model, RECONSTRUCTION)
