"""Sealing: an exported ONNX model becomes a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from stream.errors import ModelError
from stream.model.bundle import Bundle
from stream.model.checks.golden import record, stored
from stream.model.checks.graph_checks import (
    DOMAINS,
    check_one_array_each,
    check_operators,
    check_opsets,
    check_self_contained,
    check_signature,
    check_value,
)
from stream.model.document import Float32
from stream.model.metadata import UNKNOWN, unsealed, with_metadata
from stream.model.onnx.graph import Description, describe
from stream.model.onnx.proto import OPSETS
from stream.model.onnx.session import open_session
from stream.model.onnx.wire import ProtobufMessage
from stream.model.stateful import Golden, StatefulForecast, StatefulGolden
from stream.model.windowed import KINDS, Kind

STEP_TOLERANCE = 1e-5
WINDOW_TOLERANCE = 1e-4
"""A window is as many steps of rounding as it has points."""

STATEFUL = "stateful-forecast"
WINDOWED = tuple(kind for kind in KINDS if kind != STATEFUL)


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
    """Seal an exported model as a bundle.

    Golden rows are computed by ONNX Runtime here and now.

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
    if kind != STATEFUL:
        raise ModelError(f"expected kind {STATEFUL}, found `{kind}`")
    graph, description = _checked(model)
    signature = StatefulForecast.signature()
    check_signature(description, signature)
    rows = stored(record(open_session(graph), golden._asdict(), list(signature.outputs)))
    metadata = StatefulForecast(
        name=name,
        version=version,
        features=features,
        trained=trained,
        digest=UNKNOWN,
        checksum=UNKNOWN,
        golden=StatefulGolden(rows=len(golden.inputs), tolerance=STEP_TOLERANCE, **rows),
    )
    return _sealed(graph, metadata)


def seal_windowed(
    model: bytes,
    *,
    name: str,
    version: str,
    kind: str,
    features: tuple[str, ...],
    trained: dict[str, object],
    window: int,
    offset: Sequence[float],
    scale: Sequence[float],
    golden_windows: Float32,
    spread: Sequence[float] | None = None,
    cutoff: float | None = None,
    stride: int | None = None,
) -> bytes:
    """Seal an exported windowed model as a bundle.

    Parameters
    ----------
    model, name, version, features, trained
        As for `seal`; `features` is `("value",)` for plain numbers.
    kind : str
        `windowed-forecast` or `windowed-reconstruction`.
    window : int
        Points that the model looks at, 1 to 4,096.
    offset, scale : sequence of float, one per feature
        The model's input is float32((value - offset) / scale).
    golden_windows : float32, shape (rows, window, features)
        Scaled. Their number is also the most windows that the worker runs at once, up to 32.
    spread : sequence of float, one per feature
        Of a forecast, in the metric's unit: scale of the logistic distribution of its errors.
    cutoff, stride
        Of a reconstruction: the window error of score 1, and points from one scored window to the next.

    Returns
    -------
    bytes
        The content of the `.onnx` file, ready for `Bundle.load`.

    Raises
    ------
    ModelError
        If the result would be refused on load, with the reason.
    """
    if kind not in WINDOWED:
        raise ModelError(f"expected a kind out of {', '.join(WINDOWED)}, found `{kind}`")
    graph, description = _checked(model)
    into, out = check_one_array_each(description)
    check_value(into, (window, len(features)), declared=False)
    _check_golden_windows(golden_windows, (window, len(features)))
    arrays = record(open_session(graph), {into.name: golden_windows}, [out.name])
    n_steps = _n_steps(out.name, arrays[out.name].shape, (len(golden_windows), window, len(features)))
    check_value(out, (n_steps, len(features)), declared=False)
    rows = stored(arrays)
    fields: dict[str, object] = {
        "kind": kind,
        "name": name,
        "version": version,
        "features": features,
        "trained": trained,
        "digest": UNKNOWN,
        "checksum": UNKNOWN,
        "window": window,
        "offset": [float(number) for number in offset],
        "scale": [float(number) for number in scale],
        "input": into.name,
        "output": out.name,
        "n_steps": n_steps,
        "golden": {
            "rows": len(golden_windows),
            "tolerance": WINDOW_TOLERANCE,
            "windows": rows[into.name],
            "predicted": rows[out.name],
        },
        "spread": None if spread is None else [float(number) for number in spread],
        "cutoff": None if cutoff is None else float(cutoff),
        "stride": None if stride is None else int(stride),
    }
    return _sealed(graph, _metadata({field: content for field, content in fields.items() if content is not None}))


def _checked(model: bytes) -> tuple[bytes, Description]:
    """Strip metadata and unused operator sets, then check."""
    graph = _without_unused_opsets(unsealed(model))
    description = describe(graph)
    check_self_contained(description)
    check_opsets(description)
    check_operators(description)
    return graph, description


def _without_unused_opsets(model: bytes) -> bytes:
    used = {node.domain for node in describe(model).nodes} | set(DOMAINS)
    return ProtobufMessage.read(model).without(OPSETS, lambda opset: opset.text(1) not in used)


def _check_golden_windows(windows: Float32, shape: tuple[int, int]) -> None:
    if windows.shape[1:] != shape:
        raise ModelError(f"expected golden windows of shape (rows, {shape[0]}, {shape[1]}), found {windows.shape}")


def _n_steps(name: str, found: tuple[int, ...], windows: tuple[int, ...]) -> int:
    n_rows, window, n_features = windows
    if found not in ((n_rows, 1, n_features), windows):
        raise ModelError(
            f"expected `{name}` of shape (batch, 1 or {window}, {n_features}), found {found} for {n_rows} windows: "
            "end the network with a reshape, in Keras Reshape((steps, features)), in PyTorch .reshape(-1, steps, "
            "features)"
        )
    return found[1]


def _metadata(fields: dict[str, object]) -> Kind:
    try:
        return msgspec.convert(fields, KINDS[str(fields["kind"])], builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise ModelError(f"the metadata cannot be sealed: {error}") from error


def _sealed(graph: bytes, metadata: Kind) -> bytes:
    """Write the metadata and make every worker's check."""
    sealed = with_metadata(graph, metadata)
    Bundle.from_bytes(sealed, Path(f"{metadata.name}.onnx"))
    return sealed
