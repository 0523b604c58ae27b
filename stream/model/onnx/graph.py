"""Contents of an ONNX file, read without running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from stream.errors import ModelError
from stream.model.onnx.proto import OPSETS
from stream.model.onnx.wire import ProtobufMessage

METADATA_PROPERTIES = 14
INSIDE = 0  # TensorProto.DataLocation
MAX_AXES = 16
Shape = tuple[int | str | None, ...]
WEIGHTS = ("float32", "float16", "float64", "bfloat16")
ELEMENTS = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of the graph or a subgraph."""

    op_type: str
    domain: str
    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A graph input or output."""

    name: str
    element: str
    """Element type by NumPy's name, e.g. `float32`; `not a tensor` for sequences, maps and the like."""
    shape: Shape | None
    """A size, the name of a free axis, or None for an axis of which nothing is known; None for no shape at all."""


@dataclass(frozen=True, slots=True)
class Description:
    """What `describe` found."""

    ir_version: int
    producer: str
    """Name and version of the exporter, possibly empty."""
    opsets: tuple[tuple[str, int], ...]
    nodes: tuple[Node, ...]
    """Every operator, those of subgraphs included."""
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    n_weights: int
    """Floating-point numbers in the initializers."""
    external_data: tuple[str, ...]
    """Names of the tensors whose numbers lie in another file."""
    sparse_initializers: int
    functions: int
    """How many there are."""
    training_info: bool
    """Whether a training graph travels with the model."""
    metadata: tuple[tuple[str, bytes], ...]
    """Key and value of each property."""

    @property
    def operators(self) -> dict[str, int]:
        """How often each operator occurs, most frequent first."""
        return dict(Counter(node.op_type for node in self.nodes).most_common())


def describe(model: bytes) -> Description:
    """Describe an ONNX file from its protocol buffers.

    Parameters
    ----------
    model : bytes
        A serialised `ModelProto` (github.com/onnx/onnx, `onnx/onnx.proto`, whose field numbers these are).

    Returns
    -------
    Description

    Raises
    ------
    ModelError
        If the bytes are not a model with a graph; whether the graph makes sense is not checked.
    """
    try:
        return _describe(ProtobufMessage.read(model))
    except ModelError as error:
        raise ModelError(f"expected a whole ONNX model: {error}") from error


def _describe(message: ProtobufMessage) -> Description:
    ir_version, graph = message.integer(1), message.message(7)
    if ir_version is None or graph is None:
        raise ModelError("its IR version or its graph is missing")
    initializers = graph.messages(5)
    return Description(
        ir_version=ir_version,
        producer=f"{message.text(2)} {message.text(3)}".strip(),
        opsets=tuple((opset.text(1), opset.integer(2) or 0) for opset in message.messages(OPSETS)),
        nodes=tuple(_nodes(graph)),
        inputs=tuple(read_value(value) for value in graph.messages(11)),
        outputs=tuple(read_value(value) for value in graph.messages(12)),
        n_weights=sum(_size(tensor) for tensor in initializers if ELEMENTS.get(tensor.integer(2) or 0) in WEIGHTS),
        external_data=tuple(tensor.text(8) for tensor in _tensors(graph) if _is_external(tensor)),
        sparse_initializers=len(graph.messages(15)),
        functions=len(message.messages(25)),
        training_info=message.has(20),
        metadata=tuple((entry.text(1), entry.content(2)) for entry in message.messages(METADATA_PROPERTIES)),
    )


def _nodes(graph: ProtobufMessage) -> Iterator[Node]:
    for node in graph.messages(1):
        yield Node(op_type=node.text(4), domain=node.text(7), name=node.text(3))
        for attribute in node.messages(5):
            for subgraph in attribute.messages(6) + attribute.messages(11):
                yield from _nodes(subgraph)


def _tensors(graph: ProtobufMessage) -> Iterator[ProtobufMessage]:
    """Yield every tensor that may name a file."""
    yield from graph.messages(5)
    yield from _sparse_tensors(graph.messages(15))
    for node in graph.messages(1):
        for attribute in node.messages(5):
            yield from attribute.messages(5) + attribute.messages(10)
            yield from _sparse_tensors(attribute.messages(22) + attribute.messages(23))
            for subgraph in attribute.messages(6) + attribute.messages(11):
                yield from _tensors(subgraph)


def _sparse_tensors(sparse: list[ProtobufMessage]) -> Iterator[ProtobufMessage]:
    for tensor in sparse:
        yield from tensor.messages(1) + tensor.messages(2)


def _is_external(tensor: ProtobufMessage) -> bool:
    return (tensor.integer(14) or INSIDE) != INSIDE or tensor.has(13)


def _size(tensor: ProtobufMessage) -> int:
    axes = tensor.integers(1)
    if len(axes) > MAX_AXES:
        raise ModelError(f"expected at most {MAX_AXES} axes, found {len(axes)} in tensor `{tensor.text(8)}`")
    return prod(axes)


def read_value(value: ProtobufMessage) -> Value:
    """Read an input or output of a graph."""
    kind = value.message(2)
    tensor = None if kind is None else kind.message(1)
    if tensor is None:
        return Value(value.text(1), "not a tensor", None)
    code, shape = tensor.integer(1) or 0, tensor.message(2)
    axes = None if shape is None else tuple(_axis(axis) for axis in shape.messages(1))
    return Value(value.text(1), ELEMENTS.get(code, f"element type {code}"), axes)


def _axis(axis: ProtobufMessage) -> int | str | None:
    size = axis.integer(1)
    return (axis.text(2) or None) if size is None else size
