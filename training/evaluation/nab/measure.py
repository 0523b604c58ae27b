"""Measuring: every file in every run through the product's detector, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from stream.detection.arrays import Int64
from stream.detection.episodes.verdict import Policy
from stream.detection.policy.budget import Budget
from stream.detectors import AnyDetector, build_detector, chosen_bundle
from stream.errors import ModelError
from stream.model import Bundle
from stream.settings.settings import Settings
from training.evaluation.nab.backtest import ScoredFile, score_files
from training.evaluation.nab.corpus import File, Perturbation
from training.evaluation.nab.scoring.confusion import Confusion, LabelWeights
from training.evaluation.pages import alarms_at
from training.evaluation.shared import in_processes, shared


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """A model in the product's detector, with the product's settings but for the warm-up."""

    path: Path | None = None
    """Bundle; None is the one in the package."""
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def of(cls, settings: Settings, bands: bool) -> MeasuredModel:
        """Take model and policy from the settings, as a worker does.

        Parameters
        ----------
        bands : bool
            Whether every point gets its band, which takes time.
        """
        policy = Policy(
            max_fill=settings.max_fill,
            rewarm=settings.rewarm,
            update_interval_ms=round(settings.update_interval_s * 1000),
            level=settings.level,
            bands=bands,
            false_alarms=Budget(*settings.allowance),
        )
        return cls(settings.model, policy)

    def bundle(self) -> Bundle:
        """Load the bundle.

        Raises
        ------
        ModelError
            Also if it takes more than one feature: a file of NAB has one.
        """
        bundle = chosen_bundle(self.path)
        if len(bundle.metadata.features) > 1:
            features = ", ".join(bundle.metadata.features)
            raise ModelError(f"model {bundle.path}: expected one feature, as NAB's series have, found {features}")
        return bundle

    def build_detector(self, warmups: Int64) -> AnyDetector:
        """Make a detector whose keys warm up for so many records each."""
        return build_detector(self.bundle(), replace(self.policy, warmup=warmups, slow_warmup=warmups))


class Subject(Protocol):
    """What is measured; it is sent to other processes, so it must be possible to pickle it."""

    def build_detector(self, warmups: Int64) -> AnyDetector:
        """Make a new detector for so many keys, of which each warms up for so many records."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file in one run."""

    tally: Confusion
    """Of the detector's own alarms, at `THRESHOLDS`."""
    pages: Confusion
    """Of the events that call a person, at the product's boundary alone."""
    evaluated: ScoredFile | None
    """Row by row; of the first run only."""

    @classmethod
    def of(cls, file: File, evaluated: ScoredFile, keep: bool = True) -> Measured:
        """Count the alarms and pages of a scored file, and keep it row by row or not."""
        weights, rows = LabelWeights.of(file), np.unique(evaluated.paged)
        pages = Confusion.of(weights, rows, np.ones((1, len(rows)), np.bool_))
        return cls(Confusion.of(weights, *alarms_at(evaluated.score)), pages, evaluated if keep else None)


@dataclass(frozen=True, slots=True)
class _Task:
    run: int
    number: int
    perturbation: Perturbation
    file: File


def measure(
    subject: Subject,
    files: Sequence[File],
    perturbations: Sequence[Perturbation],
    warmup: int | None = None,
    progress: Callable[[int], None] = lambda n_rows: None,
) -> list[list[Measured]]:
    """Score every file in every run.

    Parameters
    ----------
    perturbations : sequence of Perturbation
        One a run.
    warmup : int or None
        Records before a key may alarm; None is what is left of the probation of its file.
    progress : callable
        Told how many rows of all runs are done.

    Returns
    -------
    list of list of Measured
        By run and file.
    """
    tasks = _tasks(files, perturbations, len(os.sched_getaffinity(0)))
    found = in_processes([partial(_measure, subject, warmup, lanes) for lanes in tasks], progress)
    results = {place: measured for of_lanes in found for place, measured in of_lanes.items()}
    return [[results[run, number] for number in range(len(files))] for run in range(len(perturbations))]


def _tasks(files: Sequence[File], perturbations: Sequence[Perturbation], n_processes: int) -> list[list[_Task]]:
    """Deal the lanes out, the longest first: as many keys as possible in each call, and as many calls for each."""
    lanes = [
        _Task(run, number, perturbation, file)
        for run, perturbation in enumerate(perturbations)
        for number, file in enumerate(files)
    ]
    lanes.sort(key=lambda lane: -lane.file.n_rows)
    return [dealt for first in range(n_processes) if (dealt := lanes[first::n_processes])]


def _measure(subject: Subject, warmup: int | None, lanes: list[_Task]) -> dict[tuple[int, int], Measured]:
    files = [lane.perturbation.apply(lane.file) for lane in lanes]
    warmups = np.array([file.n_probation if warmup is None else warmup for file in files], np.int64)
    evaluated = score_files(subject.build_detector(warmups), files, shared().add)
    return {
        (lane.run, lane.number): Measured.of(file, found, keep=lane.run == 0)
        for lane, file, found in zip(lanes, files, evaluated, strict=True)
    }
