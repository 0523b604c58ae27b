"""Checks in order, and the error of a failed one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream.errors import ModelError
from stream.model.checks.golden import golden_rows, is_within
from stream.model.document import Float32
from stream.model.onnx.session import Session, run
from stream.model.windowed import Kind

MAX_REASON = 500

CHECKS = {
    "file": "a regular file, not a link",
    "size": "not empty, at most 64 MiB",
    "onnx": "reads as an ONNX model",
    "external data": "every tensor inside the file",
    "opset": "ONNX's own operator set, version 17 to 21",
    "operators": "only those that recurrent, dense and convolutional networks need",
    "metadata": "a complete document of format 1 and a known kind",
    "hashes": "graph, weights and metadata as they were sealed",
    "signature": "inputs and outputs named, shaped and typed as the kind demands",
    "session": "ONNX Runtime can run it",
    "golden": "gives the stored outputs for the stored inputs",
    "batch": "gives a row the same outputs whatever the rows around it",
}

LARGEST_BATCH = 32

# Computed eight numbers at a time and the last few one by one, in other bits: which numbers are the last few depends on
# the batch, and golden rows show it only by chance. Measured with onnxruntime 1.32 on x86-64 with AVX2, batches of 1 to
# 64, each operator alone and Keras networks of them: MatMul, Gemm, Conv, LSTM, GRU, Softmax, the normalisations and
# every other activation gave a row the same bits in any batch; RNN, and ReduceMean and ReduceSum over the window, did
# so in any batch but that of one row, which the golden rows show every time.
TAIL_DEPENDENT = frozenset(("Elu", "Log", "Selu", "Softplus"))

Order = NDArray[np.intp]


class RefusedError(ModelError):
    """A bundle that failed a check.

    Parameters
    ----------
    check : str
        A key of `CHECKS`.
    reason : str
        May quote the file, so it is cut and freed of what a terminal would obey.
    """

    def __init__(self, path: Path, check: str, reason: str) -> None:
        self.check = check
        self.reason = "".join(letter if letter.isprintable() else "?" for letter in reason[:MAX_REASON])
        super().__init__(f"model {path} refused ({check}): {self.reason}")


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checks of one file."""

    path: Path
    passed: Callable[[str], None]
    """Called with the name of each check that has passed."""

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """Make one check of `CHECKS`; errors become refusals.

        Raises
        ------
        RefusedError
        """
        try:
            yield
        except ModelError as error:
            raise RefusedError(self.path, name, str(error)) from error
        self.passed(name)


def largest_batch(session: Session, metadata: Kind, operators: Collection[str]) -> int:
    """Find the largest batch with unchanged bits per row.

    Parameters
    ----------
    metadata : Kind
        Its golden rows are run alone, in every batch size up to their number (or `LARGEST_BATCH`) and shuffled.
    operators : collection of str
        Those of the graph.

    Returns
    -------
    int
        The largest batch that was tried, when every row always gave the same bits; 1, when some bit differed, or may
        by `TAIL_DEPENDENT`.

    Raises
    ------
    ModelError
        If a row's outputs change by more than the golden tolerance, or the outputs have another shape.
    """
    signature = metadata.signature()
    names = list(signature.outputs)
    inputs = {name: rows[:LARGEST_BATCH] for name, rows in golden_rows(metadata, signature.inputs).items()}
    together = run(session, names, inputs)
    n_rows = min(metadata.golden.rows, LARGEST_BATCH)
    same_bits = TAIL_DEPENDENT.isdisjoint(operators)
    for order in _orders(n_rows):
        found = run(session, names, {name: rows[order] for name, rows in inputs.items()})
        for name in names:
            _check_alike(name, together[name][order], found[name], metadata.golden.tolerance)
            same_bits &= np.array_equal(together[name][order], found[name])
    return n_rows if same_bits else 1


def _orders(n_rows: int) -> Iterator[Order]:
    """Yield single rows, batches of all sizes, and a shuffle."""
    rows = np.arange(n_rows)
    yield from rows[:, np.newaxis]
    for size in range(2, n_rows + 1):
        yield np.roll(rows, size)[:size]
    yield np.random.default_rng(1).permutation(n_rows)


def _check_alike(name: str, together: Float32, found: Float32, tolerance: float) -> None:
    if found.shape != together.shape:
        raise ModelError(f"expected `{name}` of shape {together.shape} from {len(together)} rows, found {found.shape}")
    if not is_within(together, found, tolerance):
        raise ModelError(
            f"expected `{name}` of a row to be the same in every batch, found it different with other rows around it: "
            "export the model for inference, and keep the batch the first axis of every layer"
        )
