"""Checks of a model file, one function each."""

from __future__ import annotations

from stream.errors import ModelError
from stream.model.document import Signature
from stream.model.metadata import checksum, digest, unsealed, with_document
from stream.model.onnx.graph import Description, Shape, Value
from stream.model.windowed import Kind, WindowedMetadata, WindowedReconstruction

OPSETS = range(17, 22)
DOMAINS = ("", "ai.onnx")

# What exports of LSTM, GRU, Dense, Conv and attention networks are made of. No control flow, nothing that draws random
# numbers, nothing that reaches outside the graph. PyTorch 2.15 writes Mod for attention and Equal and Where for an
# expanded axis; tf2onnx writes Reciprocal for normalisation and ReduceProd for a bidirectional layer.
OPERATORS = frozenset((
    "LSTM", "GRU", "RNN", "Conv", "ConvTranspose", "MatMul", "Gemm",
    "Add", "Sub", "Mul", "Div", "Mod", "Neg", "Abs", "Sqrt", "Pow", "Reciprocal", "Exp", "Log", "Erf", "Min", "Max",
    "Clip", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "Tanh", "Softmax", "Softplus",
    "Softsign", "BatchNormalization", "LayerNormalization", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceProd",
    "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
    "Equal", "Where", "Constant", "ConstantOfShape", "Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Pad",
    "Reshape", "Shape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze",
))  # fmt: skip
CONTROL_FLOW = ("If", "Loop", "Scan")

AGAIN = "copy the file again, or export it again"


def check_self_contained(description: Description) -> None:
    """Reject tensors in external files."""
    if description.external_data:
        raise ModelError(
            f"expected every tensor inside the file, found {len(description.external_data)} in others, the first "
            f"`{description.external_data[0]}`: save the model without external data (PyTorch: external_data=False)"
        )


def check_opsets(description: Description) -> None:
    """Reject foreign or untried operator sets."""
    domains = [domain for domain, _ in description.opsets]
    foreign = [domain for domain in domains if domain not in DOMAINS]
    if foreign:
        raise ModelError(f"expected only ONNX's own operator set, found `{foreign[0]}`: export without custom ones")
    if len(domains) != 1:
        raise ModelError(f"expected one operator set, found {len(domains)}")
    version = description.opsets[0][1]
    if version not in OPSETS:
        raise ModelError(
            f"expected opset {OPSETS[0]} to {OPSETS[-1]}, found {version}: export with opset {OPSETS[0]} or above"
        )


def check_operators(description: Description) -> None:
    """Reject operators that exported networks do not need."""
    for node in description.nodes:
        if node.op_type in CONTROL_FLOW:
            raise ModelError(
                f"expected no control flow, found {node.op_type} at `{node.name}`: of Keras' recurrent layers only "
                "LSTM becomes one operator, the others need unroll=True"
            )
    for node in description.nodes:
        if node.domain not in DOMAINS:
            raise ModelError(f"expected ONNX's own operators, found `{node.domain}.{node.op_type}` at `{node.name}`")
        if node.op_type not in OPERATORS:
            raise ModelError(f"operator {node.op_type} at `{node.name}` is not among those a bundle may use")
    for n_found, what in (
        (description.functions, "functions of the model's own"),
        (description.sparse_initializers, "sparse initializers"),
        (int(description.training_info), "training graphs"),
    ):
        if n_found:
            raise ModelError(f"expected plain operators and weights, found {n_found} {what}: export for inference only")


def check_consistent(metadata: Kind) -> None:
    """Refuse a windowed bundle whose fields contradict one another."""
    if not isinstance(metadata, WindowedMetadata):
        return
    features, n_steps = metadata.features, metadata.n_steps
    if len(set(features)) < len(features):
        raise ModelError(f"expected features of different names, found {', '.join(features)}")
    for field, numbers in metadata.per_feature().items():
        if len(numbers) != len(features):
            raise ModelError(f"expected one `{field}` for each of {len(features)} features, found {len(numbers)}")
    if n_steps not in (1, metadata.window):
        raise ModelError(f"expected `n_steps` of 1 or the window's {metadata.window}, found {n_steps}")
    if metadata.input == metadata.output:
        raise ModelError(f"expected an output that is not the input `{metadata.input}`")
    if isinstance(metadata, WindowedReconstruction) and metadata.stride > metadata.window:
        raise ModelError(f"expected a stride of at most the window's {metadata.window}, found {metadata.stride}")


def check_hashes(model: bytes, document: bytes, metadata: Kind) -> None:
    """Reject a file changed since sealing."""
    if metadata.checksum != checksum(document, metadata.checksum):
        raise ModelError(f"the metadata changed since the bundle was sealed: {AGAIN}")
    if metadata.digest != digest(model):
        raise ModelError(f"the graph or its weights changed since the bundle was sealed: {AGAIN}")
    if model != with_document(unsealed(model), document):
        raise ModelError(f"bytes were added around the metadata since the bundle was sealed: {AGAIN}")


def check_signature(description: Description, signature: Signature) -> None:
    """Reject a signature other than the kind's."""
    _check_values("inputs", description.inputs, signature.inputs, signature.declared)
    _check_values("outputs", description.outputs, signature.outputs, signature.declared)


def check_one_array_each(description: Description) -> tuple[Value, Value]:
    """Return a graph's one input and output, or reject."""
    for side, values in (("input", description.inputs), ("output", description.outputs)):
        if len(values) != 1:
            names = ", ".join(f"`{value.name}`" for value in values)
            raise ModelError(
                f"expected one graph {side}, found {len(values)}{names and f': {names}'}: export only the {side} of "
                "shape (batch, window, features)"
            )
    return description.inputs[0], description.outputs[0]


def _check_values(side: str, values: tuple[Value, ...], shapes: dict[str, tuple[int, ...]], declared: bool) -> None:
    names = sorted(value.name for value in values)
    if names != sorted(shapes):
        raise ModelError(f"expected graph {side} {', '.join(sorted(shapes))}, found {', '.join(names) or 'none'}")
    for value in values:
        check_value(value, shapes[value.name], declared)


def check_value(value: Value, shape: tuple[int, ...], declared: bool) -> None:
    """Reject an input or output of another type or shape."""
    if value.element != "float32":
        raise ModelError(f"expected `{value.name}` of float32, found {value.element}")
    expected = f"(free, {', '.join(map(str, shape))})"
    if not _fits(value.shape, shape, declared):
        raise ModelError(f"expected `{value.name}` of shape {expected}, found {show_shape(value.shape)}")
    if value.shape is not None and isinstance(value.shape[0], int):
        raise ModelError(
            f"expected `{value.name}` of shape {expected}, found {show_shape(value.shape)}: export the batch free"
        )


def _fits(found: Shape | None, shape: tuple[int, ...], declared: bool) -> bool:
    if declared:
        return found is not None and found[1:] == shape
    if found is None:
        return True
    return len(found) == len(shape) + 1 and all(
        size == expected or not isinstance(size, int) for size, expected in zip(found[1:], shape, strict=True)
    )


def show_shape(shape: Shape | None) -> str:
    """Format a shape for tables and errors."""
    if shape is None:
        return "no shape"
    return f"({', '.join(str(size) if isinstance(size, int) else 'free' for size in shape)})"
