"""A step over time: a graph that takes one record of every key, made into one that takes several.

ONNX's own operator for that, `Scan`, runs a graph for one record after another and carries the state between them. The
graph inside is the step as it is, so that a record's numbers are those of single steps, to the bit, however a series is
cut into sequences. Written field by field as onnx.proto numbers them, so that no other package is needed.
"""

from __future__ import annotations

from collections.abc import Iterable

from stream.errors import ModelError
from stream.model.onnx.wire import ProtobufMessage, write_bytes_field, write_integer_field

IR_VERSION, GRAPH, OPSETS = 1, 7, 8
"""Of a model."""

NODE, NAME, INITIALIZER, INPUT, OUTPUT = 1, 2, 5, 11, 12
"""Of a graph."""

KEPT = (NODE, INITIALIZER, 13)
"""What of a step's graph goes into the one that is run for each record: nodes, weights, types between them."""

NODE_INPUT, NODE_OUTPUT, OPERATOR, ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, INTEGER, SUBGRAPH, ATTRIBUTE_TYPE = 1, 3, 6, 20
TYPE_INTEGER, TYPE_GRAPH, FLOAT = 2, 5, 1

EVERY = "streamgauge_every_"
"""Begins the names of what is given for every record."""


def over_time(model: bytes, inputs: str, states: dict[str, str], output: str) -> bytes:
    """Make a model that takes several records of every key.

    Parameters
    ----------
    model : bytes
        A step: `inputs` and the states are its inputs, `output` and the next states its outputs, the keys along their
        first axis.
    inputs, output : str
    states : dict
        By the name of each state that of the next.

    Returns
    -------
    bytes
        A model of the same names, but that `inputs`, `output` and the next states have the records along an axis in
        front.

    Raises
    ------
    ModelError
        If it is no model.
    """
    step = ProtobufMessage.read(model)
    graph = step.message(GRAPH)
    if graph is None:
        raise ModelError("expected a graph in the model, found none")
    following = list(states.values())
    body = [(field.number, graph.data[field.value_start : field.end]) for field in graph.fields if field.number in KEPT]
    body += [(NODE, _node("Identity", [name], [EVERY + name])) for name in following]
    body += [(INPUT, _tensor(name, 2)) for name in (*states, inputs)]
    body += [(OUTPUT, _tensor(name, 2)) for name in (*following, output, *(EVERY + name for name in following))]
    last = [f"streamgauge_last_{name}" for name in following]
    scan = _node(
        "Scan",
        [*states, inputs],
        [*last, output, *following],
        [
            _fields([(ATTRIBUTE_NAME, b"body"), (SUBGRAPH, _graph(body))], [(ATTRIBUTE_TYPE, TYPE_GRAPH)]),
            _fields([(ATTRIBUTE_NAME, b"num_scan_inputs")], [(INTEGER, 1), (ATTRIBUTE_TYPE, TYPE_INTEGER)]),
        ],
    )
    whole = [(NODE, scan), *((INPUT, _tensor(name, 2)) for name in states), (INPUT, _tensor(inputs, 3))]
    whole += [(OUTPUT, _tensor(name, 3)) for name in (output, *following)]
    opsets = [(OPSETS, step.data[field.value_start : field.end]) for field in step.occurrences(OPSETS)]
    return _fields([(GRAPH, _graph(whole)), *opsets], [(IR_VERSION, step.integer(IR_VERSION) or 0)])


def _node(operator: str, inputs: list[str], outputs: list[str], attributes: Iterable[bytes] = ()) -> bytes:
    names = [*((NODE_INPUT, name) for name in inputs), *((NODE_OUTPUT, name) for name in outputs), (OPERATOR, operator)]
    return _fields([*((number, name.encode()) for number, name in names), *((ATTRIBUTE, each) for each in attributes)])


def _graph(fields: list[tuple[int, bytes]]) -> bytes:
    return _fields([*fields, (NAME, b"records")])


def _tensor(name: str, n_axes: int) -> bytes:
    """Declare an array of float32 with so many axes of any length."""
    shape = _fields([(1, b"")] * n_axes)
    tensor = _fields([(2, shape)], [(1, FLOAT)])
    return _fields([(1, name.encode()), (2, write_bytes_field(1, tensor))])


def _fields(messages: Iterable[tuple[int, bytes]], integers: Iterable[tuple[int, int]] = ()) -> bytes:
    written = [write_bytes_field(number, value) for number, value in messages]
    return b"".join([*written, *(write_integer_field(number, value) for number, value in integers)])
