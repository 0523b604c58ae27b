"""The model bundle: one ONNX file that says what it is, believed only after every check."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from stream.errors import ModelError
from stream.model.checks import (
    check_hashes,
    check_operators,
    check_opsets,
    check_self_contained,
    check_signature,
)
from stream.model.forecaster import OnnxForecaster
from stream.model.golden import reproduce
from stream.model.graph import Description, describe
from stream.model.kinds import StatefulForecast
from stream.model.metadata import property_of, read_metadata
from stream.model.session import Session, open_session

MAX_BYTES = 64 * 2**20
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
    "signature": "inputs and outputs named, shaped and typed as the kind says",
    "session": "ONNX Runtime can run it",
    "golden": "gives the stored outputs for the stored inputs",
}


class RefusedError(ModelError):
    """A bundle that failed a check.

    Parameters
    ----------
    path : Path
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
class Bundle:
    """A model that passed every check.

    Attributes
    ----------
    path : Path
    model : bytes
        The whole file.
    sha256 : str
        Of the whole file, 64 hexadecimal digits.
    description : Description
    metadata : StatefulForecast
    session : Session
        The one that reproduced the golden rows.
    """

    path: Path
    model: bytes = field(repr=False)
    sha256: str
    description: Description = field(repr=False)
    metadata: StatefulForecast = field(repr=False)
    session: Session = field(repr=False)

    @classmethod
    def load(cls, path: Path, passed: Callable[[str], None] = lambda check: None) -> Bundle:
        """Read a bundle and believe it only after every check of `CHECKS`, in their order.

        Parameters
        ----------
        path : Path
            The file itself; a symbolic link is refused.
        passed : callable, optional
            Called with the name of each check that has passed.

        Raises
        ------
        ModelError
            A `RefusedError` at the first check that fails; the text names the file, the check and the reason.
        """
        checklist = _Checklist(path, passed)
        with checklist.check("file"):
            file = _open_regular(path)
        with file, checklist.check("size"):
            model = _read_limited(file)
        return cls._examine(model, checklist)

    @classmethod
    def from_bytes(cls, model: bytes, path: Path) -> Bundle:
        """Check a bundle that is in memory already, as `load` does from its third check on.

        Parameters
        ----------
        model : bytes
        path : Path
            Where it came from or will go, for messages.

        Raises
        ------
        ModelError
            A `RefusedError` at the first check that fails.
        """
        return cls._examine(model, _Checklist(path, lambda check: None))

    @classmethod
    def default(cls) -> Bundle:
        """Load the bundle that ships inside the package.

        Raises
        ------
        ModelError
            If the package was built without it, or it does not pass.
        """
        resource = files("stream.model") / "default.onnx"
        path = Path(str(resource))
        if not resource.is_file():
            raise ModelError(
                f"expected the default model at {path}, found nothing: install the package again, make one with "
                "`streamgauge train default`, or name your own with STREAMGAUGE_MODEL"
            )
        return cls.from_bytes(resource.read_bytes(), path)

    @classmethod
    def _examine(cls, model: bytes, checklist: _Checklist) -> Bundle:
        with checklist.check("onnx"):
            description = describe(model)
        with checklist.check("external data"):
            check_self_contained(description)
        with checklist.check("opset"):
            check_opsets(description)
        with checklist.check("operators"):
            check_operators(description)
        with checklist.check("metadata"):
            document = property_of(description)
            metadata = read_metadata(document)
        with checklist.check("hashes"):
            check_hashes(model, document, metadata)
        with checklist.check("signature"):
            check_signature(description, metadata.signature())
        with checklist.check("session"):
            session = open_session(model)
        with checklist.check("golden"):
            reproduce(session, metadata.golden, metadata.signature())
        return cls(checklist.path, model, sha256(model).hexdigest(), description, metadata, session)

    @property
    def name(self) -> str:
        """The model's name, as it travels with anomalies."""
        return self.metadata.name

    @property
    def version(self) -> str:
        """The model's version, as it travels with anomalies."""
        return self.metadata.version

    @property
    def kind(self) -> str:
        """The bundle's kind, e.g. `stateful-forecast`."""
        return str(self.metadata.__struct_config__.tag)

    def forecaster(self) -> OnnxForecaster:
        """Give the forecaster that steps this model, on the session that was checked."""
        return OnnxForecaster(self.session)


@dataclass(frozen=True, slots=True)
class _Checklist:
    path: Path
    passed: Callable[[str], None]

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        try:
            yield
        except ModelError as error:
            raise RefusedError(self.path, name, str(error)) from error
        self.passed(name)


def _open_regular(path: Path) -> BinaryIO:
    """Open without following a link and without waiting for the far end of a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ModelError("expected a regular file, found a symbolic link: name the file it leads to") from error
        raise ModelError(f"expected a file that can be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ModelError("expected a regular file, found a directory, a pipe or a device")
    return os.fdopen(descriptor, "rb")


def _read_limited(file: BinaryIO) -> bytes:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise ModelError("expected a model, found an empty file")
    if size > MAX_BYTES:
        raise ModelError(f"expected at most {MAX_BYTES:,} bytes, found {size:,}")
    return file.read(MAX_BYTES)
