"""The fit: epoch after epoch until the validation loss no longer falls, and on from the last one after a kill."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from stream.detection.arrays import Float32, Int64
from training.fit.curves import Curves, forget
from training.fit.dataset import Dataset
from training.fit.plan import N_STRETCH, FitPlan
from training.fit.validation import ValidationPass, ValidationResult
from training.loop import checkpoint
from training.loop.learner import Learner
from training.network.network import Network

LEAST_GAIN = 0.001
"""Nats a point by which a validation loss must be lower to count as better: with a falling rate it falls for ever."""


@dataclass(slots=True)
class Progress:
    """How far a fit has come."""

    losses: list[tuple[float | None, float]] = field(default_factory=list)
    """Of the start and of each epoch: mean training loss (None for the start) and validation loss, nats a point."""
    best_epoch: int = 0
    """The last with a validation loss `LEAST_GAIN` below all before it; 0 is the start."""
    duration_s: float = 0.0
    """Seconds of all sessions up to the last finished epoch."""
    n_sittings: int = 0
    """Times that it was started or taken up again with something left to learn."""

    @property
    def n_epochs(self) -> int:
        """Epochs that are done."""
        return len(self.losses) - 1


class Fitting:
    """A fit that goes on from its last finished epoch.

    On one machine and one version of TensorFlow a fit that was killed and taken up again ends with the same weights, to
    the bit, as one that was not.

    Parameters
    ----------
    network : Network
        With the weights to start from; ends with those of the best epoch.
    folder : Path
        Of checkpoint and curves.
    identity : dict
        Plain JSON that identifies this fit; a checkpoint must have the same.

    Attributes
    ----------
    n_windows, n_batch, n_updates : int
        Stretches learned from, those of an update, and updates of an epoch.

    Raises
    ------
    TrainingError
        If the folder holds the checkpoint of another fit.
    """

    def __init__(
        self, plan: FitPlan, dataset: Dataset, network: Network, folder: Path, identity: dict[str, object]
    ) -> None:
        self._plan, self._dataset, self._folder, self._identity = plan, dataset, folder, identity
        self._windows = _sample(dataset.windows, plan)
        self.n_windows = len(self._windows)
        self.n_batch = max(1, min(plan.n_batch, self.n_windows // plan.n_least_updates))
        self.n_updates = -(-self.n_windows // self.n_batch)
        fine, scratch = (plan.learning_rate, plan.rate_decay), (plan.scratch_rate, plan.scratch_decay)
        rate, decay = scratch if plan.from_scratch else fine
        schedule = keras.optimizers.schedules.ExponentialDecay(rate, self.n_updates, decay)
        self.learner = Learner(network, plan.seed, schedule, plan.gradient_norm, plan.target_noise)
        self._validation_pass = ValidationPass(dataset, self._windows, network)
        self._update = tf.function(self.learner.update, autograph=False, reduce_retracing=True)
        self._best = _weights(network)
        self.progress = self._restore()

    def finish(self, report: Callable[[Progress], None]) -> None:
        """Learn what is left to learn; `report` is called after each epoch, and once before the first.

        Nothing is learned where the checkpoint is of a finished fit.
        """
        since_s = time.monotonic()
        self.progress.n_sittings += not self._is_done()
        if not self.progress.losses:
            forget(self._folder)
        with Curves(self._folder, self._validation_pass.step) as curves:
            validated = self._validation_pass.run()
            if not self.progress.losses:
                self._note(None, validated, curves)
            report(self.progress)
            while not self._is_done():
                loss = self._learn(validated)
                validated = self._validation_pass.run()
                self._note(loss, validated, curves)
                now_s = time.monotonic()
                self.progress.duration_s += now_s - since_s
                since_s = now_s
                self._save()
                report(self.progress)
        for weight, best in zip(self.learner.network.weights, self._best, strict=True):
            weight.assign(best)

    def _is_done(self) -> bool:
        n_epochs = self.progress.n_epochs
        return n_epochs >= self._plan.n_epochs or n_epochs - self.progress.best_epoch >= self._plan.patience

    def _learn(self, validated: ValidationResult) -> float:
        """Learn from every window once, in an order that seed and epoch decide; gives the mean loss."""
        epoch = self.progress.n_epochs + 1
        order = np.random.default_rng([self._plan.seed, epoch]).permutation(self.n_windows)
        scored, total = tf.ones(N_STRETCH), 0.0
        for start in range(0, self.n_windows, self.n_batch):
            batch = order[start : start + self.n_batch]
            inputs, targets = self._dataset.read(self._windows[batch])
            loss, _ = self._update(inputs, targets, scored, (validated.h[batch], validated.c[batch]))
            total += float(loss) * len(batch)
        return total / self.n_windows

    def _note(self, loss: float | None, validated: ValidationResult, curves: Curves) -> None:
        self.progress.losses.append((loss, validated.validation_loss))
        epoch = self.progress.n_epochs
        if validated.validation_loss < self.progress.losses[self.progress.best_epoch][1] - LEAST_GAIN:
            self.progress.best_epoch = epoch
            self._best = _weights(self.learner.network)
        curves.note(epoch, loss, validated.validation_loss, self.learner.learning_rate)

    def _save(self) -> None:
        arrays = {f"now/{i}": np.asarray(variable) for i, variable in enumerate(self.learner.variables)}
        arrays |= {f"best/{i}": weight for i, weight in enumerate(self._best)}
        checkpoint.write(self._folder, {"plan": self._identity, "progress": asdict(self.progress)}, arrays)

    def _restore(self) -> Progress:
        found = checkpoint.read(self._folder, self._identity)
        if found is None:
            return Progress()
        stored, arrays = found
        for i, variable in enumerate(self.learner.variables):
            variable.assign(arrays[f"now/{i}"])
        self._best = [arrays[f"best/{i}"] for i in range(len(self._best))]
        losses = [(loss, float(validation)) for loss, validation in stored["losses"]]
        return Progress(losses, stored["best_epoch"], stored["duration_s"], stored["n_sittings"])


def _sample(windows: Int64, plan: FitPlan) -> Int64:
    """Keep as many windows as the plan allows, chosen by its seed, in the order of time."""
    if len(windows) <= plan.n_most_windows:
        return windows
    chosen = np.random.default_rng(plan.seed).choice(len(windows), plan.n_most_windows, replace=False)
    return windows[np.sort(chosen)]


def _weights(network: Network) -> list[Float32]:
    return [weight.numpy().copy() for weight in network.weights]
