"""The training extra: packages that training needs."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from stream.errors import TrainingError

INSTALL = "from a clone of streamgauge's repository: pip install -e '.[training]' -c constraints.txt"
"""What installs the extra; streamgauge is on no package index, so its name alone would install nothing."""

NEEDED = ("tensorflow", "tf2onnx", "onnx", "tensorboard")

FOR_REPORTS = ("jinja2", "matplotlib", "PIL")
"""What reports with figures need."""


def require_training(*more: str) -> None:
    """Raise unless the training extra is installed.

    Parameters
    ----------
    more : str
        Packages that this command imports beside those of every training.

    Raises
    ------
    TrainingError
    """
    require("training", *NEEDED, *more)


def require(what: str, *packages: str) -> None:
    """Raise if packages of the training extra are missing.

    Parameters
    ----------
    what : str
        What needs them.

    Raises
    ------
    TrainingError
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise TrainingError(
            f"{what} needs {', '.join(missing)}, which a worker does without. Install the training extra {INSTALL}"
        )


def load_tensorflow() -> None:
    """Import TensorFlow without its log output."""
    import_module("training")  # Sets what quietens TensorFlow once it is imported.
    with stderr_set_aside():
        import_module("keras")


@contextmanager
def stderr_set_aside() -> Iterator[None]:
    """Capture stderr of libraries; release it on errors."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as written, os.fdopen(os.dup(2), "wb") as terminal:
        os.dup2(written.fileno(), 2)
        try:
            yield
        except BaseException:
            written.seek(0)
            shutil.copyfileobj(written, terminal)
            raise
        finally:
            os.dup2(terminal.fileno(), 2)
