"""The training extra: what the commands that train need beyond what a worker needs."""

from __future__ import annotations

from importlib.util import find_spec

from stream.errors import TrainingError

NEEDED = ("tensorflow", "tf2onnx", "onnx", "tensorboard")


def require_training(*more: str) -> None:
    """Say what to install when the training extra is missing.

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
    """Say what to install when packages of the training extra are missing.

    Parameters
    ----------
    what : str
        What needs them.
    packages : str

    Raises
    ------
    TrainingError
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise TrainingError(
            f"{what} needs {', '.join(missing)}, which a worker does without: pip install 'streamgauge[training]'"
        )
