"""TensorBoard's view of a run: loss, learning rate and held-out loss of each seed over its updates."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from training.loop.seed_run import SeedRun


class Summaries:
    """Event files, one folder a seed.

    Parameters
    ----------
    folder : Path
        What `tensorboard --logdir` is given.
    """

    def __init__(self, folder: Path, seed_runs: list[SeedRun]) -> None:
        self._writers = [
            (seed_run, tf.summary.create_file_writer(str(folder / f"seed-{seed_run.seed}"))) for seed_run in seed_runs
        ]

    def learned(self, n_updates: int, losses: dict[int, float]) -> None:
        """Note a finished round: each seed's mean loss over it, and the rate of its next update."""
        for seed_run, writer in self._writers:
            with writer.as_default(step=n_updates):
                tf.summary.scalar("loss", losses[seed_run.seed])
                tf.summary.scalar("learning rate", seed_run.learning_rate)

    def evaluated(self, n_updates: int, losses: dict[int, float]) -> None:
        """Note each seed's loss on the held-out series, and put everything so far onto the disk."""
        for seed_run, writer in self._writers:
            with writer.as_default(step=n_updates):
                tf.summary.scalar("held-out loss", losses[seed_run.seed])
            writer.flush()
