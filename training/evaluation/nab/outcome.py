"""The outcome: what came out of all runs, by profile and by family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64, Int64
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.corpus import File, Perturbation
from training.evaluation.nab.measure import Measured
from training.evaluation.nab.protocol import PROFILES, Profile
from training.evaluation.nab.scoring.confusion import OUTSIDE, PROBATION, Confusion, LabelWeights
from training.evaluation.pages import BOUNDARY, THRESHOLDS, alarms_at

ALL = "all"
"""Name of all families together."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the alarms of a file at the boundary are to NAB."""

    finding: Int64
    again: Int64
    false: Int64
    """Shape (alarms,). Rows of the earliest alarm of a window, of further ones in it, and of those outside."""
    missed: int
    """Windows without an alarm."""

    @classmethod
    def of(cls, file: File, evaluated: ScoredFile) -> Verdict:
        """Look where the alarms of a file lie."""
        weights = LabelWeights.of(file)
        rows, alarms = alarms_at(evaluated.score, np.ones(1))
        rows = rows[alarms[0] & (weights.place[rows] != PROBATION)]
        place = weights.place[rows]
        inside = rows[place != OUTSIDE]
        _, first = np.unique(weights.place[inside], return_index=True)
        finding = inside[first]
        return cls(finding, np.setdiff1d(inside, finding), rows[place == OUTSIDE], weights.n_windows - len(finding))

    @property
    def n_windows(self) -> int:
        """Labelled windows."""
        return len(self.finding) + self.missed

    def summary(self) -> str:
        """Summarise it in a few words."""
        found = f"{len(self.finding)} of {self.n_windows} windows found" if self.n_windows else "nothing labelled"
        n_false = len(self.false)
        return f"{found}, {n_false or 'no'} false alarm{'' if n_false == 1 else 's'}"


class Standing(NamedTuple):
    """The scores in one profile."""

    at_boundary: Float64
    """Shape (runs,). With the product's own boundary, 1.0."""
    best_threshold: float
    best: float
    """The threshold with the highest mean of all runs, and that mean: what NAB's optimiser would report."""

    @property
    def whole(self) -> float:
        """Return the score of the first run: files as they are, unless rows were dropped from all."""
        return float(self.at_boundary[0])

    @property
    def mean(self) -> float:
        """Return the mean of all runs."""
        return float(self.at_boundary.mean())

    @property
    def deviation(self) -> float:
        """Return the standard deviation of the runs around their mean."""
        return float(self.at_boundary.std())


@dataclass(frozen=True, slots=True)
class BenchmarkOutcome:
    """What came out."""

    warmup: int | None
    """Records of a key before its first alarm; None is the probation of its file."""
    perturbations: Sequence[Perturbation]
    tallies: dict[str, list[Confusion]]
    """Of the detector's own alarms, by family, and `ALL`; one a run, at `THRESHOLDS`."""
    pages: list[Confusion]
    """Of the events that call a person, in all files; one a run, at the boundary."""
    episodes: int
    unlabelled: int
    """Episodes of the first run after the probation, and those of them that touch no labelled window."""

    @classmethod
    def of(
        cls,
        files: Sequence[File],
        perturbations: Sequence[Perturbation],
        results: Sequence[Sequence[Measured]],
        warmup: int | None,
    ) -> BenchmarkOutcome:
        """Add up what was measured, by run and file."""
        tallies: dict[str, list[Confusion]] = defaultdict(list)
        for run in results:
            families: dict[str, list[Confusion]] = defaultdict(list)
            for file, measured in zip(files, run, strict=True):
                families[file.family].append(measured.tally)
            for family, of_files in families.items():
                tallies[family].append(Confusion.sum(of_files))
            tallies[ALL].append(Confusion.sum(measured.tally for measured in run))
        pages = [Confusion.sum(measured.pages for measured in run) for run in results]
        return cls(
            warmup,
            perturbations,
            dict(tallies),
            pages,
            *_episodes([perturbations[0].apply(file) for file in files], results[0]),
        )

    def published(self, profile: Profile) -> Float64:
        """Return the score of the published events in a profile, one a run."""
        return np.concatenate([pages.score(profile) for pages in self.pages])

    def standing(self, profile: Profile, family: str = ALL) -> Standing | None:
        """Return the scores in a profile; None for a family in which nothing is labelled."""
        tallies = self.tallies[family]
        if tallies[0].n_windows == 0:
            return None
        scores = np.stack([tally.score(profile) for tally in tallies])
        means = scores.mean(axis=0)
        number = int(means.argmax())
        return Standing(scores[:, BOUNDARY], float(THRESHOLDS[number]), float(means[number]))

    def counts(self, family: str = ALL) -> Confusion:
        """Return the tally of the first run at the boundary."""
        return self.tallies[family][0].at(BOUNDARY)

    def to_json(self) -> dict[str, object]:
        """Return the results as plain JSON."""
        return {
            "warm_up": "probation" if self.warmup is None else self.warmup,
            "runs": [perturbation._asdict() for perturbation in self.perturbations],
            "published": {profile.name: self.published(profile).tolist() for profile in PROFILES},
            "episodes": {"all": self.episodes, "touch_no_label": self.unlabelled},
            "families": {family: self._family_json(family) for family in self.tallies},
        }

    def _family_json(self, family: str) -> dict[str, object]:
        tally = self.counts(family)
        standings = {profile.name: self.standing(profile, family) for profile in PROFILES}
        return {
            "windows": tally.n_windows,
            "windows_found": int(tally.n_found[0]),
            "false_positives": int(tally.n_false[0]),
            "records": tally.n_rows,
            "alarms_per_10000": tally.per_10000,
            "profiles": {name: _standing_json(standing) for name, standing in standings.items()},
        }


def _episodes(files: Sequence[File], run: Sequence[Measured]) -> tuple[int, int]:
    """Count the episodes that end after the probation, and those of them that touch no window."""
    n_all = n_unlabelled = 0
    for file, measured in zip(files, run, strict=True):
        if measured.evaluated is not None:
            opened, closed, windows = measured.evaluated.opened, measured.evaluated.closed, file.windows
            touches = (opened[:, None] <= windows[None, :, 1]) & (closed[:, None] >= windows[None, :, 0])
            counted = closed >= file.n_probation
            n_all += int(counted.sum())
            n_unlabelled += int((counted & ~touches.any(axis=1)).sum())
    return n_all, n_unlabelled


def _standing_json(standing: Standing | None) -> dict[str, object] | None:
    if standing is None:
        return None
    return {
        "at_boundary": standing.whole,
        "runs": standing.at_boundary.tolist(),
        "mean": standing.mean,
        "standard_deviation": standing.deviation,
        "best_threshold": standing.best_threshold,
        "best": standing.best,
    }
