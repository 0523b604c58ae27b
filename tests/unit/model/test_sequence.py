"""A step made into a model over several records."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from stream.errors import ModelError
from stream.model import Bundle
from stream.model.onnx.graph import describe
from stream.model.onnx.sequence import over_time
from stream.model.onnx.session import open_session
from tests.unit.model.graphs import good_bundle, rows

STATES = {"h": "h_next", "c": "c_next"}
OUTPUTS = ["parameters", "h_next", "c_next"]
LSTM_ALONE = ["LSTM", "Identity", "Identity"]

Float32 = NDArray[np.float32]
Edit = Callable[[GraphProto], None]


def exported_step() -> bytes:
    """The step that training exports: the shipped model."""
    return Bundle.default().model


def other_step() -> bytes:
    """A step that does the same by other nodes."""
    return good_bundle()


def graph_over_time(step: bytes) -> GraphProto:
    return parsed(over_time(step, "inputs", STATES, "parameters")).graph


def parsed(model: bytes) -> ModelProto:
    message = ModelProto()
    message.ParseFromString(model)
    return message


def operators_of_each_record(step: bytes) -> list[str]:
    """What is run for one record after another."""
    return [node.op_type for node in only(graph_over_time(step), "Scan").attribute[0].g.node]


def only(graph: GraphProto, operator: str) -> NodeProto:
    node: NodeProto
    (node,) = (node for node in graph.node if node.op_type == operator)
    return node


def weight(graph: GraphProto, name: str) -> NDArray[np.generic]:
    return numpy_helper.to_array(tensor_of(graph, name))


def set_weight(graph: GraphProto, name: str, numbers: NDArray[np.generic]) -> None:
    tensor_of(graph, name).CopyFrom(numpy_helper.from_array(numbers, name))


def tensor_of(graph: GraphProto, name: str) -> TensorProto:
    tensor: TensorProto
    (tensor,) = (tensor for tensor in graph.initializer if tensor.name == name)
    return tensor


def whole_slice(graph: GraphProto) -> NodeProto:
    """The slice of every input, as the exporter writes it."""
    found: NodeProto = next(node for node in graph.node if node.op_type == "Slice" and len(node.input) == 5)
    return found


def cut_columns(graph: GraphProto, name: str, n_columns: int) -> None:
    """Make the value `cut` of the first columns of another, in front of the dense layer."""
    bounds = {"cut_from": 0, "cut_to": n_columns, "cut_axis": 1}
    graph.initializer.extend(numpy_helper.from_array(np.array([number]), each) for each, number in bounds.items())
    insert(graph, helper.make_node("Slice", [name, *bounds], ["cut"]))


def insert(graph: GraphProto, node: NodeProto) -> None:
    """Put a node in front of the dense layer."""
    graph.node.insert(list(graph.node).index(only(graph, "Concat")), node)


def read_inputs_backwards(graph: GraphProto) -> None:
    starts, ends, _, steps = whole_slice(graph).input[1:]
    set_weight(graph, starts, np.array([0, 0, -1], np.int32))
    set_weight(graph, ends, np.array([10**9, 10**9, -(10**9)], np.int32))
    set_weight(graph, steps, np.array([1, 1, -1], np.int32))


def leave_units_out(graph: GraphProto) -> None:
    """The dense layer reads 26 of the 32 units."""
    cut_columns(graph, only(graph, "Concat").input[0], 26)
    only(graph, "Concat").input[0] = "cut"
    kernel = only(graph, "MatMul").input[1]
    set_weight(graph, kernel, weight(graph, kernel)[:52])


def leave_as_many_inputs_out_as_units(graph: GraphProto) -> None:
    """The sizes of the LSTM's weights add up to the dense layer's, all the same."""
    leave_units_out(graph)
    set_weight(graph, whole_slice(graph).input[2], np.array([10**9, 10**9, 20], np.int32))
    set_weight(graph, only(graph, "Reshape").input[1], np.array([1, -1, 20]))
    w = only(graph, "LSTM").input[1]
    set_weight(graph, w, weight(graph, w)[:, :, :20])


def join_the_cells(graph: GraphProto) -> None:
    only(graph, "Concat").input[0] = "c_next"


def join_the_state_before(graph: GraphProto) -> None:
    """In the place of the inputs."""
    cut_columns(graph, "h", 26)
    only(graph, "Concat").input[1] = "cut"


def join_inputs_first(graph: GraphProto) -> None:
    dense = only(graph, "Concat")
    dense.input[:] = reversed(dense.input)


def reshape_the_kernel(graph: GraphProto) -> None:
    """It is no weight any more, but a value that a node makes."""
    kernel, shape = only(graph, "MatMul").input[1], numpy_helper.from_array(np.array([-1, 11]), "shape")
    graph.initializer.append(shape)
    insert(graph, helper.make_node("Reshape", [kernel, shape.name], ["reshaped"]))
    only(graph, "MatMul").input[1] = "reshaped"


def clip_the_gates(graph: GraphProto) -> None:
    only(graph, "LSTM").attribute.append(helper.make_attribute("clip", 0.5))


def bend_the_parameters(graph: GraphProto) -> None:
    only(graph, "Add").output[0] = "straight"
    graph.node.append(helper.make_node("Tanh", ["straight"], ["parameters"]))


def swap_the_states(graph: GraphProto) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [{"h_next": "c_next", "c_next": "h_next"}.get(name, name) for name in names]


def add_the_state_before(graph: GraphProto) -> None:
    insert(graph, helper.make_node("Add", [only(graph, "Concat").input[0], "h"], ["sum"]))
    only(graph, "Concat").input[0] = "sum"


def edited(edit: Edit) -> bytes:
    model = parsed(exported_step())
    edit(model.graph)
    return bytes(model.SerializeToString())


def single_steps(step: bytes, inputs: Float32, h: Float32, c: Float32) -> list[Float32]:
    """Run a step as it is for one record after another."""
    session, results = open_session(step), []
    for each in inputs:
        results.append(session.run(OUTPUTS, {"inputs": each, "h": h, "c": c}))
        _, h, c = results[-1]
    return [np.stack(arrays) for arrays in zip(*results, strict=True)]


@pytest.mark.parametrize("step", [exported_step, other_step])
def test_the_names_are_those_of_the_step_with_the_records_along_an_axis_in_front(step: Callable[[], bytes]) -> None:
    described = describe(over_time(step(), "inputs", STATES, "parameters"))
    axes = {value.name: len(value.shape or ()) for value in (*described.inputs, *described.outputs)}
    assert axes == {"h": 2, "c": 2, "inputs": 3, "parameters": 3, "h_next": 3, "c_next": 3}


def test_of_the_exported_step_only_the_lstm_is_run_record_by_record() -> None:
    assert operators_of_each_record(exported_step()) == LSTM_ALONE


def test_any_other_step_is_inside_as_it_is() -> None:
    step = [node.op_type for node in parsed(other_step()).graph.node]
    assert operators_of_each_record(other_step()) == [*step, "Identity", "Identity"]


@pytest.mark.parametrize(
    "edit",
    [
        read_inputs_backwards,
        leave_units_out,
        leave_as_many_inputs_out_as_units,
        join_inputs_first,
        join_the_cells,
        join_the_state_before,
        reshape_the_kernel,
        clip_the_gates,
        bend_the_parameters,
        swap_the_states,
        add_the_state_before,
    ],
)
def test_a_step_that_differs_in_one_thing_from_the_exported_one_runs_whole_with_the_bits_of_single_steps(
    edit: Edit,
) -> None:
    step = edited(edit)
    inputs, h, c = rows(15)
    inputs, h, c = inputs.reshape(5, 3, -1), h[:3], c[:3]
    session = open_session(over_time(step, "inputs", STATES, "parameters"))
    found = session.run(OUTPUTS, {"inputs": inputs, "h": h, "c": c})
    assert len(operators_of_each_record(step)) > len(LSTM_ALONE)
    assert all(np.array_equal(a, b) for a, b in zip(found, single_steps(step, inputs, h, c), strict=True))


def test_a_file_without_a_graph_is_refused() -> None:
    with pytest.raises(ModelError, match="expected a graph"):
        over_time(b"", "inputs", STATES, "parameters")
