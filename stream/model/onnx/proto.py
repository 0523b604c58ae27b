"""ONNX graphs written field by field, as onnx.proto numbers them, so that no other package is needed."""

from __future__ import annotations

from collections.abc import Container, Iterable

from stream.model.onnx.wire import ProtobufMessage, write_bytes_field, write_integer_field

IR_VERSION, GRAPH, OPSETS = 1, 7, 8
"""Of a model."""

NODE, GRAPH_NAME, INITIALIZER, INPUT, OUTPUT, VALUE_INFO = 1, 2, 5, 11, 12, 13
"""Of a graph."""

NODE_INPUT, NODE_OUTPUT, OPERATOR, ATTRIBUTE = 1, 2, 4, 5
"""Of a node."""

ATTRIBUTE_NAME, INTEGER, SUBGRAPH, ATTRIBUTE_TYPE = 1, 3, 6, 20
TYPE_INTEGER, TYPE_GRAPH = 2, 5
"""Of an attribute."""

DIMENSIONS, ELEMENT, TENSOR_NAME, RAW_DATA = 1, 2, 8, 9
FLOAT, INT32, INT64 = 1, 6, 7
"""Of a tensor."""

Field = tuple[int, bytes]
"""Number and content."""


def names(message: ProtobufMessage, number: int) -> list[str]:
    """Read every name in a field, whatever its letters."""
    return [content.decode(errors="replace") for _, content in copied(message, (number,))]


def name(message: ProtobufMessage, number: int) -> str:
    """Read the name in a field; empty if absent."""
    return "".join(names(message, number)[:1])


def copied(message: ProtobufMessage, numbers: Container[int]) -> list[Field]:
    """Copy every field that has one of these numbers."""
    kept = (field for field in message.fields if field.number in numbers)
    return [(field.number, message.data[field.value_start : field.end]) for field in kept]


def model(graph: list[Field], like: ProtobufMessage) -> bytes:
    """Write a model of the same versions as another."""
    return _message([(GRAPH, _graph(graph)), *copied(like, (OPSETS,))], [(IR_VERSION, like.integer(IR_VERSION) or 0)])


def value(number: int, name: str, n_axes: int) -> Field:
    """Declare an `INPUT` or `OUTPUT` of float32, its axes of any length."""
    shape = _message([(1, b"")] * n_axes)
    tensor = _message([(2, shape)], [(1, FLOAT)])
    return number, _message([(1, name.encode()), (2, write_bytes_field(1, tensor))])


def constant(name: str, number: int) -> Field:
    """Write a weight: one int64 along one axis."""
    content = number.to_bytes(8, "little", signed=True)
    return INITIALIZER, _message(
        [(TENSOR_NAME, name.encode()), (RAW_DATA, content)], [(DIMENSIONS, 1), (ELEMENT, INT64)]
    )


def node(operator: str, inputs: Iterable[str], outputs: Iterable[str], *attributes: bytes) -> Field:
    """Write one operator of a graph."""
    values = [*((NODE_INPUT, name) for name in inputs), *((NODE_OUTPUT, name) for name in outputs)]
    texts = [(number, text.encode()) for number, text in (*values, (OPERATOR, operator))]
    return NODE, _message([*texts, *((ATTRIBUTE, attribute) for attribute in attributes)])


def integer(name: str, number: int) -> bytes:
    """Write an attribute that is an integer."""
    return _message([(ATTRIBUTE_NAME, name.encode())], [(INTEGER, number), (ATTRIBUTE_TYPE, TYPE_INTEGER)])


def subgraph(name: str, graph: list[Field]) -> bytes:
    """Write an attribute that is a graph."""
    return _message([(ATTRIBUTE_NAME, name.encode()), (SUBGRAPH, _graph(graph))], [(ATTRIBUTE_TYPE, TYPE_GRAPH)])


def scan(body: list[Field], inputs: str, states: dict[str, str], outputs: list[str], n_axes: int) -> Field:
    """Run a graph for one record after another.

    Parameters
    ----------
    body : list of Field
        Nodes and weights that make `outputs` and the next states of `inputs` and the states.
    inputs : str
        The only value that has the records along an axis in front, outside; outputs and next states get it too.
    states : dict
        By the name of each state that of the next.
    n_axes : int
        Of every value inside.
    """
    following = list(states.values())
    each, last = ([f"streamgauge_{which}_{name}" for name in following] for which in ("each", "last"))
    copies = [node("Identity", [name], [copy]) for name, copy in zip(following, each, strict=True)]
    values = [value(INPUT, name, n_axes) for name in (*states, inputs)]
    values += [value(OUTPUT, name, n_axes) for name in (*following, *outputs, *each)]
    attributes = subgraph("body", [*body, *copies, *values]), integer("num_scan_inputs", 1)
    return node("Scan", [*states, inputs], [*last, *outputs, *following], *attributes)


def _graph(fields: list[Field]) -> bytes:
    return _message([*fields, (GRAPH_NAME, b"records")])


def _message(fields: Iterable[Field], integers: Iterable[tuple[int, int]] = ()) -> bytes:
    written = [write_bytes_field(number, content) for number, content in fields]
    return b"".join([*written, *(write_integer_field(number, value) for number, value in integers)])
