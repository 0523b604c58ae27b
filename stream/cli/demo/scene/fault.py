"""Scripted faults: when each starts, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stream.cli.demo.scene.metric import Float64


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault of one series.

    Attributes
    ----------
    kind : str
        A key of `EFFECTS`.
    start_h, end_h : float
        First and last moment, hours since the scene's start; the end is not part of it.
    story : str
        What an engineer would find to be behind it.
    """

    kind: str
    series: str
    start_h: float
    end_h: float
    story: str

    def apply(self, values: Float64, hours: Float64) -> None:
        """Change the values of the fault's time in place.

        Parameters
        ----------
        values, hours : float64, shape (points,)
            The series, and the hours of its points since the scene's start.
        """
        during = (hours >= self.start_h) & (hours < self.end_h)
        values[during] = EFFECTS[self.kind](values[during], float(values.min()))


def _spike(values: Float64, _lowest: float) -> Float64:
    return 4 * values


def _missing_peak(values: Float64, lowest: float) -> Float64:
    """Keep a fifth of the load above its lowest level."""
    return lowest + 0.2 * (values - lowest)


def _flat_line(values: Float64, _lowest: float) -> Float64:
    flat = values.copy()
    flat[:] = values[0]
    return flat


def _level_shift(values: Float64, _lowest: float) -> Float64:
    return 1.6 * values


EFFECTS: dict[str, Callable[[Float64, float], Float64]] = {
    "spike": _spike,
    "missing peak": _missing_peak,
    "flat line": _flat_line,
    "level shift": _level_shift,
}
