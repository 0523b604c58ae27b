"""The chapter's series: NAB's files with their labelled windows, as a live worker would keep their points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.forecast.windows import Scaling
from stream.errors import DataError
from stream.formats.timestamps import from_iso
from training.evaluation.nab.corpus import read_points

NINE = (
    "nyc_taxi",
    "art_daily_no_noise",
    "art_daily_nojump",
    "art_daily_jumpsdown",
    "art_daily_perfect_square_wave",
    "art_load_balancer_spikes",
    "ambient_temperature_system_failure",
    "ec2_cpu_utilization_24ae8d",
    "rds_cpu_utilization_cc0c53",
)
"""In the chapter's order. It names no more than `ec2_cpu_utilization` and `rds_cpu_utilization`: of NAB's eight and two
files of that name these are the first."""

LABELS = "combined_windows.json"

N_GRID = 400
"""Places at which a density is drawn."""


@dataclass(frozen=True, slots=True)
class NabSeries:
    """One series."""

    name: str
    file: str
    """The file below NAB's data folder; its name without the ending."""
    timestamps_ms: Int64
    """Shape (points,). Strictly increasing."""
    values: Float64
    """Shape (points,)."""
    n_duplicates: int
    n_late: int
    """Rows left out, as the worker leaves them out, since their time had been seen or passed."""
    labels_ms: Int64
    """Shape (labels, 2). First and last moment of each window in which NAB labels an anomaly."""

    @property
    def interval_s(self) -> float:
        """The usual distance of two points."""
        return float(np.median(np.diff(self.timestamps_ms))) / 1000.0

    def scaling(self, n_points: int | None = None) -> Scaling:
        """Return the min-max scaling of the first points, or of all.

        Raises
        ------
        DataError
            If they show one value only.
        """
        values = self.values[:n_points]
        if np.ptp(values) == 0:
            raise DataError(
                f"{self.file}: expected more than one value in the first {len(values):,} points, which the values are "
                f"scaled by, found {values[0]:g} only; leave the series out"
            )
        return Scaling(values.min(keepdims=True), np.ptp(values, keepdims=True))


class Benchmark(NamedTuple):
    """A folder of NAB."""

    files: dict[str, Path]
    """By the name of the series."""
    root: Path
    """What the files' names in the labels are relative to."""
    labels: dict[str, list[tuple[str, str]]]
    """Labelled windows by file."""

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Look into NAB's own folder, which holds data/ and labels/, or into its data/.

        Raises
        ------
        DataError
            If there are no series, or no labels.
        """
        root = directory / "data" if (directory / "data").is_dir() else directory
        files = {path.stem: path for path in sorted(root.glob("*/*.csv"))}
        labels = root.parent / "labels" / LABELS
        expected = f"expected NAB's folder, with data/<folder>/<series>.csv and labels/{LABELS}"
        if not files:
            raise DataError(f"{directory}: {expected}, found no series; get it from github.com/numenta/NAB")
        try:
            return cls(files, root, json.loads(labels.read_bytes()))
        except (OSError, ValueError) as error:
            raise DataError(f"{directory}: {expected}, found no readable {labels}: {error}") from error

    def series(self, name: str, least_points: int) -> NabSeries:
        """Read one series.

        Raises
        ------
        DataError
            If there is no such file, it cannot be read, is too short or shows one value only.
        """
        if name not in self.files:
            raise DataError(f"{self.root}: expected <folder>/{name}.csv, found no such series; --series names others")
        path = self.files[name]
        timestamps_ms, values = read_points(path)
        newest = np.maximum.accumulate(np.concatenate([[-1], timestamps_ms]))[:-1]
        fresh, late = timestamps_ms > newest, timestamps_ms < newest
        kept = values[fresh]
        if len(kept) < least_points or np.ptp(kept) == 0:
            raise DataError(
                f"{path}: expected at least {least_points:,} points and more than one value, found {len(kept):,} "
                f"points with {len(np.unique(kept)):,} values; leave it out, or take fewer --time-steps"
            )
        file = path.relative_to(self.root).as_posix()
        labels = [[from_iso(moment) for moment in window] for window in self.labels.get(file, [])]
        return NabSeries(
            name=name,
            file=file,
            timestamps_ms=timestamps_ms[fresh],
            values=kept,
            n_duplicates=int(np.count_nonzero(~fresh & ~late)),
            n_late=int(np.count_nonzero(late)),
            labels_ms=np.array(labels, np.int64).reshape(-1, 2),
        )


def describe(values: Float64) -> dict[str, float]:
    """Return count, mean, standard deviation (of a sample), minimum, quartiles and maximum."""
    quartiles = np.quantile(values, [0.25, 0.5, 0.75])
    numbers = (values.size, values.mean(), values.std(ddof=1), values.min(), *quartiles, values.max())
    names = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
    return {name: float(number) for name, number in zip(names, numbers, strict=True)}


def density(values: Float64) -> tuple[Float64, Float64]:
    """Estimate the density of values by Gaussian kernels.

    Parameters
    ----------
    values : float64, shape (points,)
        Not all the same.

    Returns
    -------
    places, densities : float64, shape (400,)
        Over the values' range and three bandwidths more on each side; the area below is 1.

    References
    ----------
    Scott (1992), Multivariate Density Estimation: the bandwidth is the standard deviation over n ** 0.2.
    """
    bandwidth = values.std(ddof=1) * len(values) ** -0.2
    places = np.linspace(values.min() - 3 * bandwidth, values.max() + 3 * bandwidth, N_GRID)
    kernels = np.exp(-0.5 * ((places[:, None] - values) / bandwidth) ** 2)
    return places, kernels.mean(axis=1) / (bandwidth * np.sqrt(2 * np.pi))
