"""Recordings of the plain detector, by which neither it nor the compiled one changes by accident.

    make recordings

makes them anew: right after each change of the algorithm that is meant, and wrong at any other time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import click
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from tests.plain.detector import Detector, Verdict
from tests.plain.forecast import Ahead, LstmForecast
from tests.plain.hull import Hull
from tests.plain.moments import Moments
from tests.plain.recorded import Recorded, recorded_series
from tests.plain.single import ZERO, Vector
from tests.plain.stepwise import Stepwise

FOLDER = Path(__file__).resolve().parents[1] / "data" / "recordings"

Records = NDArray[Any]

RECORD = np.dtype(
    [
        ("timestamp_s", "f8"),
        ("value", "f8"),
        ("n_aged", "u4"),
        ("forecast", "f4"),
        ("absurd", "?"),
        ("statistics", "f4", 5),
        ("distances", "f4", 5),
        ("surprise", "f4", 5),
        ("novelty", "f4"),
        ("record_evidence", "f4"),
        ("tail_evidence", "f4"),
        ("score", "f4"),
        ("alarm", "?"),
    ]
)
"""A record: what comes in, with the records that the key aged by just before and the forecast that was made of it, and
what the detector makes of it."""

INPUTS_EVERY = 10
"""Of every so many records the model's inputs are kept too."""

N_AGED = 13_896
AGED_S = 50 * 86_400.0
"""By how much a key ages at once: a multiple of the lengths of its rings, and nearly enough to rotate its maps."""


class SeasonalNaive(Stepwise):
    """A model without weights: it expects what is usual in the next hour, or the last value where nothing is.

    It adds nothing up, so that it gives the same on every processor.
    """

    def step_one(self, inputs: Vector, h: Vector, c: Vector) -> tuple[Vector, Vector, Vector]:
        """Take one step of one key, as the plain detector does."""
        ahead = inputs[8] - inputs[0] if inputs[9] else inputs[3] - inputs[0] if inputs[6] else ZERO
        return np.array([0, 0, 0, ahead, ahead, ahead, -1, -1, -1, 0, -1], float32), h, c

    def step(self, inputs: Vector, h: Vector, c: Vector) -> tuple[Vector, Vector, Vector]:
        """Take one step with every row of a batch, as the compiled detector does."""
        return np.array([self.step_one(*row)[0] for row in zip(inputs, h, c, strict=True)]), h, c


@dataclass
class GivenNext:
    """Forecasts of the next record that somebody else made, beside the model's own of the far one.

    Two forecasts that differ in their last digit could put an error into two neighbouring bins of a map, and nothing
    after that could be compared.
    """

    forecast: LstmForecast
    given: Iterator[float32]

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> Ahead:
        """Return the next given value."""
        return self.forecast.after(inputs, moments, hull)._replace(value=next(self.given, ZERO))


@dataclass(frozen=True)
class Recording:
    """What the plain detector makes of a series.

    Attributes
    ----------
    warmup : int
    records : structured array, shape (records,)
        Of `RECORD`.
    inputs : float32, shape (records / 10, 26)
        Inputs of the model of every tenth record.
    """

    warmup: int
    records: Records
    inputs: Vector

    @classmethod
    def load(cls, name: str) -> Self:
        """Read a recording."""
        with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as stored:
            return cls(int(stored["warmup"]), stored["records"], stored["inputs"])

    def save(self, name: str) -> Path:
        """Write it, the same recording always as the same bytes."""
        path = FOLDER / f"{name}.npz"
        np.savez_compressed(path, warmup=self.warmup, records=self.records, inputs=self.inputs)
        return path

    def again(self) -> Self:
        """Play the same records once more, with the forecasts that are recorded."""
        model = GivenNext(LstmForecast(SeasonalNaive().step_one), iter(self.records["forecast"][1:]))
        return type(self)(self.warmup, *_play(Detector(model, self.warmup), self.records))


def record(recorded: Recorded) -> Recording:
    """Play a series for the first time, with the forecasts of `SeasonalNaive`."""
    records = np.zeros(len(recorded.series), RECORD)
    records["timestamp_s"], records["value"] = recorded.series.timestamps_s, recorded.series.values
    if recorded.ages_every is not None:
        ages = np.arange(recorded.ages_every, len(records), recorded.ages_every)
        records["n_aged"][ages] = N_AGED
        records["timestamp_s"] += AGED_S * (records["n_aged"] > 0).cumsum()
    detector = Detector(LstmForecast(SeasonalNaive().step_one), recorded.warmup)
    return Recording(recorded.warmup, *_play(detector, records))


def _play(detector: Detector, records: Records) -> tuple[Records, Vector]:
    played, inputs = records.copy(), []
    for t, now in enumerate(played):
        detector.t += int(now["n_aged"])
        now["forecast"] = detector.next_value
        verdict = detector.score(float(now["timestamp_s"]), float(now["value"]))
        _note(now, verdict)
        if t % INPUTS_EVERY == 0:
            inputs.append(verdict.inputs)
    return played, np.array(inputs, float32)


def _note(now: Any, verdict: Verdict) -> None:
    now["statistics"] = [*verdict.statistics.single, verdict.statistics.half_mean]
    for name in ("absurd", "distances", "surprise", "novelty", "record_evidence", "tail_evidence", "score", "alarm"):
        now[name] = getattr(verdict, name)


@click.command()
def main() -> None:
    """Make all recordings anew."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.npz"):
        path.unlink()
    for name, recorded in recorded_series().items():
        made = record(recorded)
        size = made.save(name).stat().st_size
        found = f"{np.count_nonzero(made.records['alarm'])} alarms, {np.count_nonzero(made.records['absurd'])} absurd"
        click.echo(f"{name}: {len(made.records):,} records, {found}, {size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
