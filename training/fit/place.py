"""Where a fit puts things, and what its model is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Folders and names.

    Attributes
    ----------
    out : Path
        Folder for bundle, record, pictures and report.
    logdir : Path
        Folder for the points, the checkpoint and TensorBoard's files.
    name, version : str
        Of the bundle.
    """

    out: Path
    logdir: Path
    name: str
    version: str

    @property
    def points(self) -> Path:
        """Folder of the points while a fit is not done."""
        return self.logdir / "points"

    @property
    def bundle(self) -> Path:
        """File of the model."""
        return self.out / f"{self.name}.onnx"
