"""A step over time: a graph that takes one record of every key, made into one that takes several.

ONNX's own operator for that, `Scan`, runs a graph for one record after another and carries the state between them. Of
the step that training exports only the LSTM runs inside it (`lstm.py`), any other step runs whole. Either way a
record's numbers are those of single steps, to the bit, however a series is cut into sequences.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stream.errors import ModelError
from stream.model.onnx import proto
from stream.model.onnx.graph import Shape, read_value
from stream.model.onnx.wire import ProtobufMessage

RESHAPING = ("Reshape", "Slice", "Squeeze", "Unsqueeze")
"""Operators that add no number and keep the order, but for a `Slice` whose steps are not 1."""

OPTIONS = {"activations", "direction", "hidden_size"}
"""Attributes of an LSTM that may be copied; another `layout` would order its axes otherwise."""

OWN = "streamgauge_"
"""Begins the names of values that the step does not have."""

STEP = (proto.NODE, proto.INITIALIZER, proto.VALUE_INFO)
"""What of a step's graph is run for each record: nodes, weights, types between them."""


@dataclass(frozen=True, slots=True)
class StepNode:
    """A node of a step: names of its values, attributes by name."""

    operator: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, bytes]

    @classmethod
    def read(cls, node: ProtobufMessage) -> StepNode:
        """Read a node of a graph."""
        attributes = [proto.name(each, proto.ATTRIBUTE_NAME) for each in node.messages(proto.ATTRIBUTE)]
        contents = [content for _, content in proto.copied(node, (proto.ATTRIBUTE,))]
        return cls(
            operator=proto.name(node, proto.OPERATOR),
            inputs=proto.names(node, proto.NODE_INPUT),
            outputs=proto.names(node, proto.NODE_OUTPUT),
            attributes=dict(zip(attributes, contents, strict=True)),
        )


def lstm_over_time(
    graph: ProtobufMessage, inputs: str, states: dict[str, str], output: str
) -> list[proto.Field] | None:
    """Write nodes and weights over time; None for another step.

    Where only reshaping is between two values, they are the same, unless a part was cut off. None was, as the shapes
    show: the LSTM reads every input, the dense layer every unit, and the next states are as wide as the states.
    """
    weights = {proto.name(each, proto.TENSOR_NAME): each for each in graph.messages(proto.INITIALIZER)}
    declared = {value.name: value.shape for value in map(read_value, graph.messages(proto.INPUT))}
    following = list(states.values())
    nodes, source = _without_reshaping(map(StepNode.read, graph.messages(proto.NODE)), weights)
    match nodes:
        case [
            StepNode("LSTM", [x, w, r, b, "", *before], [y, h, c], options),
            StepNode("Concat", [units, features], [joined]),
            StepNode("MatMul", [rows, kernel], [product]),
            StepNode("Add", [summand, bias], [total]),
        ] if (
            (features, rows, summand, total) == (inputs, joined, product, output)
            and [source.get(name) for name in (x, *before, *following)] == [inputs, *states, h, c]
            and source.get(units) in (y, h)
            and {w, r, b, kernel, bias} <= weights.keys()
            and _reads_all(declared.get(inputs), *(weights[name].integers(proto.DIMENSIONS) for name in (w, r, kernel)))
            and options.keys() <= OPTIONS
        ):
            return [
                *proto.copied(graph, (proto.INITIALIZER,)),
                *_lstm([w, r, b], options.values(), inputs, states),
                proto.node("Concat", [following[0], inputs], [joined], proto.integer("axis", 2)),
                proto.node("MatMul", [joined, kernel], [product]),
                proto.node("Add", [product, bias], [output]),
            ]
    return None


def _without_reshaping(
    nodes: Iterable[StepNode], weights: dict[str, ProtobufMessage]
) -> tuple[list[StepNode], dict[str, str]]:
    """Return the other nodes, and by the name of each reshaped value that of the value before."""
    others, source = list[StepNode](), dict[str, str]()
    for node in nodes:
        if node.operator in RESHAPING and all(_is_ones(weights.get(steps)) for steps in node.inputs[4:]):
            source[node.outputs[0]] = source.get(node.inputs[0], node.inputs[0])
        else:
            others.append(node)
    return others, source


def _is_ones(tensor: ProtobufMessage | None) -> bool:
    """Check that a weight has only ones, of int32 or int64."""
    if tensor is None:
        return False
    size = {proto.INT32: 4, proto.INT64: 8}.get(tensor.integer(proto.ELEMENT) or 0)
    content = tensor.content(proto.RAW_DATA)
    return size is not None and content != b"" and content == (1).to_bytes(size, "little") * (len(content) // size)


def _reads_all(inputs: Shape | None, w: list[int], r: list[int], kernel: list[int]) -> bool:
    """Check that an LSTM of one direction has weights of all inputs, and the dense layer of these and all units."""
    match inputs, w, r, kernel:
        case [_, width], [1, _, n_inputs], [1, _, n_units], [n_rows, _]:
            return n_inputs == width and n_rows == n_inputs + n_units
    return False


def _lstm(weights: list[str], options: Iterable[bytes], inputs: str, states: dict[str, str]) -> list[proto.Field]:
    """Write an LSTM from record to record, whose values have one axis more than the step's."""
    first, second = OWN + "first", OWN + "second"
    inside = {OWN + state: OWN + following for state, following in states.items()}
    lstm = proto.node("LSTM", [OWN + inputs, *weights, "", *inside], ["", *inside.values()], *options)
    return [
        proto.constant(first, 0),
        proto.constant(second, 1),
        proto.node("Unsqueeze", [inputs, second], [OWN + inputs]),
        *(proto.node("Unsqueeze", [state, first], [OWN + state]) for state in states),
        proto.scan([lstm], OWN + inputs, inside, [], n_axes=3),
        *(proto.node("Squeeze", [OWN + following, second], [following]) for following in states.values()),
    ]


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
