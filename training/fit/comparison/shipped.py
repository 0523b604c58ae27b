"""The shipped model's weights, read out of its bundle: the file that runs is the one that the learning starts from."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from stream.detection.arrays import Float32
from stream.errors import TrainingError
from stream.model import Bundle
from training.network.network import Network

Tensors: TypeAlias = dict[str, NDArray[np.float32]]


def start_from(bundle: Bundle, network: Network) -> None:
    """Set a network's weights from a `stateful-forecast` bundle.

    ONNX's LSTM has its gates in the order input, output, forget, candidate, row by row, and two biases that are added
    (github.com/onnx/onnx, docs/Operators.md, LSTM); Keras has input, forget, candidate, output, column by column.

    Raises
    ------
    TrainingError
        If the graph is not an LSTM and one dense layer of these sizes.
    """
    found = _weights(onnx.load_from_string(bundle.model).graph)
    expected = [tuple(weight.shape) for weight in network.weights]
    if [weight.shape for weight in found] != expected:
        raise TrainingError(
            f"model {bundle.path}: expected an LSTM and a dense layer with weights of shapes {expected}, found "
            f"{[weight.shape for weight in found]}: train with --from-scratch"
        )
    for weight, value in zip(network.weights, found, strict=True):
        weight.assign(value)


def _weights(graph: onnx.GraphProto) -> list[Float32]:
    tensors: Tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    lstm = _inputs_of(graph, "LSTM", tensors)
    dense = _inputs_of(graph, "MatMul", tensors) + _inputs_of(graph, "Add", tensors)
    if len(lstm) < 3:
        return lstm + dense
    kernel, recurrent, biases = (tensor[0] for tensor in lstm[:3])
    bias = biases[: len(kernel)] + biases[len(kernel) :]
    return [_keras_order(kernel).T, _keras_order(recurrent).T, _keras_order(bias), *dense]


def _inputs_of(graph: onnx.GraphProto, operator: str, tensors: Tensors) -> list[Float32]:
    """Return the weights that the operators of a kind take."""
    names = [name for node in graph.node if node.op_type == operator for name in node.input]
    return [tensors[name] for name in names if name in tensors]


def _keras_order(rows: Float32) -> Float32:
    input_gate, output_gate, forget_gate, candidate = np.split(rows, 4)
    return np.concatenate([input_gate, forget_gate, candidate, output_gate])
