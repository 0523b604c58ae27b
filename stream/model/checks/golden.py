"""Golden rows: stored inputs and outputs of a model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stream.errors import ModelError
from stream.model.document import Float32
from stream.model.onnx.session import Session, run
from stream.model.windowed import Kind

STORED = np.dtype("<f4")


def record(session: Session, inputs: Mapping[str, Float32], outputs: list[str]) -> dict[str, Float32]:
    """Run example rows through a model.

    Parameters
    ----------
    inputs : mapping of str to float32 array
        Example rows; the more of the model's range they visit, the more of its weights they hold.

    Returns
    -------
    dict of str to float32 array
        What goes in and what comes out, by the graph's names.

    Raises
    ------
    ModelError
        If there is no row, or the rows do not run.
    """
    contiguous = {name: np.ascontiguousarray(rows, np.float32) for name, rows in inputs.items()}
    if any(len(rows) == 0 for rows in contiguous.values()):
        # ONNX Runtime 1.32 ends the process when an LSTM gets an empty batch
        raise ModelError("expected at least one golden row, found none")
    return contiguous | run(session, outputs, contiguous)


def stored(arrays: Mapping[str, Float32]) -> dict[str, bytes]:
    """Write arrays as a bundle stores them."""
    return {name: array.astype(STORED).tobytes() for name, array in arrays.items()}


def golden_rows(metadata: Kind, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Float32]:
    """Read stored arrays of a graph's inputs and outputs.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Name to shape without the batch axis.

    Raises
    ------
    ModelError
        If an array has the wrong length or a number that is not finite.
    """
    arrays = metadata.golden_arrays()
    return {name: _array(name, arrays[name], (metadata.golden.rows, *shape)) for name, shape in shapes.items()}


def reproduce(session: Session, metadata: Kind) -> None:
    """Run the golden rows again and compare.

    Raises
    ------
    ModelError
        If a stored array has the wrong length or a number that is not finite, or an output differs by more than the
        tolerance.
    """
    signature = metadata.signature()
    inputs = golden_rows(metadata, signature.inputs)
    expected = golden_rows(metadata, signature.outputs)
    found = run(session, list(signature.outputs), inputs)
    for name, array in expected.items():
        _compare(name, array, found[name], metadata.golden.tolerance)


def is_within(expected: Float32, found: Float32, tolerance: float) -> bool:
    """Check that arrays differ by rounding at most."""
    return bool((_difference(expected, found) <= tolerance).all())


def _difference(expected: Float32, found: Float32) -> Float32:
    difference: Float32 = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    return difference


def _array(name: str, content: bytes, shape: tuple[int, ...]) -> Float32:
    n_bytes = int(np.prod(shape)) * STORED.itemsize
    if len(content) != n_bytes:
        raise ModelError(f"expected {n_bytes:,} bytes of golden `{name}` for shape {shape}, found {len(content):,}")
    array = np.frombuffer(content, STORED).astype(np.float32).reshape(shape)
    if not np.isfinite(array).all():
        raise ModelError(f"expected finite golden rows, found NaN or infinity in `{name}`")
    return array


def _compare(name: str, expected: Float32, found: Float32, tolerance: float) -> None:
    if found.shape != expected.shape:
        raise ModelError(f"expected `{name}` of shape {expected.shape} from the golden rows, found {found.shape}")
    if not is_within(expected, found, tolerance):
        worst = _difference(expected, found).reshape(len(expected), -1).max(axis=1)
        row = int(np.argmin(worst <= tolerance))
        raise ModelError(
            f"expected `{name}` of golden row {row} within {tolerance:g}, found it off by {worst[row]:.3g}: "
            "the weights are damaged, or this processor computes differently; export the model again"
        )
