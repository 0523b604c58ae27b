"""Checks in order, and the error of a failed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stream.errors import ModelError

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
    """The checks of one file.

    Attributes
    ----------
    passed : callable
        Called with the name of each check that has passed.
    """

    path: Path
    passed: Callable[[str], None]

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
