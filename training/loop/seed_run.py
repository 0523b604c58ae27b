"""One seed's network of a run on synthetic series: it learns by the plan and is evaluated on held-out series."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from stream.detection.arrays import Float32
from training.loop.learner import Learner, start_state
from training.loop.plan import Plan
from training.network.network import Network
from training.synthetic.examples import Examples


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


class SeedRun(Learner):
    """A network that learns by a plan.

    Parameters
    ----------
    seed : int
        Decides the first weights and the noise on the targets.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        schedule = keras.optimizers.schedules.CosineDecay(
            plan.learning_rate, plan.n_rounds * plan.n_round_updates, plan.final_rate_share
        )
        super().__init__(Network(seed), seed, schedule, plan.gradient_norm, plan.target_noise)
        self._plan = plan
        self._loss = tf.function(self.loss, autograph=False)

    def evaluate(self, examples: Examples) -> float:
        """Return the mean negative log likelihood of series that were not learned from, in nats a record."""
        noise = np.random.default_rng(self._plan.held_out_seed).normal(size=examples.targets.shape)
        targets = (examples.targets + self._plan.target_noise * noise).astype(np.float32)
        state, total, n_scored = start_state(len(targets)), 0.0, 0.0
        for stretch, scored in stretches(self._plan):
            loss, state = self._loss(examples.inputs[:, stretch], targets[:, stretch], scored, state)
            total += float(loss) * float(scored.sum())
            n_scored += float(scored.sum())
        return total / n_scored


def stretches(plan: Plan) -> list[tuple[slice, Float32]]:
    """Cut a series into the stretches of truncated back-propagation, each with its scored records marked 1."""
    scored = (np.arange(plan.n_steps) >= plan.n_unscored).astype(np.float32)
    starts = range(0, plan.n_steps, plan.n_unrolled)
    cuts = [slice(start, start + plan.n_unrolled) for start in starts]
    return [(cut, scored[cut]) for cut in cuts]
