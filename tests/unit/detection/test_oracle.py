"""The detector agrees with the oracle at every stage of every record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.detection import model_inputs
from stream.detection.record import Float64, Records, UInt64
from tests.unit.detection.replay import SERIES, Replay, table

TOLERANCE = 5e-3
INPUT_TOLERANCE = 1e-3
MAP_NAMES = ("x", "r3", "level", "a12")

of_every_series = pytest.mark.parametrize("name", SERIES)


def columns(rows: Records, *names: str) -> Float64:
    return np.stack([rows[name] for name in names], axis=1)


def n_set(words: UInt64) -> int:
    return int(np.bitwise_count(words).sum())


@pytest.fixture(scope="module")
def tables(oracle: Path) -> dict[str, Records]:
    return {name: table(oracle / f"{name}.csv.gz") for name in SERIES}


@pytest.fixture(scope="module")
def ends(oracle: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((oracle / "final_state.json").read_text())
    return found


def test_every_series_of_the_oracle_is_looked_at(ends: dict[str, Any]) -> None:
    assert set(SERIES) == set(ends)


@of_every_series
def test_the_same_values_are_absurd(name: str, replayed: dict[str, Replay], tables: dict[str, Records]) -> None:
    np.testing.assert_array_equal(replayed[name].said["absurd"], tables[name]["absurd"])


@of_every_series
def test_statistics_agree(name: str, replayed: dict[str, Replay], tables: dict[str, Records]) -> None:
    expected = columns(tables[name], "x_rel", "r3", "level", "a12", "half_m24")
    rounding = 1e-6 * np.ptp(expected[:, 0])
    np.testing.assert_allclose(replayed[name].said["statistics"], expected, rtol=0, atol=rounding)


@of_every_series
def test_distances_agree(name: str, replayed: dict[str, Replay], tables: dict[str, Records]) -> None:
    expected = columns(tables[name], "d_x", "d_r3", "d_level", "d_a12", "d_pair")
    rounding = 1e-6 * np.ptp(tables[name]["x_rel"])
    np.testing.assert_allclose(replayed[name].said["distances"], expected, rtol=0, atol=rounding)


@of_every_series
def test_surprise_and_score_agree(name: str, replayed: dict[str, Replay], tables: dict[str, Records]) -> None:
    expected = columns(tables[name], "rho_x", "rho_r3", "rho_level", "rho_a12", "rho_pair")
    np.testing.assert_allclose(replayed[name].said["surprise"], expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(replayed[name].said["z"], tables[name]["z"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(replayed[name].said["novelty"], tables[name]["score"], rtol=0, atol=TOLERANCE)


@of_every_series
def test_the_same_alarms_are_published(name: str, replayed: dict[str, Replay], tables: dict[str, Records]) -> None:
    np.testing.assert_array_equal(replayed[name].said["alarm"], tables[name]["alarm"])


@of_every_series
def test_inputs_and_scale_agree(name: str, replayed: dict[str, Replay], oracle: Path) -> None:
    expected = table(oracle / f"{name}.inputs.csv.gz")
    t = expected["t"].astype(np.int64)
    names = [name for name in expected.dtype.names or () if name not in ("t", "m", "s")]
    inputs = columns(expected, *names)
    np.testing.assert_allclose(replayed[name].said["inputs"][t, : len(names)], inputs, rtol=0, atol=INPUT_TOLERANCE)
    np.testing.assert_allclose(replayed[name].said["centre"][t], expected["m"], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(replayed[name].said["spread"][t], expected["s"], rtol=1e-5, atol=0)


@of_every_series
def test_the_maps_end_alike(name: str, replayed: dict[str, Replay], ends: dict[str, Any]) -> None:
    record = replayed[name].record
    for i, end in enumerate(ends[name][map_name] for map_name in MAP_NAMES):
        assert (record["exponent"][i], record["base"][i]) == (end["exponent"], end["base"])
        assert record["occupied"][i] == end["occupied"]
        assert n_set(record["bits"][0, i]) == end["bits_current"]
        assert n_set(record["bits"][1, i]) == end["bits_previous"]
        hulls = [record[field][i] for field in ("low", "high", "previous_low", "previous_high")]
        np.testing.assert_allclose(hulls, end["hull_current"] + end["hull_previous"], rtol=1e-5)
    np.testing.assert_allclose(record["energy"], [ends[name][key]["energy"] for key in (*MAP_NAMES, "pair")], rtol=1e-3)


@of_every_series
def test_the_pair_map_ends_alike(name: str, replayed: dict[str, Replay], ends: dict[str, Any]) -> None:
    record, end = replayed[name].record, ends[name]["pair"]
    assert (record["pair_exponent"], *record["pair_base"]) == (end["exponent"], end["base_x"], end["base_y"])
    assert n_set(record["pair_bits"][0]) == end["bits_current"]
    assert n_set(record["pair_bits"][1]) == end["bits_previous"]


@of_every_series
def test_the_rest_of_the_state_ends_alike(name: str, replayed: dict[str, Replay], ends: dict[str, Any]) -> None:
    record, end = replayed[name].record, ends[name]
    assert record["t"] == end["records"]
    assert record["absurd_run"] == end["absurd_run"]
    assert (record["rotation_t"], record["rotation_s"]) == (end["rotation_t"], end["rotation_s"])
    found = [record[field] for field in ("level", "magnitude", "interval_s")]
    np.testing.assert_allclose(found, [end["L"], end["max_abs"], end["interval_s"]], rtol=1e-5)


def stacked(tables: list[Records], name: str) -> Float64:
    return np.stack([rows[name] for rows in tables])


def test_model_inputs_are_those_of_the_detector_to_the_bit(
    replayed: dict[str, Replay], tables: dict[str, Records]
) -> None:
    first = [tables[name][:1500] for name in SERIES]
    made = model_inputs(stacked(first, "timestamp_s"), stacked(first, "value"), surprising=np.inf)
    for i, name in enumerate(SERIES):
        assert made.inputs[i].tobytes() == replayed[name].said["inputs"][:1500].tobytes()
        assert made.centre[i].tobytes() == replayed[name].said["centre"][:1500].tobytes()
        assert made.spread[i].tobytes() == replayed[name].said["spread"][:1500].tobytes()
