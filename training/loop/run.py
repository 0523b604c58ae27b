"""A training run: all seeds learn side by side from the same fresh series, so that drawing them is paid once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.loop import checkpoint
from training.loop.generator import generate
from training.loop.learner import State, start_state
from training.loop.plan import Plan
from training.loop.seed_run import SeedRun, Summaries, stretches
from training.synthetic.examples import Examples

SPEED_PERIOD_S = 120.0
"""The time left is read off this long: several blocks, since learning waits now and then for the next one."""


class Display:
    """A live display on a terminal; elsewhere only the lines.

    Parameters
    ----------
    n_updates : int
        Updates done in earlier sessions.
    """

    def __init__(self, plan: Plan, n_updates: int, console: Console) -> None:
        self._total = plan.n_rounds * plan.n_round_updates
        self._console = console
        self._progress = Progress(
            TextColumn("seed {task.fields[seed]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            speed_estimate_period=SPEED_PERIOD_S,
        )
        self._tasks = {
            seed: self._progress.add_task("", total=self._total, completed=n_updates, seed=seed, loss="-")
            for seed in plan.seeds
        }

    def __enter__(self) -> Display:
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the bars as they stand."""
        self._progress.stop()

    def learned(self, n_updates: int, losses: dict[int, float]) -> None:
        """Show a finished round: each seed's mean loss over it."""
        for seed, task in self._tasks.items():
            self._progress.update(task, completed=n_updates, loss=f"{losses[seed]:.3f}")

    def evaluated(self, n_updates: int, losses: dict[int, float], duration_s: float) -> None:
        """Write a line on the held-out losses."""
        shown = ", ".join(f"{loss:.4f} (seed {seed})" for seed, loss in losses.items())
        done = f"{n_updates:,} of {self._total:,} updates"
        self._console.print(f"{done} in {duration_s:,.0f} s: held-out loss {shown}", highlight=False, soft_wrap=True)


class TrainingRun:
    """A run that goes on from its last checkpoint.

    On one machine and one version of TensorFlow a run that was killed and taken up again ends with the same weights, to
    the bit, as one that was not: series and noise are functions of their numbers, and each operation has one thread.

    Parameters
    ----------
    folder : Path
        Holds the checkpoint and TensorBoard's files; made when missing.

    Attributes
    ----------
    seed_runs : list of SeedRun
        One a seed, in the plan's order.

    Raises
    ------
    TrainingError
        If the folder holds the checkpoint of another plan.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self.folder = folder
        self._saved_s = self._seen_s = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        self.seed_runs = [SeedRun(plan, seed) for seed in plan.seeds]
        self.progress = checkpoint.restore(folder, plan, self.seed_runs)
        self._update = tf.function(self._update_all, autograph=False)

    @property
    def n_updates(self) -> int:
        """Updates that each seed has made."""
        return self.progress.n_rounds * self._plan.n_round_updates

    def finish(self, console: Console) -> Examples:
        """Learn what is left to learn.

        Parameters
        ----------
        console : rich.console.Console
            Where the progress is shown.

        Returns
        -------
        training.synthetic.examples.Examples
            The held-out ones.

        Raises
        ------
        TrainingError
            If the process that draws the series dies.
        """
        summaries = Summaries(self.folder, self.seed_runs)
        self._seen_s = time.monotonic()
        self.progress.n_sittings += not self._is_done()
        first_block = self.progress.n_rounds // self._plan.n_block_rounds
        with (
            generate(self._plan, first_block) as blocks,
            Display(self._plan, self.n_updates, console) as display,
        ):
            held_out = next(blocks)
            if self.progress.n_rounds == 0:
                self._evaluate(held_out, display, summaries)
            for examples in self._rounds_left(blocks):
                losses = self._learn(examples)
                display.learned(self.n_updates, losses)
                summaries.learned(self.n_updates, losses)
                if self._is_done() or self.progress.n_rounds % self._plan.held_out_every == 0:
                    self._evaluate(held_out, display, summaries)
                self._save_when_due()
        return held_out

    def _is_done(self) -> bool:
        return self.progress.n_rounds >= self._plan.n_rounds

    def _rounds_left(self, blocks: Iterator[Examples]) -> Iterator[Examples]:
        if self._is_done():
            return
        n_learned = self.progress.n_rounds % self._plan.n_block_rounds
        n_left = self._plan.n_rounds - self.progress.n_rounds
        rounds = (examples for block in blocks for examples in block.split(self._plan.n_round_series))
        yield from islice(rounds, n_learned, n_learned + n_left)

    def _learn(self, examples: Examples) -> dict[int, float]:
        """Learn from one round; gives each seed's mean loss over it."""
        states = [start_state(len(examples.targets)) for _ in self.seed_runs]
        total = np.zeros(len(self.seed_runs))
        for stretch, scored in stretches(self._plan):
            losses, states = self._update(examples.inputs[:, stretch], examples.targets[:, stretch], scored, states)
            total += np.array(losses)
        self.progress.n_rounds += 1
        self._take_time()
        means = total / self._plan.n_round_updates
        return {seed_run.seed: float(mean) for seed_run, mean in zip(self.seed_runs, means, strict=True)}

    def _update_all(
        self, inputs: tf.Tensor, targets: tf.Tensor, scored: tf.Tensor, states: list[State]
    ) -> tuple[list[tf.Tensor], list[State]]:
        updates = [
            seed_run.update(inputs, targets, scored, state)
            for seed_run, state in zip(self.seed_runs, states, strict=True)
        ]
        return [loss for loss, _ in updates], [state for _, state in updates]

    def _take_time(self) -> None:
        """Add what has passed since the last time: drawing and looking included, imports and lost work not."""
        now_s = time.monotonic()
        self.progress.duration_s += now_s - self._seen_s
        self._seen_s = now_s

    def _evaluate(self, held_out: Examples, display: Display, summaries: Summaries) -> None:
        """Evaluate every seed by the held-out series."""
        losses = {seed_run.seed: seed_run.evaluate(held_out) for seed_run in self.seed_runs}
        for seed, loss in losses.items():
            self.progress.losses.setdefault(seed, []).append((self.n_updates, loss))
        display.evaluated(self.n_updates, losses, self.progress.duration_s)
        summaries.evaluated(self.n_updates, losses)

    def _save_when_due(self) -> None:
        due_s = self._saved_s + self._plan.checkpoint_interval_s
        if self._is_done() or time.monotonic() >= due_s:
            checkpoint.save(self.folder, self._plan, self.progress, self.seed_runs)
            self._saved_s = time.monotonic()
