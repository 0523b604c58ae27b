"""The checks of a windowed bundle: what the stateful one is checked for, and what only a windowed one can get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from onnx import TensorProto, helper, numpy_helper

from stream.errors import ModelError
from stream.model import CHECKS, Bundle, WindowedForecast, WindowedReconstruction, describe
from stream.model.metadata import property_of, unsealed, with_document
from tests.unit.model.graphs import good_bundle
from tests.unit.model.refusal import refusal
from tests.unit.model.window_graphs import (
    FEATURES,
    N_GOLDEN,
    WINDOW,
    array,
    forecast_bundle,
    metadata_of,
    model_of,
    reconstruction_bundle,
    sealed_by_force,
    windows,
)


@pytest.mark.parametrize("bundle", [forecast_bundle, reconstruction_bundle])
def test_a_good_bundle_passes_every_check_in_order(bundle: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "good.onnx"
    path.write_bytes(bundle())
    passed: list[str] = []
    Bundle.load(path, passed.append)
    assert passed == list(CHECKS)


def test_a_forecast_carries_its_scaling_and_spread() -> None:
    metadata = Bundle.from_bytes(forecast_bundle(), Path("memory")).metadata
    assert isinstance(metadata, WindowedForecast)
    assert (metadata.window, metadata.n_steps, metadata.features) == (WINDOW, 1, FEATURES)
    assert (metadata.offset, metadata.scale, metadata.spread) == ((0, 100), (1, 50), (0.1, 3))
    assert (metadata.input, metadata.output) == ("values", "predicted")


def test_a_reconstruction_carries_its_cut_off_and_stride() -> None:
    metadata = Bundle.from_bytes(reconstruction_bundle(), Path("memory")).metadata
    assert isinstance(metadata, WindowedReconstruction)
    assert (metadata.n_steps, metadata.cutoff, metadata.stride) == (WINDOW, 1.5, 4)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"scale": (1.0, 0.0)}, "$.scale["),
        ({"scale": (1.0, -1.0)}, "$.scale["),
        ({"scale": (1.0, float("inf"))}, "$.scale["),
        ({"offset": (0.0, float("nan"))}, "$.offset["),
        ({"cutoff": 0.0}, "$.cutoff"),
        ({"cutoff": float("nan")}, "$.cutoff"),
        ({"window": 5000}, "$.window"),
        ({"stride": 0}, "$.stride"),
        ({"scale": (1.0,)}, "expected one `scale` for each of 2 features, found 1"),
        ({"offset": (1.0, 2.0, 3.0)}, "expected one `offset` for each of 2 features, found 3"),
        ({"features": ("cpu", "cpu")}, "features of different names, found cpu, cpu"),
        ({"n_steps": 5}, "expected `n_steps` of 1 or the window's 12, found 5"),
        ({"stride": 13}, "expected a stride of at most the window's 12, found 13"),
        ({"output": "values"}, "expected an output that is not the input `values`"),
    ],
)
def test_a_field_that_cannot_be_is_refused_and_named(changes: dict[str, object], reason: str) -> None:
    bundle = reconstruction_bundle()
    error = refusal(sealed_by_force(model_of(bundle), bundle, **changes))
    assert error.check == "metadata"
    assert reason in error.reason


def test_a_forecast_needs_a_spread_for_each_feature() -> None:
    bundle = forecast_bundle()
    error = refusal(sealed_by_force(model_of(bundle), bundle, spread=(0.1,)))
    assert "expected one `spread` for each of 2 features, found 1" in error.reason


@pytest.mark.parametrize("field", ["cutoff", "stride", "window", "scale", "golden"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    bundle = reconstruction_bundle()
    document: dict[str, object] = json.loads(property_of(describe(bundle)))
    del document[field]
    error = refusal(with_document(unsealed(bundle), json.dumps(document).encode()))
    assert error.check == "metadata"
    assert f"missing required field `{field}`" in error.reason


def test_external_data_is_refused() -> None:
    model = model_of(forecast_bundle())
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    assert refusal(sealed_by_force(model, forecast_bundle())).check == "external data"


def test_a_foreign_operator_is_refused() -> None:
    model = model_of(forecast_bundle())
    model.graph.node.append(helper.make_node("RandomNormal", [], ["noise"], "noise", shape=[1]))
    assert refusal(sealed_by_force(model, forecast_bundle())).check == "operators"


@pytest.mark.parametrize(
    ("axes", "element", "reason"),
    [
        (["batch", 13, 2], TensorProto.FLOAT, "`values` of shape (free, 12, 2), found (free, 13, 2)"),
        (["batch", 12, 3], TensorProto.FLOAT, "`values` of shape (free, 12, 2), found (free, 12, 3)"),
        (["batch", 12], TensorProto.FLOAT, "`values` of shape (free, 12, 2), found (free, 12)"),
        ([1, 12, 2], TensorProto.FLOAT, "found (1, 12, 2): export the batch free"),
        (["batch", 12, 2], TensorProto.DOUBLE, "`values` of float32, found float64"),
    ],
    ids=["window", "features", "axes", "batch", "type"],
)
def test_an_input_of_another_shape_or_type_is_refused(axes: list[int | str], element: int, reason: str) -> None:
    model = model_of(forecast_bundle())
    model.graph.input[0].CopyFrom(array("values", axes, element))
    error = refusal(sealed_by_force(model, forecast_bundle()))
    assert error.check == "signature"
    assert reason in error.reason


def test_axes_that_the_graph_leaves_free_fit() -> None:
    model = model_of(reconstruction_bundle())
    model.graph.input[0].CopyFrom(array("values", ["batch", "length", "features"]))
    model.graph.output[0].type.tensor_type.ClearField("shape")
    assert Bundle.from_bytes(sealed_by_force(model, reconstruction_bundle()), Path("memory")).name == "small"


def test_wrong_weights_under_fitting_hashes_do_not_give_the_golden_outputs() -> None:
    model = model_of(reconstruction_bundle())
    kernel = numpy_helper.to_array(model.graph.initializer[3]) * np.float32(1.01)
    model.graph.initializer[3].CopyFrom(numpy_helper.from_array(kernel, "kernel"))
    error = refusal(sealed_by_force(model, reconstruction_bundle()))
    assert error.check == "golden"
    assert "expected `predicted` of golden row 0 within 0.0001" in error.reason


@pytest.mark.parametrize("name", ["windows", "predicted"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_golden_row_that_is_not_finite_is_refused(name: str, number: float) -> None:
    bundle = reconstruction_bundle()
    golden = metadata_of(bundle).golden
    rows = np.frombuffer(getattr(golden, name), "<f4").copy()
    rows[5] = number
    content = sealed_by_force(model_of(bundle), bundle, golden=replace(golden, **{name: rows.tobytes()}))
    assert refusal(content).check == "golden"


def test_golden_rows_of_another_length_are_refused() -> None:
    bundle = reconstruction_bundle()
    golden = replace(metadata_of(bundle).golden, rows=N_GOLDEN + 1)
    error = refusal(sealed_by_force(model_of(bundle), bundle, golden=golden))
    assert "expected 1,632 bytes of golden `values` for shape (17, 12, 2), found 1,536" in error.reason


def test_a_model_whose_rows_depend_on_one_another_is_refused() -> None:
    model = model_of(forecast_bundle())
    model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "batch axis"))
    model.graph.node[-1].output[0] = "each"
    model.graph.node.append(helper.make_node("ReduceMean", ["each", "batch axis"], ["mean"], "mean", keepdims=1))
    model.graph.node.append(helper.make_node("Sub", ["each", "mean"], ["predicted"], "centred"))
    inputs = windows(N_GOLDEN)
    golden = metadata_of(forecast_bundle()).golden
    predicted = np.frombuffer(golden.predicted, "<f4").reshape(len(inputs), 1, 2)
    centred = replace(golden, predicted=(predicted - predicted.mean(axis=0)).tobytes())
    error = refusal(sealed_by_force(model, forecast_bundle(), golden=centred))
    assert error.check == "batch"
    assert "found it different with other rows around it" in error.reason


def test_each_kind_gives_only_its_own_model() -> None:
    with pytest.raises(ModelError, match="expected a bundle of kind stateful-forecast, found windowed-forecast"):
        Bundle.from_bytes(forecast_bundle(), Path("memory")).forecaster()
    with pytest.raises(ModelError, match="expected a bundle of a windowed kind, found stateful-forecast"):
        Bundle.from_bytes(good_bundle(), Path("memory")).window_model()


def test_the_document_of_a_windowed_bundle_names_its_kind() -> None:
    assert json.loads(property_of(describe(forecast_bundle())))["kind"] == "windowed-forecast"
