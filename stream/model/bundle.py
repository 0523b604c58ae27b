"""Model bundle: one ONNX file, trusted after all checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from stream.errors import ModelError
from stream.model.checks.checklist import Checklist, largest_batch
from stream.model.checks.golden import reproduce
from stream.model.checks.graph_checks import (
    check_consistent,
    check_hashes,
    check_operators,
    check_opsets,
    check_self_contained,
    check_signature,
)
from stream.model.forecaster import OnnxForecaster
from stream.model.metadata import property_of, read_metadata
from stream.model.onnx.file import open_regular, read_limited
from stream.model.onnx.graph import Description, describe
from stream.model.onnx.session import Session, open_session
from stream.model.stateful import StatefulForecast
from stream.model.window_model import OnnxWindowModel
from stream.model.windowed import Kind, WindowedMetadata


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model that passed every check."""

    path: Path
    model: bytes = field(repr=False)
    """The whole file."""
    sha256: str
    """Of the whole file, 64 hexadecimal digits."""
    description: Description = field(repr=False)
    metadata: Kind = field(repr=False)
    """`StatefulForecast`, `WindowedForecast` or `WindowedReconstruction`."""
    session: Session = field(repr=False)
    """The one that reproduced the golden rows."""
    n_together: int
    """Rows in the largest batch that was found to change no row's bits, see `stream.model.checks.checklist`."""

    @classmethod
    def load(cls, path: Path, passed: Callable[[str], None] = lambda check: None) -> Bundle:
        """Load a bundle after every check of `CHECKS`, in order.

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
        checklist = Checklist(path, passed)
        with checklist.check("file"):
            file = open_regular(path)
        with file, checklist.check("size"):
            model = read_limited(file)
        return cls._examine(model, checklist)

    @classmethod
    def from_bytes(cls, model: bytes, path: Path) -> Bundle:
        """Check a bundle in memory, from the third check on.

        Parameters
        ----------
        path : Path
            Where it came from or will go, for messages.

        Raises
        ------
        ModelError
            A `RefusedError` at the first check that fails.
        """
        return cls._examine(model, Checklist(path, lambda check: None))

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
    def _examine(cls, model: bytes, checklist: Checklist) -> Bundle:
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
            check_consistent(metadata)
        with checklist.check("hashes"):
            check_hashes(model, document, metadata)
        with checklist.check("signature"):
            check_signature(description, metadata.signature())
        with checklist.check("session"):
            session = open_session(model)
        with checklist.check("golden"):
            reproduce(session, metadata)
        with checklist.check("batch"):
            n_together = largest_batch(session, metadata, description.operators)
        return cls(checklist.path, model, sha256(model).hexdigest(), description, metadata, session, n_together)

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
        """Return the forecaster, on the checked session.

        Raises
        ------
        ModelError
            If the bundle is of a windowed kind.
        """
        if not isinstance(self.metadata, StatefulForecast):
            raise ModelError(f"expected a bundle of kind stateful-forecast, found {self.kind} in {self.path}")
        return OnnxForecaster(self.model)

    def window_model(self) -> OnnxWindowModel:
        """Return the window model, on the checked session.

        Raises
        ------
        ModelError
            If the bundle is not of a windowed kind.
        """
        if not isinstance(self.metadata, WindowedMetadata):
            raise ModelError(f"expected a bundle of a windowed kind, found {self.kind} in {self.path}")
        return OnnxWindowModel(self.session, self.metadata, self.n_together)
