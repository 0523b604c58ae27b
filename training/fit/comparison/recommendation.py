"""Recommendation of a model, with the command to run it."""

from __future__ import annotations

from pathlib import Path

from training.fit.comparison.comparison import LARGER_ERRORS, Comparison

MORE_ALARMS = 1.5
FEW_ALARMS = 3
N_NAMED = 3

FOUND = {
    "better": "Your model is better than the shipped one: {gain}; {errors}.",
    "mixed": "Your model is better on the whole, but NOT all over: {gain}; {errors}.",
    "no better": "Your model is NOT better than the shipped one: {gain}, which is within chance; {errors}.",
    "worse": "Your model is WORSE than the shipped one: {gain}; {errors}.",
}


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
