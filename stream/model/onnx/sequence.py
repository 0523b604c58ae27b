"""A step over time: a graph that takes one record of every key, made into one that takes several.

ONNX's own operator for that, `Scan`, runs a graph for one record after another and carries the state between them. Of
the step that training exports only the LSTM runs inside it (`lstm.py`), any other step runs whole. Either way a
record's numbers are those of single steps, to the bit, however a series is cut into sequences.
"""

from __future__ import annotations

from stream.errors import ModelError
from stream.model.onnx import proto
from stream.model.onnx.lstm import lstm_over_time
from stream.model.onnx.wire import ProtobufMessage

STEP = (proto.NODE, proto.INITIALIZER, proto.VALUE_INFO)
"""What of a step's graph is run for each record: nodes, weights, types between them."""


def over_time(model: bytes, inputs: str, states: dict[str, str], output: str) -> bytes:
    """Make a model that takes several records of every key.

    Parameters
    ----------
    model : bytes
        A step: `inputs` and the states are its inputs, `output` and the next states its outputs, the keys along their
        first axis. A state and the next have the same shape.
    states : dict
        By the name of each state that of the next; of an LSTM h, then c.

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
    graph = step.message(proto.GRAPH)
    if graph is None:
        raise ModelError("expected a graph in the model, found none")
    nodes = lstm_over_time(graph, inputs, states, output)
    if nodes is None:
        nodes = [proto.scan(proto.copied(graph, STEP), inputs, states, [output], n_axes=2)]
    values = [proto.value(proto.INPUT, name, 2) for name in states]
    values += [proto.value(proto.INPUT, inputs, 3)]
    values += [proto.value(proto.OUTPUT, name, 3) for name in (output, *states.values())]
    return proto.model([*nodes, *values], like=step)
