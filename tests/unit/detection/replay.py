"""Runs the detector over the oracle's series, with the oracle's forecasts in place of a model."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stream.detection import N_INPUTS, N_PARAMETERS, Detector, Recurrent, Scores, State
from stream.detection.alarm import alarm
from stream.detection.record import Float32, Float64, Int64, Records

SERIES = (
    "nab_ambient_temperature_system_failure",
    "nab_art_daily_jumpsup",
    "nab_art_daily_nojump",
    "nab_ec2_cpu_utilization_24ae8d",
    "nab_nyc_taxi",
    "nab_rogue_agent_key_hold",
    "syn_5s_time_rotation",
    "syn_counter_resets",
    "syn_outlier_rotation_shrink",
    "syn_sparse_irregular",
)


class Listener:
    """Keeps the inputs it is given; its forecasts are never used."""

    inputs: Float32

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.inputs = inputs
        return np.zeros((len(inputs), N_PARAMETERS), np.float32), h, c


ALARMS = np.dtype([("alarm_t", "u4"), ("peak", "f4")])
"""What the rule of alarms remembers of a series; here it hears novelty alone, as the oracle does."""

SAID = np.dtype(
    [
        ("statistics", "f4", 5),
        ("distances", "f4", 5),
        ("surprise", "f4", 5),
        ("inputs", "f4", N_INPUTS),
        ("z", "f4"),
        ("centre", "f4"),
        ("spread", "f4"),
        ("novelty", "f8"),
        ("absurd", "?"),
        ("alarm", "?"),
    ]
)


class Replay(NamedTuple):
    """What the detector said of a series."""

    said: Records
    """Of each record, with the fields of `SAID`."""
    record: Records
    """The packed state after the last."""


def table(path: Path) -> Records:
    """Read a compressed table, one field a column."""
    with gzip.open(path, "rt") as lines:
        fields = [(name, np.float64) for name in next(lines).strip().split(",")]
        return np.loadtxt(lines, np.dtype(fields), delimiter=",")


def replays(oracle: Path) -> dict[str, Replay]:
    """Run all series of the oracle side by side, the longest first, so that those that go on are always the first."""
    ends = json.loads((oracle / "final_state.json").read_text())
    names = sorted(ends, key=lambda name: -int(ends[name]["records"]))
    tables = [table(oracle / f"{name}.csv.gz") for name in names]
    warmups = np.array([ends[name]["P"] for name in names])
    return dict(zip(names, _side_by_side(tables, warmups), strict=True))


def _side_by_side(tables: list[Records], warmups: Int64) -> list[Replay]:
    """Run series with a profile that knows no exceptions: the specification's takes every day as it comes."""
    listener = Listener()
    detector = Detector(Recurrent(listener), warmup=warmups, capacity=len(tables), surprising=np.inf)
    lengths = np.array([len(rows) for rows in tables])
    alarms, said = np.zeros(len(tables), ALARMS), np.zeros((max(lengths), len(tables)), SAID)
    timestamps_s, values, forecasts = _columns(tables, "timestamp_s", "value", "forecast_rel")
    for t in range(max(lengths)):
        n = int(np.count_nonzero(lengths > t))
        detector.state.forecast[:n] = forecasts[t, :n]
        scores = detector.score(np.arange(n), timestamps_s[t, :n], values[t, :n])
        _note(said[t, :n], scores, detector.state, t, alarms)
        said["inputs"][t, :n] = listener.inputs
    records = detector.state.pack(np.arange(len(tables)))
    return [Replay(said[:n, slot], records[slot]) for slot, n in enumerate(lengths)]


def _columns(tables: list[Records], *names: str) -> Float64:
    """Lay columns of tables side by side; shape (names, longest table, tables)."""
    columns = np.zeros((len(names), max(map(len, tables)), len(tables)))
    for slot, rows in enumerate(tables):
        columns[:, : len(rows), slot] = [rows[name] for name in names]
    return columns


def _note(now: Records, scores: Scores, state: State, t: int, alarms: Records) -> None:
    """Keep what was said of record t of some series, those of the first slots."""
    n = len(now)
    for name in ("statistics", "distances", "surprise", "novelty", "absurd"):
        now[name] = getattr(scores, name)
    raised = [alarm(alarms[slot], t, novelty) for slot, novelty in enumerate(scores.novelty)]
    now["alarm"], now["z"] = raised & ~scores.warming, state.z[:n]
    now["centre"], now["spread"] = scores.judgements["centre"], scores.judgements["spread"]
