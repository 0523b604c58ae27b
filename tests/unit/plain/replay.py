"""A series of the oracle, replayed by the plain detector with the oracle's forecasts."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import float32, float64
from numpy.typing import NDArray

from tests.plain import profile
from tests.plain.alarm import Alarm
from tests.plain.detector import Detector
from tests.plain.forecast import GivenForecast
from tests.plain.single import ZERO

Table = NDArray[float64]
N_GIVEN_COLUMNS = 4
N_ORACLE_INPUTS = 17


@dataclass(frozen=True)
class Replay:
    """What the oracle says of a series and what the plain detector says: a row a record, columns as in the oracle."""

    columns: list[str]
    oracle: Table
    plain: Table
    oracle_inputs: Table
    plain_inputs: Table
    oracle_state: dict[str, Any]
    detector: Detector

    @classmethod
    def of(cls, directory: Path, series: str) -> "Replay":
        """Read a series of the oracle and run it; each forecast is that of the next record."""
        path = directory / f"{series}.csv.gz"
        with gzip.open(path, "rt") as lines:
            columns = next(lines).strip().split(",")
        oracle = _table(path)
        oracle_inputs = _table(directory / f"{series}.inputs.csv.gz")
        oracle_state = json.loads((directory / "final_state.json").read_text())[series]
        forecasts = [*oracle[1:, columns.index("forecast_rel")].astype(float32), ZERO]
        detector = Detector(GivenForecast(iter(forecasts)), warmup=oracle_state["P"])
        alarm = Alarm()
        with pytest.MonkeyPatch.context() as specified:
            specified.setattr(profile, "SURPRISING", 1e9)  # The specification's profile knows no exceptions.
            rows = [_rows(detector, alarm, timestamp_s, value) for timestamp_s, value in oracle[:, 1:3].tolist()]
        plain, inputs = (np.array(table, float64) for table in zip(*rows, strict=True))
        sampled = oracle_inputs[:, 0].astype(int)
        return cls(columns, oracle, plain, oracle_inputs[:, 1:], inputs[sampled], oracle_state, detector)

    def pair(self, column: str) -> tuple[Table, Table]:
        """Return a column by the plain detector and by the oracle."""
        at = self.columns.index(column)
        return self.plain[:, at - N_GIVEN_COLUMNS], self.oracle[:, at]


def _table(path: Path) -> Table:
    return np.loadtxt(path, delimiter=",", skiprows=1, dtype=float64)


def _rows(detector: Detector, alarm: Alarm, timestamp_s: float, value: float) -> tuple[list[object], list[object]]:
    """Score a record and order what came of it like the columns of the oracle's two tables.

    The oracle knows novelty alone: its score is that, and its alarms are those of it.
    """
    verdict, moments = detector.score(timestamp_s, value), detector.inputs.moments
    statistics = [*verdict.statistics.single, verdict.statistics.half_mean]
    alarmed = alarm.decide(detector.t - 1, verdict.novelty) and not verdict.warming
    evidence = [*verdict.surprise, detector.novelty.total, verdict.novelty, alarmed]
    inputs = verdict.inputs[:N_ORACLE_INPUTS]
    return [verdict.absurd, *statistics, *verdict.distances, *evidence], [*inputs, moments.mean, moments.scale]
