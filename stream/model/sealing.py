"""Sealing: an exported ONNX model becomes a bundle."""

from __future__ import annotations

from pathlib import Path

from stream.errors import ModelError
from stream.model.bundle import Bundle
from stream.model.checks import DOMAINS, check_operators, check_opsets, check_self_contained, check_signature
from stream.model.golden import record
from stream.model.graph import OPSETS, describe
from stream.model.kinds import KINDS, Golden
from stream.model.metadata import UNKNOWN, unsealed, with_metadata
from stream.model.session import open_session
from stream.model.wire import Message


def seal(
    model: bytes,
    *,
    name: str,
    version: str,
    kind: str,
    features: tuple[str, ...],
    trained: dict[str, object],
    golden: Golden,
) -> bytes:
    """Make a bundle of an exported model: metadata, hashes, and golden rows that ONNX Runtime computes here and now.

    Parameters
    ----------
    model : bytes
        A serialised ONNX model; one that is sealed already is sealed anew. Operator sets that no node uses are left out
        (tf2onnx 1.17 declares `ai.onnx.ml` whatever it exports).
    name : str
        Lower case letters, digits, `.`, `_` and `-`.
    version : str
        Three numbers, e.g. `1.0.0`.
    kind : str
        `stateful-forecast`.
    features : tuple of str
        What the model looks at, in order.
    trained : dict
        Anything plain JSON holds: data, seeds, likelihoods, versions.
    golden : Golden
        Example rows; 64 of a real series, with the states that go with them, are plenty.

    Returns
    -------
    bytes
        The content of the `.onnx` file, ready for `Bundle.load`.

    Raises
    ------
    ModelError
        If the result would be refused on load, with the reason.
    """
    if kind not in KINDS:
        raise ModelError(f"expected a kind out of {', '.join(KINDS)}, found `{kind}`")
    graph = _without_unused_opsets(unsealed(model))
    document = KINDS[kind]
    description = describe(graph)
    check_self_contained(description)
    check_opsets(description)
    check_operators(description)
    check_signature(description, document.signature())
    metadata = document(
        name=name,
        version=version,
        features=features,
        trained=trained,
        digest=UNKNOWN,
        checksum=UNKNOWN,
        golden=record(open_session(graph), golden, document.signature()),
    )
    sealed = with_metadata(graph, metadata)
    Bundle.from_bytes(sealed, Path(f"{name}.onnx"))
    return sealed


def _without_unused_opsets(model: bytes) -> bytes:
    used = {node.domain for node in describe(model).nodes} | set(DOMAINS)
    return Message.read(model).without(OPSETS, lambda opset: opset.text(1) not in used)
