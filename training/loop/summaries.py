"""TensorBoard's view of a run: loss, learning rate and held-out loss of each seed over its updates."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from training.loop.seed_run import Trainee


class Summaries:
    """Event files, one folder a seed.

    Parameters
    ----------
    folder : Path
        What `tensorboard --logdir` is given.
    trainees : list of Trainee
    """

    def __init__(self, folder: Path, trainees: list[Trainee]) -> None:
        self._writers = [
            (trainee, tf.summary.create_file_writer(str(folder / f"seed-{trainee.seed}"))) for trainee in trainees
        ]

    def learned(self, n_updates: int, losses: dict[int, float]) -> None:
        """Note a finished round: each seed's mean loss over it, and the rate of its next update."""
        for trainee, writer in self._writers:
            with writer.as_default(step=n_updates):
                tf.summary.scalar("loss", losses[trainee.seed])
                tf.summary.scalar("learning rate", trainee.learning_rate)

    def judged(self, n_updates: int, losses: dict[int, float]) -> None:
        """Note each seed's loss on the held-out series, and put everything so far onto the disk."""
        for trainee, writer in self._writers:
            with writer.as_default(step=n_updates):
                tf.summary.scalar("held-out loss", losses[trainee.seed])
            writer.flush()
