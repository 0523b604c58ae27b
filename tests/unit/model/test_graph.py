"""What is read from an ONNX file, held against what the `onnx` package wrote into it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, SparseTensorProto, TensorProto, helper, numpy_helper

from stream.errors import ModelError
from stream.model import describe
from stream.model.onnx.graph import Node, Value
from tests.unit.model.graphs import good_bundle, step_model, step_nodes


def control_flow() -> NodeProto:
    branch = helper.make_graph([helper.make_node("Identity", ["h"], ["same"], "inner")], "branch", [], [])
    return helper.make_node("If", ["condition"], ["same"], "outer", then_branch=branch, else_branch=branch)


def external(name: str) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../weights")
    return tensor


def test_the_operators_are_those_that_onnx_counts() -> None:
    description = describe(step_model().SerializeToString())
    assert description.operators == Counter(node.op_type for node in step_nodes())
    assert description.nodes[4] == Node("LSTM", "", "lstm")


def test_inputs_and_outputs_carry_names_types_and_shapes() -> None:
    description = describe(step_model().SerializeToString())
    assert description.inputs[0] == Value("inputs", "float32", ("batch", 26))
    assert [value.name for value in description.outputs] == ["parameters", "h_next", "c_next"]


def test_opsets_versions_and_exporter_are_read() -> None:
    description = describe(step_model(opset=19).SerializeToString())
    assert description.opsets == (("", 19), ("ai.onnx.ml", 2))
    assert (description.ir_version, description.producer) == (8, "tf2onnx")


def test_weights_are_counted_without_the_axes_of_reshaping_nodes() -> None:
    assert describe(good_bundle()).n_weights == 4 * 32 * (26 + 32 + 2) + (32 + 26 + 1) * 11


def test_nodes_of_subgraphs_are_found() -> None:
    model = step_model()
    model.graph.node.append(control_flow())
    names = [node.name for node in describe(model.SerializeToString()).nodes]
    assert names[-3:] == ["outer", "inner", "inner"]


def add_initializer(model: ModelProto) -> None:
    model.graph.initializer.append(external("far"))


def add_attribute(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Constant", [], ["far"], value=external("far")))


def add_to_subgraph(model: ModelProto) -> None:
    node = control_flow()
    node.attribute[0].g.initializer.append(external("far"))
    model.graph.node.append(node)


def add_sparse(model: ModelProto) -> None:
    model.graph.sparse_initializer.append(SparseTensorProto(values=external("far")))


def add_path_alone(model: ModelProto) -> None:
    tensor = external("far")
    tensor.ClearField("data_location")
    model.graph.initializer.append(tensor)


@pytest.mark.parametrize("add", [add_path_alone, add_initializer, add_attribute, add_to_subgraph, add_sparse])
def test_external_data_is_found_wherever_it_hides(add: Callable[[ModelProto], None]) -> None:
    model = step_model()
    add(model)
    assert describe(model.SerializeToString()).external_data == ("far",)


def test_functions_sparse_weights_and_training_graphs_are_counted() -> None:
    model = step_model()
    model.functions.add(name="own", domain="here")
    model.graph.sparse_initializer.append(SparseTensorProto(values=numpy_helper.from_array(np.ones(1), "sparse")))
    model.training_info.add()
    description = describe(model.SerializeToString())
    assert (description.functions, description.sparse_initializers, description.training_info) == (1, 1, True)


def test_a_sequence_is_not_taken_for_a_tensor() -> None:
    model = step_model()
    model.graph.input.append(helper.make_tensor_sequence_value_info("list", TensorProto.FLOAT, [1]))
    assert describe(model.SerializeToString()).inputs[-1] == Value("list", "not a tensor", None)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 a zip file", b"\x08\x08"], ids=["nothing", "a zip file", "no graph"]
)
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="expected a whole ONNX model"):
        describe(content)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2500), st.binary(min_size=1, max_size=8))
def test_damage_among_the_nodes_is_read_or_refused_and_nothing_else_happens(place: int, damage: bytes) -> None:
    content = step_model().SerializeToString()
    with contextlib.suppress(ModelError):
        describe(content[:place] + damage + content[place + len(damage) :])
