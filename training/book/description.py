"""A series in numbers: the table of `describe`, and the density of its values."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float64

N_GRID = 400
"""Places at which a density is drawn."""


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
