"""Where a fit puts things, and what its model is called."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stream.errors import TrainingError
from training.files import writing


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Folders and names."""

    out: Path
    """Folder for bundle, record, pictures and report."""
    logdir: Path
    """Folder for the points, the checkpoint and TensorBoard's files."""
    name: str
    version: str
    """Of the bundle."""

    @property
    def points(self) -> Path:
        """Folder of the points while a fit is not done."""
        return self.logdir / "points"

    @property
    def bundle(self) -> Path:
        """File of the model."""
        return self.out / f"{self.name}.onnx"

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Make the folders, and keep every other fit out of `logdir` within the context.

        Raises
        ------
        TrainingError
            If another fit is at work there, or a file of this one cannot be written.
        """
        with writing(self.logdir):
            for folder in (self.out, self.logdir):
                _make_writable(folder)
            descriptor = os.open(self.logdir, os.O_RDONLY)
            try:
                self._lock(descriptor)
                yield
            finally:
                os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        """Take the lock that the system drops with the process, however that ends."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(
                f"expected {self.logdir} to be free, found another fit at work there: "
                "wait for its end, or give another --logdir"
            ) from error


def _make_writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
