"""The graph in a bundle: operators beyond the list, another signature and other outputs than the golden are refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.unit.model.graphs import N_GOLDEN, good_bundle, good_model, metadata_of, sealed_by_force, step_model, value
from tests.unit.model.refusal import refusal


def test_external_data_is_refused() -> None:
    model = good_model()
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    error = refusal(sealed_by_force(model))
    assert error.check == "external data"
    assert "the first `w`" in error.reason


@pytest.mark.parametrize(
    ("domain", "version", "reason"),
    [("", 16, "found 16"), ("", 22, "found 22"), ("com.microsoft", 1, "found `com.microsoft`")],
)
def test_an_operator_set_that_was_not_tried_is_refused(domain: str, version: int, reason: str) -> None:
    model = good_model()
    model.opset_import[0].CopyFrom(helper.make_opsetid(domain, version))
    error = refusal(sealed_by_force(model))
    assert error.check == "opset"
    assert reason in error.reason


def test_a_second_operator_set_is_refused() -> None:
    assert refusal(sealed_by_force(step_model())).check == "opset"


def foreign_operator(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["noise"], "noise", shape=[1]))


def foreign_domain(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Add", ["h", "c"], ["sum"], "sum", domain="com.evil"))


def control_flow(model: ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], [], "round", body=body))


def operator_in_a_subgraph(model: ModelProto) -> None:
    body = helper.make_graph([helper.make_node("ImageDecoder", ["h"], ["picture"], "hidden")], "body", [], [])
    model.graph.node.append(helper.make_node("Add", ["h", "c"], ["sum"], "sum", body=body))


def function(model: ModelProto) -> None:
    model.functions.add(name="own", domain="")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (foreign_operator, "operator RandomNormal at `noise`"),
        (foreign_domain, "`com.evil.Add` at `sum`"),
        (control_flow, "no control flow, found Loop at `round`"),
        (operator_in_a_subgraph, "operator ImageDecoder at `hidden`"),
        (function, "1 functions of the model's own"),
    ],
)
def test_an_operator_beyond_the_list_is_refused(change: Callable[[ModelProto], None], reason: str) -> None:
    model = good_model()
    change(model)
    error = refusal(sealed_by_force(model))
    assert error.check == "operators"
    assert reason in error.reason


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (value("inputs", 17), r"`inputs` of shape (free, 26), found (free, 17)"),
        (value("inputs", 26, batch=1), r"`inputs` of shape (free, 26), found (1, 26): export the batch free"),
        (value("inputs", 26, element=TensorProto.DOUBLE), "`inputs` of float32, found float64"),
        (value("x", 26), "expected graph inputs c, h, inputs, found c, h, x"),
    ],
    ids=["size", "batch", "type", "name"],
)
def test_another_signature_is_refused(declared: object, reason: str) -> None:
    model = good_model()
    model.graph.input[0].CopyFrom(declared)
    error = refusal(sealed_by_force(model))
    assert error.check == "signature"
    assert reason in error.reason


def test_an_output_without_a_shape_is_refused() -> None:
    model = good_model()
    model.graph.output[0].type.tensor_type.ClearField("shape")
    assert "found no shape" in refusal(sealed_by_force(model)).reason


def test_a_graph_that_the_runtime_cannot_use_is_refused() -> None:
    model = good_model()
    model.graph.node[4].input[1] = "nowhere"
    error = refusal(sealed_by_force(model))
    assert error.check == "session"
    assert "ONNX Runtime" in error.reason


def test_wrong_weights_under_fitting_hashes_do_not_give_the_golden_outputs() -> None:
    model = good_model()
    kernel = numpy_helper.to_array(model.graph.initializer[3]) * np.float32(1.001)
    model.graph.initializer[3].CopyFrom(numpy_helper.from_array(kernel, "kernel"))
    error = refusal(sealed_by_force(model))
    assert error.check == "golden"
    assert "expected `parameters` of golden row 0 within 1e-05" in error.reason


@pytest.mark.parametrize("name", ["inputs", "h_next"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_golden_row_that_is_not_finite_is_refused(name: str, number: float) -> None:
    golden = metadata_of(good_bundle()).golden
    array = np.frombuffer(getattr(golden, name), "<f4").copy()
    array[5] = number
    error = refusal(sealed_by_force(good_bundle(), golden=replace(golden, **{name: array.tobytes()})))
    assert error.check == "golden"
    assert f"found NaN or infinity in `{name}`" in error.reason


def test_golden_rows_of_another_length_are_refused() -> None:
    golden = replace(metadata_of(good_bundle()).golden, rows=N_GOLDEN + 1)
    error = refusal(sealed_by_force(good_bundle(), golden=golden))
    assert "expected 520 bytes of golden `inputs` for shape (5, 26), found 416" in error.reason
