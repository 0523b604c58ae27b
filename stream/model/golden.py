"""Golden rows: inputs stored in a bundle together with what the model made of them when it was sealed."""

from __future__ import annotations

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from stream.errors import ModelError
from stream.model.kinds import Golden, Signature, StatefulGolden
from stream.model.session import Session, run

Float32 = NDArray[np.float32]
STORED = np.dtype("<f4")
TOLERANCE = 1e-5


def record(session: Session, golden: Golden, signature: Signature) -> StatefulGolden:
    """Run example rows through a model and keep what goes in and what comes out.

    Parameters
    ----------
    session : Session
    golden : Golden
        Example rows; the more of the model's range they visit, the more of its weights they hold.
    signature : Signature

    Returns
    -------
    StatefulGolden

    Raises
    ------
    ModelError
        If there is no row, or the rows do not run.
    """
    if len(golden.inputs) == 0:  # ONNX Runtime 1.32 ends the process when an LSTM gets an empty batch
        raise ModelError("expected at least one golden row, found none")
    inputs = {name: np.ascontiguousarray(rows, np.float32) for name, rows in golden._asdict().items()}
    arrays = inputs | run(session, list(signature.outputs), inputs)
    stored = {name: array.astype(STORED).tobytes() for name, array in arrays.items()}
    return StatefulGolden(rows=len(golden.inputs), tolerance=TOLERANCE, **stored)


def reproduce(session: Session, golden: StatefulGolden, signature: Signature) -> None:
    """Run the golden rows again and compare.

    Raises
    ------
    ModelError
        If a stored array has the wrong length or a number that is not finite, or an output differs by more than the
        tolerance.
    """
    inputs = _arrays(golden, signature.inputs)
    expected = _arrays(golden, signature.outputs)
    found = run(session, list(signature.outputs), inputs)
    for name, array in expected.items():
        _compare(name, array, found[name], golden.tolerance)


def _arrays(golden: StatefulGolden, shapes: dict[str, tuple[int, ...]]) -> dict[str, Float32]:
    stored: dict[str, bytes] = asdict(golden)
    return {name: _array(name, stored[name], (golden.rows, *shape)) for name, shape in shapes.items()}


def _array(name: str, stored: bytes, shape: tuple[int, ...]) -> Float32:
    n_bytes = int(np.prod(shape)) * STORED.itemsize
    if len(stored) != n_bytes:
        raise ModelError(f"expected {n_bytes:,} bytes of golden `{name}` for shape {shape}, found {len(stored):,}")
    array = np.frombuffer(stored, STORED).astype(np.float32).reshape(shape)
    if not np.isfinite(array).all():
        raise ModelError(f"expected finite golden rows, found NaN or infinity in `{name}`")
    return array


def _compare(name: str, expected: Float32, found: Float32, tolerance: float) -> None:
    if found.shape != expected.shape:
        raise ModelError(f"expected `{name}` of shape {expected.shape} from the golden rows, found {found.shape}")
    difference = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    within = difference <= tolerance
    if not within.all():
        row = int(np.argmin(within.all(axis=1)))
        raise ModelError(
            f"expected `{name}` of golden row {row} within {tolerance:g}, found it off by {difference[row].max():.3g}: "
            "the weights are damaged, or this processor computes differently; export the model again"
        )
