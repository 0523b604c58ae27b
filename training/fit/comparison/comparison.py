"""The comparison: two models' figures on the held-out points, and what follows from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from stream.detection.arrays import Float64
from training.fit.comparison.holdout import HoldoutResult, blocks

LIKELIHOOD_UNIT = "nats a point, log density of the forecast mixture in the detector's asinh space"
N_BLOCK = 96
"""Points of a block: neighbouring errors go together, so blocks are drawn anew, not points."""

LARGER_ERRORS = 1.05
"""Ratio of the forecast errors from which a better likelihood is not enough."""

N_LEAST_BLOCKS = 8
N_DRAWS = 2_000
SHARES = 0.025, 0.975

MORE_ALARMS = 1.5
FEW_ALARMS = 3
N_NAMED = 3

FOUND = {
    "better": "Your model is better than the shipped one: {gain}; {errors}.",
    "mixed": "Your model is better on the whole, but NOT all over: {gain}; {errors}.",
    "no better": "Your model is NOT better than the shipped one: {gain}, which is within chance; {errors}.",
    "worse": "Your model is WORSE than the shipped one: {gain}; {errors}.",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """One model's figures on the held-out part of one series, or of all."""

    log_likelihood: float
    """Mean, in `LIKELIHOOD_UNIT`; higher is better."""
    rmse: float | None
    mae: float | None
    """Of the forecast, in the metric's unit; None for all series together, whose units differ."""
    n_alarms: int
    """Anomalies that opened."""
    alarms_per_10000: float
    """Of the points that could have opened one."""

    def cells(self) -> list[str]:
        """Write them for a table, in the order of their declaration."""
        errors = ["" if error is None else f"{error:.4g}" for error in (self.rmse, self.mae)]
        return [f"{self.log_likelihood:.3f}", *errors, f"{self.n_alarms:,}", f"{self.alarms_per_10000:.1f}"]


@dataclass(frozen=True, slots=True)
class Row:
    """Both models on one series, or on all."""

    series: str
    n_points: int
    shipped: Figures
    yours: Figures


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on the held-out points."""

    rows: list[Row]
    """One a series."""
    total: Row
    """All points together."""
    gain: float
    """Of the mean log likelihood, yours less shipped."""
    gain_low: float
    gain_high: float
    """Its 95 % interval, from blocks of neighbouring points drawn anew."""
    error_ratio: float
    """Your RMSE over the shipped one's, geometric mean over the series."""

    @property
    def less_likely(self) -> list[str]:
        """Name the series on which your model is less likely."""
        return [row.series for row in self.rows if row.yours.log_likelihood < row.shipped.log_likelihood]

    @property
    def verdict(self) -> str:
        """Return `better`, `mixed`, `no better` or `worse`.

        The gain's interval lies above, around or below zero. `mixed` is a gain that a few long series may have made:
        forecast errors are more than 5 % larger, or more than half of the series are less likely.
        """
        if self.gain_low > 0:
            mixed = self.error_ratio > LARGER_ERRORS or 2 * len(self.less_likely) > len(self.rows)
            return "mixed" if mixed else "better"
        return "worse" if self.gain_high < 0 else "no better"

    def to_json(self) -> dict[str, object]:
        """Return every figure by its name."""
        return {"verdict": self.verdict, "likelihood_unit": LIKELIHOOD_UNIT, **asdict(self)}


def compare(results: list[HoldoutResult], seed: int) -> Comparison:
    """Work out the figures.

    Parameters
    ----------
    results : list of HoldoutResult
        At least one.
    seed : int
        Of the blocks drawn for the interval.
    """
    rows = [_row(result.series, [result]) for result in results]
    total = _row("all", results)
    low, high = _interval(results, seed)
    ratios = [(row.yours.rmse or 0.0) / row.shipped.rmse for row in rows if row.shipped.rmse]
    return Comparison(
        rows=rows,
        total=total,
        gain=total.yours.log_likelihood - total.shipped.log_likelihood,
        gain_low=low,
        gain_high=high,
        error_ratio=float(np.exp(np.mean(np.log(np.maximum(ratios, 1e-12))))) if ratios else 1.0,
    )


def _row(series: str, results: list[HoldoutResult]) -> Row:
    shipped, yours = (_figures(results, model) for model in (0, 1))
    return Row(series, sum(len(result.values) for result in results), shipped, yours)


def _figures(results: list[HoldoutResult], model: int) -> Figures:
    n_alarms = sum(int(np.count_nonzero(result.opened[model])) for result in results)
    n_evaluated = sum(int(np.count_nonzero(~result.warming[model])) for result in results)
    alone = results[0].values - results[0].expected[model] if len(results) == 1 else None
    return Figures(
        log_likelihood=float(np.mean(np.concatenate([result.log_likelihood[model] for result in results]))),
        rmse=None if alone is None else float(np.sqrt(np.mean(alone**2))),
        mae=None if alone is None else float(np.mean(np.abs(alone))),
        n_alarms=n_alarms,
        alarms_per_10000=1e4 * n_alarms / n_evaluated if n_evaluated else 0.0,
    )


def _interval(results: list[HoldoutResult], seed: int) -> tuple[float, float]:
    """Bootstrap the mean gain in log likelihood by blocks (Kunsch 1989, doi:10.1214/aos/1176347265)."""
    n_points = sum(len(result.values) for result in results)
    sums, counts = _sums(results, min(N_BLOCK, max(1, n_points // N_LEAST_BLOCKS)))
    rng = np.random.default_rng(seed)
    means = np.empty(N_DRAWS)
    for draw in range(N_DRAWS):
        drawn = rng.integers(len(sums), size=len(sums))
        means[draw] = sums[drawn].sum() / counts[drawn].sum()
    low, high = np.quantile(means, SHARES)
    return float(low), float(high)


def _sums(results: list[HoldoutResult], n_points: int) -> tuple[Float64, Float64]:
    cut = list(blocks(results, n_points))
    return np.array([block.sum() for block in cut]), np.array([float(len(block)) for block in cut])


def recommend(comparison: Comparison, model: Path) -> list[str]:
    """Recommend a model with reasons; the last sentence is the command.

    Parameters
    ----------
    model : Path
        The new bundle.
    """
    gain = (
        f"{comparison.gain:+.3f} nats a point on {comparison.total.n_points:,} held-out points "
        f"(95 % between {comparison.gain_low:+.3f} and {comparison.gain_high:+.3f})"
    )
    errors = f"its forecast errors (RMSE) are {comparison.error_ratio:.2f} times those of the shipped model"
    verdict = comparison.verdict
    run = f"STREAMGAUGE_MODEL={model} streamgauge worker"
    keep = "Keep the shipped model, without STREAMGAUGE_MODEL: streamgauge worker"
    commands = {
        "better": f"Run yours: {run}",
        "mixed": f"{keep}; where the series that gained are those that matter: {run}",
    }
    warnings = _warnings(comparison) if verdict in commands else []
    return [FOUND[verdict].format(gain=gain, errors=errors), *warnings, commands.get(verdict, keep)]


def _warnings(comparison: Comparison) -> list[str]:
    total = comparison.total
    few, many = total.shipped.n_alarms, total.yours.n_alarms
    alarms = (
        f"It raises {many} alarms where the shipped model raises {few}: look at the disagreements before you run it."
    )
    misses = "It knows better how far off it may be, but its forecasts are further off: see the RMSE of each series."
    worse = comparison.less_likely
    names = ", ".join(worse[:N_NAMED]) + (f" and {len(worse) - N_NAMED} more" if len(worse) > N_NAMED else "")
    warnings = {
        alarms: many >= max(MORE_ALARMS * few, few + FEW_ALARMS),
        misses: comparison.error_ratio > LARGER_ERRORS,
        f"It is less likely on {len(worse)} of {len(comparison.rows)} series: {names}.": bool(worse),
    }
    return [warning for warning, holds in warnings.items() if holds]
