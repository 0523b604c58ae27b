"""TensorBoard's view of a fit: training and validation loss, learning rate, and the graph of the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from stream.errors import TrainingError

PARTS = "training", "validation"


class Curves:
    """Event files in a folder; a context.

    Parameters
    ----------
    folder : Path
        What `tensorboard --logdir` is given.
    step : tf.function
        With an input signature; its graph is shown.

    Raises
    ------
    TrainingError
        If the files cannot be written, in whatever is called.
    """

    def __init__(self, folder: Path, step: tf.types.experimental.PolymorphicFunction) -> None:
        self._folder = folder
        with self._writing():
            self._training, self._validation = (tf.summary.create_file_writer(str(folder / part)) for part in PARTS)
        with self._writing(), self._training.as_default(step=0):
            tf.summary.graph(step.get_concrete_function().graph)

    def __enter__(self) -> Curves:
        """Return the curves themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        with self._writing():
            self._training.close()
            self._validation.close()

    def note(self, epoch: int, loss: float | None, validation_loss: float, learning_rate: float) -> None:
        """Note a finished epoch and put it onto the disk; the start has no training loss."""
        with self._writing():
            with self._training.as_default(step=epoch):
                tf.summary.scalar("learning rate", learning_rate)
                if loss is not None:
                    tf.summary.scalar("loss", loss)
            with self._validation.as_default(step=epoch):
                tf.summary.scalar("loss", validation_loss)
            self._training.flush()
            self._validation.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Convert the errors of TensorFlow's writers."""
        try:
            yield
        except tf.errors.OpError as error:
            raise TrainingError(
                f"expected to be able to write TensorBoard's files in {self._folder}, but: {error.message}; "
                "make room or give another --logdir"
            ) from error


def forget(folder: Path) -> None:
    """Remove the curves of an earlier fit: TensorBoard would draw both as one."""
    for part in PARTS:
        for file in (folder / part).glob("events.out.tfevents.*"):
            file.unlink()
